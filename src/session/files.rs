//! Files that the user names: found and read. Each fault is one message.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::files::{self, Bound};

/// The JSON files below a folder, in order; a path to a file is that file.
pub(crate) fn json_files(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut found = Vec::new();
    match path.is_dir() {
        true => add_json_files(path, &mut BTreeSet::new(), &mut found)?,
        false => found.push(path.to_path_buf()),
    }
    Ok(found)
}

/// `known` are the folders read so far: a link may lead to one of them again.
fn add_json_files(
    folder: &Path,
    known: &mut BTreeSet<PathBuf>,
    found: &mut Vec<PathBuf>,
) -> Result<(), CliError> {
    let real = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
    if !known.insert(real) {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| unreadable(folder, &error))?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_json_files(&path, known, found)?;
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
    Ok(())
}

/// The text of a file that a person wrote.
pub(crate) fn text_of(path: &Path) -> Result<String, CliError> {
    Ok(files::text(path, Bound::ByHand)?)
}

/// The text of a file that ricspec wrote.
pub(crate) fn recorded_text_of(path: &Path) -> Result<String, CliError> {
    Ok(files::text(path, Bound::Recorded)?)
}

/// A path as text: environments, commands and reports hold only text.
pub(crate) fn utf8<'a>(what: &str, path: &'a Path) -> Result<&'a str, CliError> {
    path.to_str().ok_or_else(|| {
        CliError::bad_input(format!(
            "{what} {path:?}: a part of this path is not UTF-8, and no environment, command or report can hold it; \
             rename it"
        ))
    })
}

/// Checks that the paths of this machine that a process gets are text, too.
pub(super) fn check_surroundings() -> Result<(), CliError> {
    utf8("the folder for temporary files (TMPDIR),", &env::temp_dir())?;
    let path = env::var_os("PATH").unwrap_or_default();
    utf8("PATH,", Path::new(&path)).map(drop)
}

fn unreadable(path: &Path, error: &io::Error) -> CliError {
    CliError::bad_input(format!("cannot read `{}`: {error}", path.display()))
}
