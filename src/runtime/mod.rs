//! The guest: the runtime under test, launched, watched and stopped. Knows no protocol: it gets a command, an
//! environment and a place.

mod container;
mod household;
mod leak;
mod output;
mod process;
mod socket;
mod stat;
mod usage;
mod view;

pub use container::{
    Containers, Engine, EngineError, EngineName, Fit, Lease, Network, NetworkChoice, Networks,
    Overlay, Premises, Pull, Tuning, architecture, describe, files,
};
pub use household::{Household, Kinship};
pub use view::{Lasting, can_be_read_only, shares_tmp, was_not_confined};

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::oneshot;

use crate::case::ReadOnly;
use crate::transcript::{Output, Usage, Written};
use container::Container;
use output::Drain;
use process::Process;

/// How to start a runtime.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Program and arguments; for a container, the arguments of its entry point.
    pub command: Vec<String>,
    /// The whole environment; for a container, what comes on top of its image's own.
    pub env: Vec<(String, String)>,
    /// Variables that must not be there.
    pub without: Vec<String>,
    /// The working directory of a process; a container has its image's.
    pub folder: PathBuf,
    /// A text in the environment that no other process has.
    pub mark: String,
    /// Whose calls are its own, where that matters; a container has a network of its own.
    pub household: Arc<Household>,
    /// What a process may not write to, see [`can_be_read_only`]; a container has its own way.
    pub read_only: Option<ReadOnly>,
    /// The files that it shares with another process of its environment, if there is one; a container has its own way.
    pub lasting: Option<Arc<Lasting>>,
    /// What it is started as.
    pub site: Site,
    /// The network of a container.
    pub network: Option<Arc<Lease>>,
    /// The port of the service, which some networks must know.
    pub port: u16,
}

/// What a runtime is started as.
#[derive(Clone, Debug, Default)]
pub enum Site {
    /// A process of this machine.
    #[default]
    Machine,
    /// A container of its own.
    Container(Arc<Containers>),
}

/// The runtime could not be started, or not be steered: not its fault in any case.
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
    /// There is no place for temporary files.
    #[error("cannot make a /tmp for the processes of one environment")]
    Tmp(#[source] io::Error),
    /// The container engine refused.
    #[error("the container engine failed")]
    Engine(#[from] EngineError),
}

/// What is wrong with a program that is there and yet cannot be started.
fn hint(program: &str, error: &io::Error) -> String {
    let mut start = Vec::new();
    // The kernel looks no further either, and a program may be large.
    let opened = File::open(program).and_then(|file| file.take(256).read_to_end(&mut start));
    let line = start.split(|byte| *byte == b'\n').next();
    let line = line.filter(|_| opened.is_ok());
    let asked = line.and_then(|line| line.strip_prefix(b"#!"));
    match asked {
        Some(asked) if error.kind() == io::ErrorKind::NotFound => {
            let asked = String::from_utf8_lossy(asked);
            format!(": its first line asks for `{}`", asked.trim())
        }
        None if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            ": it is no program, and its first line is no `#!`".to_owned()
        }
        _ => String::new(),
    }
}

/// How a runtime ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ending {
    /// Its exit code, if it exited.
    pub code: Option<i32>,
    /// The signal, if one ended it.
    pub signal: Option<i32>,
    /// Whether it was ended for passing its memory limit, as far as the engine tells.
    pub out_of_memory: bool,
}

/// How a runtime was stopped, and what is left of it.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub ending: Ending,
    /// Processes that had left its group, now ended.
    pub leaked: Vec<String>,
    /// Its standard output.
    pub stdout: Output,
    /// Its standard error.
    pub stderr: Output,
    /// What could not be done with it meanwhile.
    pub fault: Option<StopFault>,
}

/// What could not be done with a runtime that was started: not its fault.
#[derive(Debug, Error)]
pub enum StopFault {
    /// It runs on, as a program of another user may.
    #[error("process {pid}, the runtime, does not end though it was killed")]
    Immortal {
        /// Its number.
        pid: i32,
    },
    /// The container engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A runtime at work. Dropping it ends it, as a process at once, as a container with the run's [`Premises`].
#[derive(Debug)]
pub struct Running(Guest);

#[derive(Debug)]
enum Guest {
    Process(Box<Process>),
    Container(Box<Container>),
}

impl Site {
    /// The network for a container to be started next; a process has the machine's.
    pub async fn network(&self) -> Result<Option<Lease>, LaunchError> {
        match self {
            Self::Machine => Ok(None),
            Self::Container(containers) => Ok(Some(containers.network().await?)),
        }
    }
}

impl Launch {
    /// Starts the runtime.
    pub async fn start(self) -> Result<Running, LaunchError> {
        let guest = match &self.site {
            Site::Machine => {
                if let Some(lasting) = &self.lasting {
                    lasting.make(&self).await.map_err(LaunchError::Tmp)?;
                }
                Guest::Process(Box::new(Process::start(self)?))
            }
            Site::Container(containers) => {
                let containers = Arc::clone(containers);
                Guest::Container(Box::new(Container::start(self, containers).await?))
            }
        };
        Ok(Running(guest))
    }

    /// What was started, for people.
    pub fn words(&self) -> Vec<String> {
        match &self.site {
            Site::Machine => self.command.clone(),
            Site::Container(containers) => containers.words(&self.command),
        }
    }
}

impl Running {
    /// Waits for the end of the leading process. Cancel safe.
    pub async fn ended(&mut self) -> Ending {
        match &mut self.0 {
            Guest::Process(process) => process.ended().await,
            Guest::Container(container) => container.ended().await,
        }
    }

    /// How it ended, if it has though [`Self::ended`] does not know yet, as far as this can be asked.
    pub async fn unheard_end(&mut self) -> Option<Ending> {
        match &mut self.0 {
            Guest::Process(_) => None,
            Guest::Container(container) => container.unheard_end().await,
        }
    }

    /// SIGTERM. What it gives comes when the signal has been sent: an engine takes its time.
    pub fn terminate(&self) -> oneshot::Receiver<()> {
        match &self.0 {
            Guest::Process(process) => at_once(|| process.terminate()),
            Guest::Container(container) => container.terminate(),
        }
    }

    /// Stops all of its processes; what it gives comes when they stand.
    pub fn freeze(&self) -> oneshot::Receiver<()> {
        match &self.0 {
            Guest::Process(process) => at_once(|| process.freeze()),
            Guest::Container(container) => container.freeze(),
        }
    }

    /// Lets them go on.
    pub fn thaw(&self) -> oneshot::Receiver<()> {
        match &self.0 {
            Guest::Process(process) => at_once(|| process.thaw()),
            Guest::Container(container) => container.thaw(),
        }
    }

    /// What its processes hold; `None` where the system does not tell.
    pub fn usage(&self) -> Option<Usage> {
        match &self.0 {
            Guest::Process(process) => process.usage(),
            Guest::Container(_) => None,
        }
    }

    /// The processor time that its processes have had; `None` where the system does not tell.
    pub fn processor_time(&self) -> Option<Duration> {
        match &self.0 {
            Guest::Process(process) => process.processor_time(),
            Guest::Container(_) => None,
        }
    }

    /// How many of its threads want to run, as far as the system tells.
    pub fn wanting(&self) -> u32 {
        match &self.0 {
            Guest::Process(process) => process.wanting(),
            Guest::Container(container) => container.wanting(),
        }
    }

    /// How much output has come by now.
    pub fn written(&self) -> Written {
        let (stdout, stderr) = match &self.0 {
            Guest::Process(process) => process.streams(),
            Guest::Container(container) => container.streams(),
        };
        let bytes = |drain: Option<&Drain>| drain.map_or(0, Drain::bytes);
        Written {
            stdout: bytes(stdout),
            stderr: bytes(stderr),
        }
    }

    /// Ends it and all that it started, and collects the output.
    pub async fn kill(self) -> Stopped {
        match self.0 {
            Guest::Process(process) => process.kill().await,
            Guest::Container(container) => container.kill().await,
        }
    }
}

fn at_once(act: impl FnOnce()) -> oneshot::Receiver<()> {
    act();
    let (done, told) = oneshot::channel();
    // The receiver is in our hands.
    let _ = done.send(());
    told
}

/// All processes, as far as the system tells of them.
fn pids() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}
