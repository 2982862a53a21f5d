//! What happens to environments that serve callers.

use std::time::Duration;

use bytes::Bytes;

use crate::protocol::Returned;
use crate::transcript::{Offset, Transcript};

/// Something that happened to an environment.
#[derive(Debug)]
pub enum Happening<'a> {
    /// A process printed a line, perhaps during an invocation.
    Printed {
        /// The line.
        line: &'a str,
        /// The request id of the invocation.
        request_id: Option<&'a str>,
    },
    /// An event went to the runtime.
    Started {
        /// The request id.
        request_id: &'a str,
        /// The event.
        event: &'a Bytes,
    },
    /// An invocation is over.
    Over {
        /// What was measured.
        measured: Measured<'a>,
        /// What the caller got, if it got something.
        returned: Option<&'a Returned>,
        /// The latest that passed in this environment.
        transcript: &'a Transcript,
        /// The index of the invocation in it.
        invocation: usize,
    },
    /// Invocations are over that have not been audited.
    Due {
        /// The latest that passed in this environment.
        transcript: &'a Transcript,
        /// Their time.
        window: (Offset, Offset),
    },
    /// A part of the record is complete: it is kept, if it is wanted.
    Recorded {
        /// The part, with the last of the one before.
        transcript: &'a Transcript,
    },
    /// The environment is over by itself: not because it is no longer needed.
    Ended {
        /// The latest that passed.
        transcript: &'a Transcript,
        /// Up to when it was audited.
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
