//! Reads files that a user names: regular files, and open files from a shell. Each fault is one message.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{OFlags, fcntl_setfl, major, minor};
use thiserror::Error;

use super::resolve::{Target, resolve};

/// The greatest size of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bound {
    /// Written by a person: a case, a configuration, an event.
    ByHand,
    /// Written by ricspec: a transcript, a report.
    Recorded,
}

impl Bound {
    /// In MiB. An event has at most 6 MB, and the transcript of a thousand invocations has some ten.
    const fn mib(self) -> u64 {
        match self {
            Self::ByHand => 16,
            Self::Recorded => 256,
        }
    }

    const fn bytes(self) -> u64 {
        self.mib() << 20
    }
}

/// A file that cannot be read, and how to fix that.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system refuses.
    #[error("cannot read `{path}`: {source}{}", hint(source))]
    Refused {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Not a regular file.
    #[error("cannot read `{path}`: it is {what}; give a regular file")]
    Special {
        /// The file.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// Too large.
    #[error("cannot read `{path}`: it is larger than {mib} MiB, the limit; is it the right file?")]
    TooLarge {
        /// The file.
        path: String,
        /// The limit.
        mib: u64,
    },
    /// Not text.
    #[error("{path}:{line}: this is not UTF-8; save the file as UTF-8")]
    NotText {
        /// The file.
        path: String,
        /// The line of the first bad byte, from 1.
        line: usize,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; check the path",
        io::ErrorKind::PermissionDenied => "; let your user read it (chmod, chown)",
        _ => "",
    }
}

/// The text of a file. `/dev/null` is empty, and a pipe is read if a shell opened it: `/dev/stdin` and `<(...)`.
///
/// # Errors
/// The file cannot be read, is too large, or is not text.
pub fn text(path: &Path, bound: Bound) -> Result<String, ReadError> {
    let shown = || path.display().to_string();
    let refused = |source| ReadError::Refused {
        path: shown(),
        source,
    };
    let found = fs::metadata(path).map_err(refused)?;
    if is_null(&found) {
        return Ok(String::new());
    }
    let kind = found.file_type();
    let handed = kind.is_fifo() && resolve(path).is_ok_and(|target| target == Target::Open);
    if let Some(what) = special(kind).filter(|_| !handed) {
        return Err(ReadError::Special {
            path: shown(),
            what,
        });
    }
    let too_large = || ReadError::TooLarge {
        path: shown(),
        mib: bound.mib(),
    };
    if found.len() > bound.bytes() {
        return Err(too_large());
    }
    let bytes = bytes(path, handed, bound).map_err(refused)?;
    if bytes.len() as u64 > bound.bytes() {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(good);
        ReadError::NotText {
            path: shown(),
            line: 1 + before.filter(|byte| **byte == b'\n').count(),
        }
    })
}

/// Reads at most one byte more than allowed.
fn bytes(path: &Path, handed: bool, bound: Bound) -> io::Result<Vec<u8>> {
    // If it was replaced by a FIFO since, opening it does not wait.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file: File = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    if handed {
        fcntl_setfl(&file, OFlags::empty())?;
    }
    let mut bytes = Vec::new();
    file.take(bound.bytes() + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_null(found: &fs::Metadata) -> bool {
    let device = found.rdev();
    found.file_type().is_char_device() && (major(device), minor(device)) == (1, 3)
}

/// What kind of file it is, if it is not a regular one.
pub(super) fn special(kind: FileType) -> Option<&'static str> {
    match kind {
        kind if kind.is_dir() => Some("a folder"),
        kind if kind.is_fifo() => Some("a FIFO"),
        kind if kind.is_socket() => Some("a socket"),
        kind if kind.is_char_device() || kind.is_block_device() => Some("a device"),
        _ => None,
    }
}
