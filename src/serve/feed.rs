//! What happens while a function is served, for those who look on, such as the page: one stream of events, masked like all
//! outputs.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::broadcast;

use crate::check::Finding;
use crate::protocol::AnswerKind;
use crate::transcript::Transcript;

/// How many events wait for one who looks on and is slow; then it loses the oldest, and is told so.
const WAITING_MAX: usize = 1024;

/// Something that happened while a function is served. Environments are counted from 0.
#[derive(Clone, Debug)]
pub enum ServeEvent {
    /// An event went to the runtime.
    Began {
        /// The environment.
        environment: usize,
        /// When, in milliseconds since the Unix epoch.
        at_unix_ms: u64,
        /// The request id.
        request_id: String,
        /// The event.
        event: Bytes,
    },
    /// A process printed a line.
    Printed {
        /// The environment.
        environment: usize,
        /// When, in milliseconds since the Unix epoch.
        at_unix_ms: u64,
        /// The request id of the invocation in progress.
        request_id: Option<String>,
        /// The line.
        line: String,
    },
    /// An invocation is over.
    Ended(Box<Ended>),
    /// The audit found a breach: each one is told, also where its kind is not printed again.
    Breach {
        /// The environment.
        environment: usize,
        /// The request id of its invocation, if it belongs to one.
        request_id: Option<String>,
        /// The breach.
        finding: Finding,
    },
    /// The function has changed: its environments start anew.
    Changed {
        /// When, in milliseconds since the Unix epoch.
        at_unix_ms: u64,
        /// What changed, and what follows.
        text: String,
    },
    /// An environment is over.
    Stopped {
        /// The environment.
        environment: usize,
        /// When, in milliseconds since the Unix epoch.
        at_unix_ms: u64,
        /// How the runtime ended, in words.
        how: String,
    },
}

/// An invocation that is over.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The environment.
    pub environment: usize,
    /// When it was over, in milliseconds since the Unix epoch.
    pub at_unix_ms: u64,
    /// The request id.
    pub request_id: String,
    /// What the caller got, if it got something.
    pub returned: Option<(AnswerKind, Bytes)>,
    /// From the event to the next poll, or to the end.
    pub duration: Duration,
    /// From the start of the runtime to its first poll; only of the first invocation of an environment.
    pub init: Option<Duration>,
    /// The most memory that the runtime's processes had, in KiB.
    pub memory_kib: Option<u64>,
    /// What passed meanwhile: the poll that delivered the event, and the calls after it.
    pub wire: Transcript,
}

/// The stream of events.
#[derive(Clone, Debug)]
pub struct Feed(broadcast::Sender<Arc<ServeEvent>>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING_MAX))
    }
}

impl Feed {
    /// The events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<ServeEvent>> {
        self.0.subscribe()
    }

    /// Tells an event, which is made only if somebody looks on.
    pub(super) fn tell(&self, event: impl FnOnce() -> ServeEvent) {
        if self.0.receiver_count() > 0 {
            // The last one may have gone meanwhile.
            let _ = self.0.send(Arc::new(event()));
        }
    }
}
