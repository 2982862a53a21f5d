//! What happens to environments that serve callers.

use std::time::Duration;

use crate::transcript::{Offset, Transcript};

/// Something that happened to an environment.
#[derive(Debug)]
pub enum Happening<'a> {
    /// A process printed a line.
    Printed(&'a str),
    /// An event went to the runtime.
    Started {
        /// The request id.
        request_id: &'a str,
    },
    /// An invocation is over.
    Over {
        /// What was measured.
        measured: Measured<'a>,
        /// All that passed in this environment so far.
        transcript: &'a Transcript,
        /// The time of the invocation.
        window: (Offset, Offset),
    },
    /// The environment is over.
    Ended {
        /// All that passed.
        transcript: &'a Transcript,
        /// When the last invocation was over.
        since: Offset,
    },
}

/// What was measured of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// The request id.
    pub request_id: &'a str,
    /// From the event to the next poll, or to the end.
    pub duration: Duration,
    /// From the start of the runtime to its first poll; only of the first invocation.
    pub init: Option<Duration>,
    /// The most memory that the runtime's processes had, in KiB, if the system says it.
    pub memory_kib: Option<u64>,
}
