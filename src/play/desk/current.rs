//! The invocation in progress.

use std::collections::VecDeque;
use std::time::Duration;

use crate::protocol::Returned;
use crate::protocol::invoke::LOG_RESULT_BYTES_MAX;
use crate::transcript::Offset;

/// An invocation in progress.
pub(super) struct Current {
    pub(super) request_id: String,
    /// Its number in this environment.
    pub(super) number: usize,
    pub(super) returned: Option<Returned>,
    pub(super) at: Offset,
    /// The end of what was printed meanwhile.
    log: VecDeque<u8>,
}

impl Current {
    pub(super) fn new(request_id: String, number: usize, at: Offset) -> Self {
        Self {
            request_id,
            number,
            returned: None,
            at,
            log: VecDeque::new(),
        }
    }

    /// A line was printed.
    pub(super) fn print(&mut self, line: &str) {
        self.log.extend(line.bytes().chain([b'\n']));
        let over = self.log.len().saturating_sub(LOG_RESULT_BYTES_MAX);
        self.log.drain(..over);
    }

    /// The end of what was printed.
    pub(super) fn log(&self) -> Vec<u8> {
        self.log.iter().copied().collect()
    }
}

pub(super) fn since(from: Offset, to: Offset) -> Duration {
    Duration::from_micros(to.us().saturating_sub(from.us()))
}
