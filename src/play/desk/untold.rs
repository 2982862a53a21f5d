//! What has happened and is told a moment later: nobody waits for the log, but somebody waits for what comes before it.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::current::Current;

/// What is over is told with the next event that goes out, or after this time.
const LEISURE: Duration = Duration::from_millis(1);

/// What has not been told, in its order.
#[derive(Default)]
pub(super) struct Untold {
    all: VecDeque<Past>,
    /// When it is told at the latest.
    pub(super) due: Option<Instant>,
}

/// Something that has happened.
pub(super) enum Past {
    Began {
        request_id: String,
        event: Bytes,
    },
    Over {
        invocation: Current,
        duration: Duration,
        init: Option<Duration>,
    },
}

impl Untold {
    pub(super) fn push(&mut self, past: Past) {
        self.all.push_back(past);
        self.due.get_or_insert_with(|| Instant::now() + LEISURE);
    }

    /// An event goes out.
    pub(super) fn began(&mut self, request_id: String, event: Bytes) {
        self.push(Past::Began { request_id, event });
    }

    /// The next of it.
    pub(super) fn next(&mut self) -> Option<Past> {
        self.due = None;
        self.all.pop_front()
    }

    /// Whether an event that goes out has not been told.
    pub(super) fn waits_for_the_event(&self) -> bool {
        matches!(self.all.back(), Some(Past::Began { .. }))
    }
}
