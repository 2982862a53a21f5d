//! A place for an output: checked before anything is played, written once, at the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use rustix::fs::{Access, access};
use thiserror::Error;

use super::draft::{replace, try_folder};
use super::read::special;
use super::resolve::{Target, folder_of, resolve};

/// Who may read a new file, before the umask applies: everyone.
const PUBLIC: u32 = 0o644;

/// For files that may hold secrets of the target: only the user.
const PRIVATE: u32 = 0o600;

/// How long a FIFO may wait for its reader, which may be started after ricspec.
const READER_WAIT: Duration = Duration::from_secs(5);

/// How long a reader may take nothing. A person who pages through a report takes some of it now and then.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// How much is written at a time: no more than a pipe takes at once.
const PIECE: usize = 4096;

/// A place for an output.
#[derive(Debug)]
pub struct Outlet {
    shown: String,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// A regular file, or nothing yet: replaced as a whole. The path has no links.
    Replace(PathBuf),
    /// An open file, a FIFO or a device: written to. It stays what it is.
    Through(PathBuf),
}

/// Identifies a place, whatever path leads to it.
#[derive(Debug, Eq, PartialEq)]
pub enum Identity {
    /// A name in a folder; the folder by its device and inode.
    Name(u64, u64, PathBuf),
    /// A FIFO or an open file, by its device and inode.
    Node(u64, u64),
}

impl Identity {
    /// The device and inode of a path, if it is a place.
    pub fn of(path: &Path) -> Option<Self> {
        match resolve(path).ok()? {
            Target::Place(place) => Self::of_place(&place),
            Target::Open => None,
        }
    }

    fn of_place(place: &Path) -> Option<Self> {
        let folder = fs::metadata(folder_of(place)).ok()?;
        let name = PathBuf::from(place.file_name()?);
        Some(Self::Name(folder.dev(), folder.ino(), name))
    }
}

/// An output that cannot be written, and how to fix that.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The system refuses.
    #[error("cannot write `{path}`: {source}{}", hint(source))]
    Refused {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written to.
    #[error("cannot write `{path}`: it is {what}; give a file")]
    Special {
        /// The file.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// A path that must be a folder.
    #[error("cannot write `{path}`: it is not a folder; give a folder, or an unused name")]
    NotAFolder {
        /// The path.
        path: String,
    },
    /// A FIFO without a reader.
    #[error(
        "cannot write `{path}`: it is a FIFO, and no reader opened it within {} s; start its reader",
        READER_WAIT.as_secs()
    )]
    NoReader {
        /// The FIFO.
        path: String,
    },
    /// A reader that does not read.
    #[error("cannot write `{path}`: its reader has taken nothing for {} s", PAUSE_MAX.as_secs())]
    Stuck {
        /// The FIFO or device.
        path: String,
    },
}

impl WriteError {
    /// The same for all files that cannot be written for the same reason.
    pub fn kind(&self) -> String {
        match self {
            Self::Refused { source, .. } => source.to_string(),
            Self::Special { what, .. } => (*what).to_owned(),
            Self::NotAFolder { .. } | Self::NoReader { .. } | Self::Stuck { .. } => String::new(),
        }
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "; choose another path, or let your user write there",
        io::ErrorKind::ReadOnlyFilesystem => "; choose another path",
        io::ErrorKind::NotADirectory => "; a part of the path is a file",
        io::ErrorKind::StorageFull => "; make room",
        _ => "",
    }
}

impl Outlet {
    /// Finds the place, and makes sure that it can be written to. Creates the folders on the way, and nothing else.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn open(path: &Path) -> Result<Self, WriteError> {
        let shown = path.display().to_string();
        let refused = |source| WriteError::Refused {
            path: shown.clone(),
            source,
        };
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            let what = "the path of a folder";
            return Err(WriteError::Special { path: shown, what });
        }
        // If a link leads to nothing, the folder that it names must exist.
        fs::create_dir_all(folder_of(path)).map_err(refused)?;
        let target = resolve(path).map_err(refused)?;
        let kind = match fs::metadata(path) {
            Ok(found) => Some(found.file_type()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(refused(error)),
        };
        let through = |path: &Path| -> io::Result<Way> {
            access(path, Access::WRITE_OK)?;
            Ok(Way::Through(path.to_owned()))
        };
        let way = match (kind, target) {
            (Some(kind), _) if kind.is_dir() || kind.is_socket() || kind.is_block_device() => {
                let what = special(kind).unwrap_or_default();
                return Err(WriteError::Special { path: shown, what });
            }
            (Some(_), Target::Open) => through(path).map_err(refused)?,
            (Some(kind), Target::Place(place)) if !kind.is_file() => {
                through(&place).map_err(refused)?
            }
            (Some(_), Target::Place(place)) => {
                let opened = OpenOptions::new().append(true).open(&place);
                opened.map_err(refused)?;
                Way::Replace(place)
            }
            (None, Target::Place(place)) => {
                try_folder(folder_of(&place)).map_err(refused)?;
                Way::Replace(place)
            }
            (None, Target::Open) => return Err(refused(io::ErrorKind::NotFound.into())),
        };
        Ok(Self { shown, way })
    }

    /// Its identity; `None` for a device, which any number of outputs may share.
    pub fn identity(&self) -> Option<Identity> {
        match &self.way {
            Way::Replace(place) => Identity::of_place(place),
            Way::Through(path) => {
                let found = fs::metadata(path).ok()?;
                let is_device = found.file_type().is_char_device();
                (!is_device).then(|| Identity::Node(found.dev(), found.ino()))
            }
        }
    }

    /// Whether writing to it may have to wait for a reader.
    pub fn may_wait(&self) -> bool {
        matches!(self.way, Way::Through(_))
    }

    /// Writes the whole text, or leaves the old file if this fails.
    ///
    /// # Errors
    /// The system refuses, or no reader reads.
    pub fn write(&self, text: &str) -> Result<(), WriteError> {
        self.put(text, PUBLIC)
    }

    /// Opens it for lines that are written one by one. A regular file loses what it had; a FIFO waits for its reader.
    ///
    /// # Errors
    /// The system refuses.
    pub fn lines(&self) -> io::Result<File> {
        match &self.way {
            Way::Replace(place) => {
                fs::create_dir_all(folder_of(place))?;
                File::create(place)
            }
            Way::Through(path) => OpenOptions::new().append(true).open(path),
        }
    }

    /// Like [`Outlet::write`], for a text that only the user may read, and only into a regular file.
    ///
    /// # Errors
    /// The system refuses, or the place is not a regular file.
    pub fn write_private(&self, text: &str) -> Result<(), WriteError> {
        match &self.way {
            Way::Replace(_) => self.put(text, PRIVATE),
            Way::Through(_) => Err(WriteError::Special {
                path: self.shown.clone(),
                what: "not a regular file",
            }),
        }
    }

    fn put(&self, text: &str, mode: u32) -> Result<(), WriteError> {
        let done = match &self.way {
            Way::Replace(place) => {
                // A case may have removed the folder.
                fs::create_dir_all(folder_of(place))
                    .and_then(|()| replace(place, text.as_bytes(), mode))
            }
            Way::Through(path) => return self.pass(path, text),
        };
        done.map_err(|source| self.refused(source))
    }

    /// Opens a FIFO like its reader, and waits for the reader as long as is sensible; a slow reader is waited for.
    fn pass(&self, path: &Path, text: &str) -> Result<(), WriteError> {
        let (told, news) = sync_channel(0);
        let (place, text) = (path.to_owned(), text.to_owned());
        // A thread that nobody waits for any more ends at its next piece, or with ricspec.
        std::thread::spawn(move || {
            if let Err(error) = piecewise(&place, &text, &told) {
                let _ = told.send(Err(error));
            }
        });
        let path = || self.shown.clone();
        let opened = news.recv_timeout(READER_WAIT);
        opened
            .map_err(|_| WriteError::NoReader { path: path() })?
            .map_err(|source| self.refused(source))?;
        loop {
            match news.recv_timeout(PAUSE_MAX) {
                Ok(piece) => piece.map_err(|source| self.refused(source))?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => return Err(WriteError::Stuck { path: path() }),
            }
        }
    }

    fn refused(&self, source: io::Error) -> WriteError {
        WriteError::Refused {
            path: self.shown.clone(),
            source,
        }
    }
}

/// Opens a file and appends the text; sends a message when the file is open, and after each piece.
fn piecewise(path: &Path, text: &str, told: &SyncSender<io::Result<()>>) -> io::Result<()> {
    // The content of a file that the shell has opened stays.
    let mut file = OpenOptions::new().append(true).open(path)?;
    let mut pieces = text.as_bytes().chunks(PIECE);
    while told.send(Ok(())).is_ok() {
        match pieces.next() {
            Some(piece) => file.write_all(piece)?,
            None => break,
        }
    }
    Ok(())
}

/// Creates a folder if it does not exist, and makes sure that files can be created in it.
///
/// # Errors
/// The folder cannot be created, or no file can be created in it.
pub fn hold_folder(folder: &Path) -> Result<(), WriteError> {
    let made = match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => {
            let path = folder.display().to_string();
            return Err(WriteError::NotAFolder { path });
        }
        Ok(_) | Err(_) => fs::create_dir_all(folder).and_then(|()| try_folder(folder)),
    };
    made.map_err(|source| WriteError::Refused {
        path: folder.display().to_string(),
        source,
    })
}

/// Opens a file for appending, at once and without waiting for a reader.
///
/// # Errors
/// The file cannot be opened, or is not a regular file.
pub fn append(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path).map(|found| found.file_type());
    if let Some(what) = kind
        .ok()
        .and_then(special)
        .filter(|what| *what != "a device")
    {
        return Err(io::Error::other(format!("it is {what}")));
    }
    OpenOptions::new().append(true).create(true).open(path)
}
