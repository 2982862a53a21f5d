//! What goes into the script, and what comes out of it.

use super::outgoing::Outgoing;
use crate::protocol::{Function, OtherCall, Route};
use crate::transcript::EndReason;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Stimulus {
    /// A whole request came.
    Request(Arrival),
    /// The runtime closed the connection on which it waited for this exchange's reply.
    Dropped {
        /// The exchange.
        exchange: usize,
    },
    /// The reply to this exchange has been written.
    Replied {
        /// The exchange.
        exchange: usize,
    },
    /// The process ended, and all that it had sent has been read.
    Exited,
    /// The runtime sent or opened more than a case may have.
    Excess,
    /// A timer ran out.
    Timer(Timer),
}

/// A request, as far as the script looks at it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The exchange.
    pub exchange: usize,
    /// Where it leads.
    pub route: Route,
    /// The echoed invocation id.
    pub invocation_id: Option<String>,
    /// The response mode header.
    pub response_mode: Option<String>,
    /// What another API than the Runtime API looks at; nothing where the call is not for one.
    pub other: Option<Box<OtherCall>>,
    /// How many bytes the request line and the headers have.
    pub head_bytes: u64,
    /// How many bytes the body has.
    pub body_bytes: u64,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Timer {
    /// The runtime must have made its first call.
    Startup,
    /// The case must be over.
    Case,
    /// This step must be met.
    Step(usize),
    /// This step has waited on purpose.
    Pause(usize),
    /// A reply that was kept back goes out.
    Reply {
        /// Its exchange.
        exchange: usize,
    },
}

impl Timer {
    /// Whether another timer says nothing any more once this one is started: there is one current step.
    pub fn supersedes(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Step(_), Self::Step(_)) | (Self::Pause(_), Self::Pause(_))
        )
    }
}

/// Something to do.
#[derive(Clone, Debug)]
pub enum Action {
    /// Answer a request.
    Reply {
        /// The exchange.
        exchange: usize,
        /// The answer.
        reply: Outgoing,
    },
    /// Answer a poll with an event.
    Deliver {
        /// The exchange.
        exchange: usize,
        /// The invocation, as an index.
        invocation: usize,
        /// The step.
        step: usize,
        /// The answer.
        reply: Outgoing,
    },
    /// Start a timer.
    Arm {
        /// Which.
        timer: Timer,
        /// When it runs out, in milliseconds from now.
        after_ms: u64,
    },
    /// Send SIGTERM to the process group.
    Terminate,
    /// Send SIGSTOP.
    Freeze,
    /// Send SIGCONT.
    Thaw,
    /// Look at what the processes hold.
    Measure,
    /// A step began.
    Began {
        /// The step.
        step: usize,
    },
    /// A step was met.
    Met {
        /// The step.
        step: usize,
        /// By this exchange.
        exchange: Option<usize>,
    },
    /// The script is over; calls are still answered.
    End(EndReason),
}

/// What the script needs to know besides the case.
#[derive(Clone, Debug)]
pub struct ScriptOptions {
    /// How long the runtime may take to its first call, in milliseconds.
    pub startup_ms: u64,
    /// Stretches deadlines, not pauses.
    pub time_scale: f64,
    /// The function.
    pub function: Function,
    /// A fresh request id for each invocation.
    pub request_ids: Vec<String>,
}

/// An invocation that went out.
#[derive(Clone, Debug)]
pub struct Served {
    /// Its name in the case.
    pub name: Option<String>,
    /// The request id.
    pub request_id: String,
    pub(super) reply: Outgoing,
}
