//! How a runtime is started, and why it could not be.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::{Containers, Ear, EngineError, Household, Lasting, Lease, Sandbox};
use crate::case::ReadOnly;

/// How to start a runtime.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Program and arguments; for a container, the arguments of its entry point.
    pub command: Vec<String>,
    /// The whole environment; for a container, the variables in addition to its image's own.
    pub env: Vec<(String, String)>,
    /// Variables that must not exist.
    pub without: Vec<String>,
    /// The working directory of a process; a container has its image's.
    pub folder: PathBuf,
    /// A text in the environment that no other process has.
    pub mark: String,
    /// Its household, if that matters; a container has its own network.
    pub household: Arc<Household>,
    /// What a process may not write to, see [`can_be_read_only`](super::can_be_read_only); a container does this in its own
    /// way.
    pub read_only: Option<ReadOnly>,
    /// Words of the other processes of its environment: the files that they name stay visible as well.
    pub beside: Vec<String>,
    /// Folders whose files the processes also see in `/opt`, as those of layers in Lambda; see [`layer_of`](super::layer_of).
    pub layers: Vec<PathBuf>,
    /// The files that it shares with another process of its environment, if there is one; a container does this in its own
    /// way.
    pub lasting: Option<Arc<Lasting>>,
    /// Process or container.
    pub site: Site,
    /// In a container: whether the command is a program of the image, and not the arguments of its entry point.
    pub is_program: bool,
    /// What a container shares with the others of its environment, if there are any.
    pub sandbox: Option<Arc<Sandbox>>,
    /// The network of a container.
    pub network: Option<Arc<Lease>>,
    /// The port of the service; some networks must know it.
    pub port: u16,
    /// Who hears the lines that it prints.
    pub ear: Option<Ear>,
}

/// Process or container.
#[derive(Clone, Debug, Default)]
pub enum Site {
    /// A process of this machine.
    #[default]
    Machine,
    /// A container.
    Container(Arc<Containers>),
}

/// The runtime could not be started or controlled; this is not the runtime's fault.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// There is no command.
    #[error("no command was given")]
    Empty,
    /// The system refused.
    #[error("cannot start `{program}` in `{folder}`{}", hint(program, source))]
    Spawn {
        /// The program.
        program: String,
        /// The working directory.
        folder: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no folder for temporary files.
    #[error("cannot create a /tmp for the processes of one environment")]
    Tmp(#[source] io::Error),
    /// The file for the engine cannot be written.
    #[error("cannot write a container's variables into a file for the engine")]
    Variables(#[source] io::Error),
    /// The container engine refused.
    #[error("the container engine failed")]
    Engine(#[from] EngineError),
}

/// Why a program that exists cannot be started.
fn hint(program: &str, error: &io::Error) -> String {
    let mut start = Vec::new();
    // The kernel reads no more either, and a program may be large.
    let opened = File::open(program).and_then(|file| file.take(256).read_to_end(&mut start));
    let line = start.split(|byte| *byte == b'\n').next();
    let line = line.filter(|_| opened.is_ok());
    let asked = line.and_then(|line| line.strip_prefix(b"#!"));
    match asked {
        Some(asked) if error.kind() == io::ErrorKind::NotFound => {
            let asked = String::from_utf8_lossy(asked);
            format!(": its first line names `{}`", asked.trim())
        }
        None if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            ": it is not a program, and has no `#!` line".to_owned()
        }
        _ => String::new(),
    }
}
