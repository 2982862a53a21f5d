//! A `/tmp` that outlives a process, for the next one of the same environment: a process that does nothing keeps its
//! namespace, and both enter it.

use tokio::process::Child;
use tokio::sync::OnceCell;

/// The files of an environment with more than one process. Created when the first is started.
#[derive(Debug, Default)]
pub struct Lasting(pub(super) OnceCell<Option<Child>>);

impl Lasting {
    /// The process whose namespace it is.
    pub(super) fn process(&self) -> Option<u32> {
        self.0.get()?.as_ref()?.id()
    }
}
