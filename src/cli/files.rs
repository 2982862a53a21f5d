//! Files that the user names: found and read, each fault one message.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::Stop;

/// The JSON files below a folder, in order; a path that is no folder is taken as it is.
pub(super) fn json_files(path: &Path) -> Result<Vec<PathBuf>, Stop> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| unreadable(path, &error))?.path());
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() || path.extension().is_some_and(|ending| ending == "json") {
            files.extend(json_files(&path)?);
        }
    }
    Ok(files)
}

/// The text of a file.
pub(super) fn text_of(path: &Path) -> Result<String, Stop> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Stop {
    Stop::bad_input(format!("cannot read `{}`: {error}", path.display()))
}
