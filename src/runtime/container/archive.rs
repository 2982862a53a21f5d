//! The files in an archive that a container engine exports.

use std::io::{self, Read};

use crate::image::{File, Files, Kind};

/// How much of an executable file is read: enough for an ELF header or a `#!` line.
const HEAD: u64 = 256;

/// Reads the archive.
pub(super) fn listed(archive: impl Read) -> io::Result<Files> {
    let mut files = Files::default();
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let header = entry.header();
        let (mode, uid, gid) = (header.mode()?, header.uid()?, header.gid()?);
        let path = entry.path()?.to_string_lossy().into_owned();
        let target = || entry.link_name().ok().flatten();
        let kind = match header.entry_type() {
            tar::EntryType::Directory => Kind::Folder,
            tar::EntryType::Symlink => {
                Kind::Link(target().unwrap_or_default().to_string_lossy().into_owned())
            }
            // A second name of an earlier file: treated as a link from the root.
            tar::EntryType::Link => Kind::Link(format!(
                "/{}",
                target().unwrap_or_default().to_string_lossy()
            )),
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                let mut head = Vec::new();
                if mode & 0o111 != 0 {
                    entry.by_ref().take(HEAD).read_to_end(&mut head)?;
                }
                Kind::Regular { head }
            }
            _ => Kind::Other,
        };
        let file = File {
            kind,
            mode,
            uid,
            gid,
        };
        files.add(&path, file);
    }
    Ok(files)
}
