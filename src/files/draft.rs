//! Puts a whole text into a file at once: writes an unnamed file, and gives it its name when it is complete.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, OFlags, linkat};
use tempfile::{Builder, NamedTempFile};

use super::resolve::folder_of;

/// The name of a draft, for the moment between its link and its rename.
const PREFIX: &str = ".ricspec-";

/// Whether a file can be created in a folder. No file stays.
pub(super) fn try_folder(folder: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder).map(drop)
}

/// Replaces a regular file, or creates it; an old file keeps its owner and mode. If the folder, or the owner, allows no
/// other file, the old one is overwritten.
pub(super) fn replace(place: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let old = match fs::symlink_metadata(place) {
        Ok(found) if found.is_file() => Some(found),
        Ok(_) => return Err(io::Error::other("it is no longer a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let done = unnamed(place, bytes, mode, old.as_ref())
        .and_then(|draft| draft.persist(place).map_err(io::Error::from));
    match done {
        Ok(_) => Ok(()),
        Err(error) if old.is_some() && is_of_the_folder(&error) => anew(place, bytes),
        Err(error) => Err(error),
    }
}

/// Whether an error says that no other file can be put here, although this one may be writable: it has another owner, is in
/// a folder of another owner, or is its own file system, such as a file mounted into a container.
fn is_of_the_folder(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    // A container does not know every owner of files on its host; such an id is invalid.
    matches!(
        error.kind(),
        InvalidInput | PermissionDenied | ReadOnlyFilesystem | ResourceBusy
    )
}

fn anew(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(place)?;
    file.write_all(bytes)
}

/// A complete draft in the same folder. It has a name only from here on.
fn unnamed(
    place: &Path,
    bytes: &[u8],
    mode: u32,
    old: Option<&Metadata>,
) -> io::Result<NamedTempFile<()>> {
    let folder = folder_of(place);
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    // The umask applies, as for any new file.
    let opened = OpenOptions::new()
        .write(true)
        .mode(mode)
        .custom_flags(OFlags::TMPFILE.bits().cast_signed())
        .open(folder);
    if let Ok(file) = opened {
        fill(&file, bytes, old)?;
        let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
        let link = |name: &Path| {
            linkat(CWD, &itself, CWD, name, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
        };
        match builder.make_in(folder, link) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => return done,
        }
    }
    // For a file system without unnamed files, or without /proc.
    named(&builder, folder, bytes, mode, old)
}

/// Like [`unnamed`], with its name from the start.
fn named(
    builder: &Builder<'_, '_>,
    folder: &Path,
    bytes: &[u8],
    mode: u32,
    old: Option<&Metadata>,
) -> io::Result<NamedTempFile<()>> {
    let make = |name: &Path| {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(name)
    };
    let (file, path) = builder.make_in(folder, make)?.into_parts();
    fill(&file, bytes, old)?;
    Ok(NamedTempFile::from_parts((), path))
}

fn fill(mut file: &File, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    if let Some(old) = old {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
            fchown(file, Some(old.uid()), Some(old.gid()))?;
        }
        file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777))?;
    }
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both kinds of draft give the same file.
    #[test]
    fn drafts_become_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut builder = Builder::new();
        builder.prefix(PREFIX);
        let drafts = [
            unnamed(&folder.path().join("x"), b"text", 0o600, None),
            named(&builder, folder.path(), b"text", 0o600, None),
        ];
        for draft in drafts {
            let draft = draft.expect("a draft");
            let name = draft.path().file_name().expect("a name").to_string_lossy();
            assert!(name.starts_with(PREFIX), "{name}");
            let place = folder.path().join("place");
            draft.persist(&place).expect("a place");
            assert_eq!(fs::read(&place).expect("it"), b"text");
            let mode = fs::metadata(&place).expect("it").mode();
            assert_eq!(mode & 0o7777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("it").count(), 1);
    }

    #[test]
    fn a_draft_that_cannot_be_placed_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("place");
        fs::create_dir(&place).expect("a folder");
        assert!(replace(&place, b"text", 0o600).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("it").count(), 1);
    }
}
