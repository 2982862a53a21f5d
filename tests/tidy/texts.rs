//! Words that no text of the repository may have, and the one exception.

use std::fs;
use std::path::Path;

use super::{files_below, none, place, root};

/// Words that no text of the repository may have: hosts of package registries, and paths of one machine. They are put
/// together here, so that this file does not have them either.
fn unwanted() -> Vec<String> {
    let hosts = [
        ["crates", "io"],
        ["pypi", "org"],
        ["pythonhosted", "org"],
        ["npmjs", "org"],
        ["npmjs", "com"],
        ["rubygems", "org"],
        ["docker", "io"],
        ["nuget", "org"],
        ["packagist", "org"],
        ["metacpan", "org"],
        ["proxy.golang", "org"],
    ];
    let folders = ["work", "home", "root", "tmp"];
    let hosts = hosts.iter().map(|parts| parts.join("."));
    hosts
        .chain(folders.iter().map(|name| format!("/{name}/")))
        .collect()
}

#[test]
fn texts_name_no_registry_and_no_machine() {
    let unwanted = unwanted();
    let mut paths = Vec::new();
    files_below(root(), &mut paths);
    let mut faults = Vec::new();
    for path in paths {
        let place = place(&path);
        // The lock file names the registry of each package by design.
        if place.ends_with("Cargo.lock") {
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for (index, line) in text.lines().enumerate() {
            let named = |word: &&String| holds(line, word) && !may_name_a_registry(&place, line);
            for word in unwanted.iter().filter(named) {
                faults.push(format!("{place}:{}: it names `{word}`", index + 1));
            }
            if line.ends_with([' ', '\t']) {
                faults.push(format!("{place}:{}: a space at the end", index + 1));
            }
        }
    }
    none(&faults);
}

/// Whether a line is the exception that may name a registry: the base of an image. Without a registry, podman asks for one.
fn may_name_a_registry(place: &str, line: &str) -> bool {
    let is_containerfile = Path::new(place)
        .file_name()
        .is_some_and(|name| name == "Containerfile");
    is_containerfile && line.starts_with("FROM ")
}

#[test]
fn only_the_origin_of_an_image_names_a_registry() {
    let may = may_name_a_registry;
    assert!(may(
        ".github/Containerfile",
        "FROM registry/rust:1 AS build"
    ));
    assert!(!may(".github/Containerfile", "RUN curl registry"));
    assert!(!may("README.md", "FROM registry/rust:1"));
}

/// Whether a line has a word that is not part of a longer path or host.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().last());
        !before.is_some_and(|letter| letter.is_alphanumeric() || "._-/".contains(letter))
    })
}

/// Files that readers expect at the top level, which has no place for more files.
#[test]
fn licences_and_changes_are_packed_and_named() {
    let text = |name: &str| fs::read_to_string(root().join(name)).expect(name);
    let (manifest, readme) = (text("Cargo.toml"), text("README.md"));
    assert!(manifest.contains("license = \"MIT OR Apache-2.0\""));
    for part in ["\".github/LICENSE-*\"", "\".github/CHANGELOG.md\""] {
        assert!(
            manifest.contains(part),
            "Cargo.toml does not include {part}"
        );
    }
    let files = [
        (
            "LICENSE-MIT",
            "Permission is hereby granted, free of charge",
        ),
        ("LICENSE-APACHE", "Version 2.0, January 2004"),
        ("CHANGELOG.md", "## Not released yet"),
    ];
    for (name, words) in files {
        let path = format!(".github/{name}");
        assert!(
            text(&path).contains(words),
            "{path}: {words:?} is not in it"
        );
        assert!(
            readme.contains(&format!("]({path})")),
            "README: no link to {path}"
        );
    }
}

/// The files that name the two streams: the room that prints, the reference runtime, which is a target, and reports that go
/// to standard output unchanged.
const WRITERS: [&str; 4] = [
    "src/console/stream.rs",
    "src/publish.rs",
    "src/publish/live.rs",
    "src/reference/log.rs",
];

#[test]
fn one_room_prints() {
    let mut faults = Vec::new();
    let sources = super::sources().into_iter();
    for source in sources.filter(|source| source.path.starts_with("src/")) {
        let excused = WRITERS.contains(&source.path.as_str());
        let lines = source.text.lines().enumerate();
        let found = lines.filter(|(_, line)| {
            ["::stdout()", "::stderr()"]
                .iter()
                .any(|name| line.contains(name))
        });
        let found: Vec<usize> = found.map(|(index, _)| index + 1).collect();
        match (excused, found.first()) {
            (false, Some(line)) => faults.push(format!(
                "{}:{line}: print through console::Stream, which takes only what is safe to print",
                source.path
            )),
            (true, None) => faults.push(format!("{}: it writes to no stream", source.path)),
            (false, None) | (true, Some(_)) => {}
        }
    }
    none(&faults);
}
