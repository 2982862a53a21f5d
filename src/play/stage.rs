//! What all cases of a run share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::mask::Mask;
use crate::runtime::Site;

/// What all cases of a run share.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Program and arguments of the runtime; an argument that equals `handler` names the handler.
    pub command: Vec<String>,
    /// Program and arguments of the extension under test, if the target is one.
    pub target: Option<Vec<String>>,
    /// Program and arguments of the extension of ours that is started beside the target where a case wants one.
    pub extension: Vec<String>,
    /// The programs of the user's extensions that are started beside the runtime, and not judged.
    pub beside: Vec<String>,
    /// The command that hands out the sockets of a network, if each case with extensions of the user has a network of its
    /// own.
    pub own_network: Option<Vec<String>>,
    /// `_HANDLER`
    pub handler: String,
    /// The working directory and `LAMBDA_TASK_ROOT`.
    pub task_root: PathBuf,
    /// Variables in addition to the documented environment.
    pub env: BTreeMap<String, String>,
    /// How long the runtime may take until its first call.
    pub startup: Duration,
    /// Multiplies deadlines.
    pub time_scale: f64,
    /// Makes ids; the same seed gives the same ids.
    pub seed: u64,
    /// How many runtimes may start at the same time: a start needs much processor time.
    pub boots: Arc<Semaphore>,
    /// The port to listen on; a fresh one for each case by default.
    pub port: Option<u16>,
    /// Process or container.
    pub site: Site,
    /// The memory of the function, in MB.
    pub memory_mb: u32,
    /// The values of [`Self::env`] that are masked in all outputs, after the transcript is judged.
    pub mask: Arc<Mask>,
    /// Cancelled when nobody waits any longer for runtimes that must end: they are killed at once.
    pub hurry: CancellationToken,
}

impl Stage {
    /// The folder of the function, or a program, if it no longer exists: it existed when the run began.
    pub fn gone(&self) -> Option<&Path> {
        let runtime = self.command.first().map(Path::new);
        let runtime = runtime.filter(|program| program.is_absolute());
        let extension = self.target.iter().filter_map(|command| command.first());
        let extensions = extension.chain(&self.beside).map(Path::new);
        let mut parts = std::iter::once(self.task_root.as_path())
            .chain(runtime)
            .chain(extensions);
        match self.site {
            Site::Machine => parts.find(|path| !path.exists()),
            Site::Container(_) | Site::Attached => None,
        }
    }
}
