//! The runtimes to compare: their manifests, and how each is installed.
//!
//! I/O. It reads manifests, installs, and gives the command or the image; it does not know how a run works.

mod install;
mod manifest;
mod read;
mod subject;

pub use install::{Installing, Network};
pub use manifest::Manifest;
pub use read::read;
pub use subject::{Places, Subject};

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use thiserror::Error;

use crate::files::ReadError;

/// Where something is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
}

impl Place {
    /// The place of a byte of a file's text.
    fn of(path: &Path, text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or_default();
        Self {
            path: path.to_owned(),
            line: 1 + before.matches('\n').count(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// Why runtimes cannot be read, or one of them cannot be installed.
#[derive(Debug, Error)]
pub enum MatrixError {
    /// A file or folder that cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file that cannot be read, or is not text.
    #[error(transparent)]
    File(#[from] ReadError),
    /// A path that commands cannot hold.
    #[error(
        "{0:?}: a part of this path is not UTF-8, and no command, environment or report can hold it; rename it"
    )]
    NotUtf8(PathBuf),
    /// A fault in a file.
    #[error("{place}: {what}")]
    Shape {
        /// Where.
        place: Place,
        /// What is wrong, and how to fix it.
        what: String,
    },
    /// A path without a runtime.
    #[error(
        "`{path}` names no runtime: give a folder with one folder for each (NAME/runtime.toml), or a file with [[target]]"
    )]
    Empty {
        /// The folder or file.
        path: String,
    },
    /// Two runtimes with one name would be installed into one folder.
    #[error("{place}: two targets are called `{key}`")]
    Twice {
        /// The second of them.
        place: Place,
        /// The name.
        key: String,
    },
    /// A program is missing.
    #[error("it needs `{tool}`, which is not in PATH")]
    Lacks {
        /// The program.
        tool: String,
    },
    /// It is not installed, and may not be.
    #[error("it is not installed, and --no-install was given")]
    NotInstalled,
    /// A folder or file of the installation cannot be written.
    #[error("cannot write `{path}`: {source}")]
    Unwritable {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A command of the installation that cannot be started.
    #[error("it cannot be installed: cannot start `{command}`: {source}")]
    Start {
        /// The command.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// A command of the installation that failed.
    #[error("it cannot be installed: `{command}`: {status}{output}")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// Its last output, on its own lines.
        output: String,
    },
    /// ricspec was told to stop.
    #[error("interrupted while it was installed")]
    Cancelled,
}

impl MatrixError {
    fn unreadable(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        Self::Unreadable { path, source }
    }
}
