//! Which entries of `/tmp` belong to a run and stay visible: those that its command, its folder or its variables name.
//!
//! The whole entry stays, whatever is named below it: files next to a program may be its libraries.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::super::Launch;
use super::startable::interpreter;

/// The folder for temporary files, here and in Lambda.
pub(super) const TMP: &str = "/tmp";

/// More links than the kernel follows.
const LINKS_MAX: u32 = 40;

/// The names of the entries.
pub(super) fn kept(launch: &Launch) -> Vec<String> {
    let mut found = BTreeSet::new();
    let values = launch.env.iter().map(|(_, value)| value.as_str());
    let words = launch.command.iter().chain(&launch.beside);
    for text in words.map(String::as_str).chain(values) {
        add(text, &launch.folder, &mut found);
    }
    add(&launch.folder.to_string_lossy(), &launch.folder, &mut found);
    let is_file = |word: &&String| Path::new(word).is_absolute() && Path::new(word).is_file();
    let programs = launch.command.first().into_iter();
    for program in programs.chain(launch.beside.iter().filter(is_file)) {
        if let Some(asked) = interpreter(&launch.folder.join(program)) {
            add(&asked, &launch.folder, &mut found);
        }
    }
    add_links(&launch.folder, &mut found);
    found.retain(|name| name != "--" && Path::new(TMP).join(name).symlink_metadata().is_ok());
    found.into_iter().collect()
}

/// The paths in a text: the text itself, a list of paths, or a path anywhere in it.
fn add(text: &str, folder: &Path, found: &mut BTreeSet<String>) {
    if !text.contains('/') {
        return;
    }
    walk(folder.join(text), found);
    for part in text.split([':', '=', ',', ' ']) {
        if part.contains('/') && part != text {
            walk(folder.join(part), found);
        }
    }
    for (at, start) in text.match_indices(&format!("{TMP}/")) {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|letter| letter.is_alphanumeric() || "/._-".contains(letter)) {
            continue;
        }
        let rest = text.get(at + start.len()..).unwrap_or_default();
        let end =
            rest.find(|letter: char| letter.is_whitespace() || "/:;,'\"`&|<>()".contains(letter));
        found.extend(rest.get(..end.unwrap_or(rest.len())).map(str::to_owned));
    }
}

/// Adds the targets of links in the folder of the function.
fn add_links(folder: &Path, found: &mut BTreeSet<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.path().is_symlink()) {
        walk(entry.path(), found);
    }
}

/// Adds the entries of `/tmp` on the way along a path, from link to link.
fn walk(mut path: PathBuf, found: &mut BTreeSet<String>) {
    for _ in 0..LINKS_MAX {
        let (seen, target) = first_link(&path);
        found.extend(entry(&seen));
        match target {
            Some(target) => path = target,
            None => return,
        }
    }
}

/// A path up to its first link, or the whole path; and the link's target.
fn first_link(path: &Path) -> (PathBuf, Option<PathBuf>) {
    let mut seen = PathBuf::new();
    let mut parts = path.components();
    while let Some(part) = parts.next() {
        match part {
            // There is no link before it.
            Component::ParentDir => drop(seen.pop()),
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                let parent = seen.clone();
                seen.push(part);
                if let Ok(target) = fs::read_link(&seen) {
                    return (seen, Some(parent.join(target).join(parts.as_path())));
                }
            }
        }
    }
    (seen, None)
}

/// The entry of `/tmp` that contains a path without links, or is the path.
fn entry(path: &Path) -> Option<String> {
    let below = path.strip_prefix(TMP).ok()?;
    let first = below.components().next()?;
    Some(first.as_os_str().to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    fn folder() -> TempDir {
        tempfile::tempdir_in(TMP).expect("a folder")
    }

    fn name(folder: &TempDir) -> String {
        let name = folder.path().file_name().expect("a name");
        name.to_string_lossy().into_owned()
    }

    /// The paths that a text names, seen from a folder outside `/tmp`.
    #[track_caller]
    fn check(text: &str, expected: &[&TempDir]) {
        let mut found = BTreeSet::new();
        add(text, Path::new("/usr"), &mut found);
        let expected: BTreeSet<String> = expected.iter().map(|folder| name(folder)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_path_is_found_wherever_it_stands_in_a_text() {
        let [one, other] = [folder(), folder()];
        let (a, b) = (one.path().display(), other.path().display());
        check(&format!("{a}"), &[&one]);
        check(&format!("{a}/venv/bin/python"), &[&one]);
        check(&format!("{a}/bin:/bin:{b}/bin"), &[&one, &other]);
        check(&format!("-Djava.library.path={a}"), &[&one]);
        check(&format!("cd '{a}' && exec {b}/bootstrap"), &[&one, &other]);
        check(&format!("..{a}/x"), &[&one]);
        check(&format!("/var{a}"), &[]);
        check("/usr/bin", &[]);
        check(TMP, &[]);
    }

    #[test]
    fn what_the_folder_of_the_function_links_to_is_found() {
        let [one, other] = [folder(), folder()];
        symlink(other.path(), one.path().join("sub")).expect("a link");
        let mut found = BTreeSet::new();
        add_links(one.path(), &mut found);
        assert_eq!(found, BTreeSet::from([name(&one), name(&other)]));
    }

    #[test]
    fn every_link_on_the_way_is_found() {
        let [one, other, last] = [folder(), folder(), folder()];
        symlink(other.path().join("link"), one.path().join("program")).expect("a link");
        symlink(last.path(), other.path().join("link")).expect("a link");
        let path = one.path().join("program/deep");
        check(&path.to_string_lossy(), &[&one, &other, &last]);
        let circle = one.path().join("circle");
        symlink(&circle, &circle).expect("a link");
        check(&circle.to_string_lossy(), &[&one]);
    }
}
