//! What is known of a step before it is played.

use super::{Ack, Check, What};
use crate::case::{Payload, Shape};

/// What is known of a step before it is played. The default is a step without a call.
#[derive(Default)]
pub struct Facts<'a> {
    /// The requirements that it cites.
    pub cites: Vec<&'a str>,
    /// How long the script itself waits at it.
    pub wait: Wait,
    /// Whether only a call of the runtime meets it.
    pub needs_call: bool,
    /// Whether a poll meets it, or may meet it.
    pub takes_poll: bool,
    /// What it waits for, if it waits for the runtime.
    pub call: Option<What>,
    /// The rules for what it waits for.
    pub checks: &'a [Check],
    /// The event that it delivers.
    pub event: Option<&'a Payload>,
    /// Whether a caller at the invoke door brings that event.
    pub by_caller: bool,
    /// The name that it gives to the invocation of this event.
    pub name: Option<&'a str>,
    /// The earlier invocation that it names.
    pub of: Option<&'a str>,
    /// Its payloads outside checks, each with the JSON Pointer to it in the step.
    pub payloads: Vec<(&'static str, &'a Payload)>,
    /// The shape of its reply.
    pub shape: Option<&'a Shape>,
    /// How it answers a POST.
    pub ack: Option<&'a Ack>,
    /// Whether it gives a conformant runtime a reason to end.
    pub provokes_exit: bool,
    /// Whether no call can come after it.
    pub ends_environment: bool,
    /// Whether it measures the processes.
    pub measures: bool,
    /// A limit of its own, shorter than that of the case, in milliseconds.
    pub within_ms: Option<u64>,
}

/// How long the script itself waits at a step.
#[derive(Clone, Copy, Default)]
pub struct Wait {
    /// JSON Pointer to the time, in the step.
    pub at: &'static str,
    /// How long, in milliseconds.
    pub ms: u64,
    /// How long it then takes to write the reply, in milliseconds.
    pub writing_ms: u64,
    /// Whether the next step starts only after it. A held reply does not hold the script.
    pub holds_up: bool,
}

impl Wait {
    /// A wait that holds the script.
    pub(super) const fn of_script(at: &'static str, ms: u64) -> Self {
        Self {
            at,
            ms,
            writing_ms: 0,
            holds_up: true,
        }
    }

    /// With the time to write the reply, in milliseconds.
    pub(super) fn in_all_ms(self) -> u64 {
        self.ms.saturating_add(self.writing_ms)
    }
}
