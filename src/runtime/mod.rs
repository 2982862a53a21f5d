//! The runtime under test: launched, watched and stopped. Knows no protocol: it gets a command, an environment and a stage.

mod container;
mod ear;
mod ending;
mod household;
mod launch;
mod leak;
mod output;
mod own_network;
mod peak;
mod process;
mod socket;
mod stat;
mod usage;
mod view;

pub use container::{
    Containers, Engine, EngineError, EngineName, Fit, Lease, Network, NetworkChoice, Networks,
    Overlay, Premises, Pull, Sandbox, Tuning, architecture, describe, files, networks,
};
pub use ear::{Ear, Heard, Listener, Sound};
pub use ending::{Ending, StopFault, Stopped};
pub use household::{Household, Kinship};
pub use launch::{Launch, LaunchError, Site};
pub use own_network::{OwnNetwork, SocketKind, hand_out_sockets};
pub use view::{
    Lasting, can_be_read_only, lacks_own_network, layer_folder, layer_of, own_network, shares_tmp,
    was_not_confined,
};

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::transcript::{Signal, Usage, Written};
use container::Container;
use output::Drain;
use process::Process;
use view::make;

/// How long to wait for output that is on its way.
const HEAR_MAX: Duration = Duration::from_millis(50);

/// A running runtime. Dropping it ends it: a process at once, a container with the run's [`Premises`].
#[derive(Debug)]
pub struct Running(Backend);

#[derive(Debug)]
enum Backend {
    Process(Box<Process>),
    Container(Box<Container>),
    /// Nothing of it is seen but its calls.
    Attached,
}

impl Site {
    /// Whether its author starts the runtime.
    pub fn is_attached(&self) -> bool {
        match self {
            Self::Attached => true,
            Self::Machine | Self::Container(_) => false,
        }
    }

    /// The network for the next container; a process uses that of the machine.
    ///
    /// # Errors
    /// The engine cannot create a network.
    pub async fn network(&self) -> Result<Option<Lease>, LaunchError> {
        match self {
            Self::Machine | Self::Attached => Ok(None),
            Self::Container(containers) => Ok(Some(Lease::take(Arc::clone(containers)).await?)),
        }
    }
}

impl Launch {
    /// The same, in a sandbox with the extensions beside it, if it is a container and there are any.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn beside(mut self, is_alone: bool) -> Result<Self, LaunchError> {
        if let Site::Container(containers) = &self.site
            && !is_alone
        {
            let sandbox = Sandbox::make(containers, self.network.clone(), self.port).await?;
            self.sandbox = Some(Arc::new(sandbox));
        }
        Ok(self)
    }

    /// Starts the runtime.
    ///
    /// # Errors
    /// The runtime cannot be started.
    pub async fn start(self) -> Result<Running, LaunchError> {
        let guest = match &self.site {
            Site::Machine => {
                if let Some(lasting) = &self.lasting {
                    make(lasting, &self).await.map_err(LaunchError::Tmp)?;
                }
                Backend::Process(Box::new(Process::start(self)?))
            }
            Site::Container(containers) => {
                let containers = Arc::clone(containers);
                Backend::Container(Box::new(Container::start(self, containers).await?))
            }
            Site::Attached => Backend::Attached,
        };
        Ok(Running(guest))
    }

    /// What was started, for people.
    pub fn words(&self) -> Vec<String> {
        match &self.site {
            Site::Machine | Site::Attached => self.command.clone(),
            Site::Container(_) if self.is_program => self.command.clone(),
            Site::Container(containers) => containers.words(&self.command),
        }
    }
}

impl Running {
    /// Waits for the end of the leading process. Cancel safe.
    pub async fn ended(&mut self) -> Ending {
        match &mut self.0 {
            Backend::Process(process) => process.ended().await,
            Backend::Container(container) => container.ended().await,
            Backend::Attached => std::future::pending().await,
        }
    }

    /// How it ended, if it has ended although [`Self::ended`] does not know yet, as far as this can be asked.
    pub async fn unheard_end(&mut self) -> Option<Ending> {
        match &mut self.0 {
            Backend::Process(_) | Backend::Attached => None,
            Backend::Container(container) => container.unheard_end().await,
        }
    }

    /// Sends SIGTERM. The result comes when the signal has been sent: an engine needs time.
    pub fn terminate(&self) -> oneshot::Receiver<()> {
        match &self.0 {
            Backend::Process(process) => at_once(|| process.terminate()),
            Backend::Container(container) => container.terminate(),
            Backend::Attached => at_once(|| ()),
        }
    }

    /// Sends SIGKILL, as the service does; the result comes when the signal has been sent.
    pub fn end_now(&self) -> oneshot::Receiver<()> {
        match &self.0 {
            Backend::Process(process) => at_once(|| process.end_now()),
            Backend::Container(container) => container.end_now(),
            Backend::Attached => at_once(|| ()),
        }
    }

    /// Stops all of its processes; the result comes when they have stopped.
    pub fn freeze(&self) -> oneshot::Receiver<()> {
        match &self.0 {
            Backend::Process(process) => at_once(|| process.freeze()),
            Backend::Container(container) => container.freeze(),
            Backend::Attached => at_once(|| ()),
        }
    }

    /// Continues them.
    pub fn thaw(&self) -> oneshot::Receiver<()> {
        match &self.0 {
            Backend::Process(process) => at_once(|| process.thaw()),
            Backend::Container(container) => container.thaw(),
            Backend::Attached => at_once(|| ()),
        }
    }

    /// Sends a signal; the result comes when it has been sent.
    pub fn send(&self, signal: Signal) -> oneshot::Receiver<()> {
        match signal {
            Signal::Term => self.terminate(),
            Signal::Kill => self.end_now(),
            Signal::Stop => self.freeze(),
            Signal::Cont => self.thaw(),
        }
    }

    /// The resources of its processes; `None` if the system does not say.
    pub fn usage(&self) -> Option<Usage> {
        match &self.0 {
            Backend::Process(process) => process.usage(),
            Backend::Container(_) | Backend::Attached => None,
        }
    }

    /// The most memory that its processes had so far, in KiB; `None` if the system does not say.
    pub fn peak_kib(&self) -> Option<u64> {
        match &self.0 {
            Backend::Process(process) => process.peak_kib(),
            Backend::Container(container) => container.peak_kib(),
            Backend::Attached => None,
        }
    }

    /// The processor time of its processes; `None` if the system does not say.
    pub fn processor_time(&self) -> Option<Duration> {
        match &self.0 {
            Backend::Process(process) => process.processor_time(),
            Backend::Container(_) | Backend::Attached => None,
        }
    }

    /// How many of its threads want to run, as far as the system says.
    pub fn wanting(&self) -> u32 {
        match &self.0 {
            Backend::Process(process) => process.wanting(),
            Backend::Container(container) => container.wanting(),
            Backend::Attached => 0,
        }
    }

    /// Waits until the output so far has been read, for a while at most.
    pub async fn heard_out(&self) {
        let (stdout, stderr) = match &self.0 {
            Backend::Process(process) => process.streams(),
            Backend::Container(container) => container.streams(),
            Backend::Attached => (None, None),
        };
        let since = Instant::now();
        let drains = [stdout, stderr];
        let all_read = || drains.into_iter().flatten().all(Drain::is_read);
        while !all_read() && since.elapsed() < HEAR_MAX {
            tokio::task::yield_now().await;
        }
    }

    /// How much output has come so far.
    pub fn written(&self) -> Written {
        let (stdout, stderr) = match &self.0 {
            Backend::Process(process) => process.streams(),
            Backend::Container(container) => container.streams(),
            Backend::Attached => (None, None),
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
            Backend::Process(process) => process.kill().await,
            Backend::Container(container) => container.kill().await,
            Backend::Attached => Stopped::unseen(),
        }
    }
}

fn at_once(act: impl FnOnce()) -> oneshot::Receiver<()> {
    act();
    let (done, told) = oneshot::channel();
    // We hold the receiver.
    let _ = done.send(());
    told
}
