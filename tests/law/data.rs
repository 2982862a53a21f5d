//! The files of data that are part of the program.

use std::fs;
use std::path::Path;

use ricspec::data::{CASES, REQUIREMENTS, RUNTIMES, SETS};

#[test]
fn every_file_is_as_in_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        ("cases", &CASES),
        ("specs/requirements", &REQUIREMENTS),
        ("specs/sets", &SETS),
        ("tests/runtimes", &RUNTIMES),
    ];
    for (name, folder) in folders {
        assert!(!folder.files().is_empty(), "{name} is empty");
        for file in folder.files() {
            let text = fs::read_to_string(root.join(name).join(file.path));
            let place = format!("{name}/{}", file.path);
            assert_eq!(text.ok().as_deref(), Some(file.text), "{place}");
        }
    }
}
