//! Where a path leads: through all links, to a place or to an open file of this process.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// More links than the kernel follows.
const LINKS_MAX: u32 = 40;

/// Where a path leads.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// A place without links on the way. There may be no file yet.
    Place(PathBuf),
    /// An open file, as in `/dev/stdout`, `/dev/fd/3` and the shell's `<(...)`: it has no place.
    Open,
}

/// Follows all links, also the last one, as opening the path would. The folder must exist.
pub(super) fn resolve(path: &Path) -> io::Result<Target> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        let Some(name) = path.file_name() else {
            return fs::canonicalize(&path).map(Target::Place);
        };
        let folder = fs::canonicalize(folder_of(&path))?;
        if is_list_of_open_files(&folder) {
            return Ok(Target::Open);
        }
        let place = folder.join(name);
        match fs::read_link(&place) {
            Ok(next) => path = folder.join(next),
            Err(_) => return Ok(Target::Place(place)),
        }
    }
    Err(io::Error::from(rustix::io::Errno::LOOP))
}

/// The folder in which a path lies.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// `/proc/PID/fd`, where `/dev/fd` leads.
fn is_list_of_open_files(folder: &Path) -> bool {
    let mut parts = folder.components();
    let is_of_proc = parts.next() == Some(Component::RootDir)
        && parts.next() == Some(Component::Normal(OsStr::new("proc")));
    is_of_proc && folder.file_name() == Some(OsStr::new("fd"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_link_is_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        let there = Target::Place(root.join("file"));
        assert_eq!(resolve(&root.join("./file")).expect("a place"), there);
        symlink("file", root.join("one")).expect("a link");
        symlink(root.join("one"), root.join("two")).expect("a link");
        assert_eq!(resolve(&root.join("two")).expect("a place"), there);
        symlink("circle", root.join("circle")).expect("a link");
        assert!(resolve(&root.join("circle")).is_err());
        assert!(resolve(&root.join("nowhere/file")).is_err());
    }

    #[test]
    fn an_open_file_has_no_place() {
        for path in ["/dev/stdout", "/dev/fd/0", "/proc/self/fd/2"] {
            assert_eq!(resolve(Path::new(path)).expect(path), Target::Open);
        }
    }
}
