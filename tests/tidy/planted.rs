//! Tests of the rules: what they forbid is planted into every file of the house, and they must find it.

use std::fs;
use std::path::Path;

use super::circles::circles;
use super::rooms::{Kind, ROOMS, Room};
use super::{Source, place, root, sources, undeclared, worldly};

/// Every Rust file below a folder: no folder is left out by its name.
fn rust_files(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources can be read") {
        let path = entry.expect("an entry of a folder can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(place(&path));
        }
    }
}

/// The files of the library, with their rooms.
fn house() -> Vec<(String, &'static Room)> {
    let mut found = Vec::new();
    rust_files(&root().join("src"), &mut found);
    // The fixtures are data here: projects of their own.
    found.retain(|path| !path.starts_with("src/fixture/rust/"));
    found.sort();
    let with_room = |path: String| planted(&path, "").room().map(|room| (path, room));
    found.into_iter().filter_map(with_room).collect()
}

fn planted(path: &str, text: &str) -> Source {
    let (path, text) = (path.to_owned(), text.to_owned());
    Source { path, text }
}

#[test]
fn every_file_is_held_to_the_rules() {
    let seen: Vec<String> = sources().into_iter().map(|source| source.path).collect();
    let house = house();
    for (path, _) in &house {
        assert!(seen.contains(path), "{path} is held to no rule");
    }
    for room in ROOMS {
        let has_file = house.iter().any(|(_, other)| other.name == room.name);
        assert!(has_file, "{}: a room without a file", room.name);
    }
}

#[test]
fn an_undeclared_arrow_is_found_in_every_file() {
    for (path, room) in house() {
        for other in ROOMS {
            let is_allowed = other.name == room.name || room.knows.contains(&other.name);
            for text in [
                format!("use crate::{}::Thing;", other.name),
                format!("use crate::{{{} as other}};", other.name),
                format!("fn f() {{ crate::{}::thing() }}", other.name),
                format!("fn f() {{ print!(crate::{}::TEXT) }}", other.name),
            ] {
                let found = undeclared(&[planted(&path, &text)]);
                assert_eq!(found.is_empty(), is_allowed, "{path}: {text}: {found:?}");
            }
        }
    }
}

#[test]
fn the_world_is_found_in_every_file_of_a_pure_room() {
    for (path, room) in house() {
        for text in ["use std::fs;", "fn f() { std::thread::yield_now() }"] {
            let found = worldly(&[planted(&path, text)]);
            assert_eq!(found.is_empty(), room.kind == Kind::Outer, "{path}: {text}");
        }
    }
}

#[test]
fn a_circle_is_found_between_a_file_and_the_one_above() {
    for (path, _) in house() {
        let below = planted(&path, "use super::Thing; pub struct Other;");
        let [.., _, name] = below.modules()[..] else {
            continue;
        };
        let above = below.modules();
        let above = above.split_last().map(|(_, above)| above.join("/"));
        let file = format!("src/{}.rs", above.unwrap_or_default());
        for (text, is_circle) in [
            (
                format!("mod {name}; use {name}::Other; pub struct Thing;"),
                true,
            ),
            (
                format!("mod {name}; pub struct Thing; fn f() {{ {name}::f() }}"),
                true,
            ),
            // A door passes on names, and makes no circle.
            (
                format!("mod {name}; pub use {name}::Other; pub struct Thing;"),
                false,
            ),
        ] {
            let below = planted(&path, &below.text);
            let found = circles(&[below, planted(&file, &text)]);
            assert_eq!(!found.is_empty(), is_circle, "{path}: {text}: {found:?}");
        }
    }
}

#[test]
fn a_circle_of_three_files_is_found_through_a_door() {
    let files = [
        ("src/case.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
        ("src/case/a.rs", "use super::B; pub struct A;"),
        ("src/case/b.rs", "use crate::case::c::C; pub struct B;"),
        (
            "src/case/c.rs",
            "use crate::case::A as Other; pub struct C;",
        ),
    ];
    let all = files.map(|(path, text)| planted(path, text));
    let found: Vec<usize> = circles(&all).values().map(Vec::len).collect();
    assert_eq!(found, [3]);
    assert!(circles(&all[..3]).is_empty());
}
