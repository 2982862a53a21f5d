//! What comes out of the engine: something to do.

use bytes::Bytes;

use super::reads::Reads;
use crate::protocol::{Actor, Destination, Returned};
use crate::service::Outgoing;
use crate::transcript::EndReason;

/// Something to do.
#[derive(Clone, Debug)]
pub enum Command {
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
        /// The event.
        served: Served,
    },
    /// Go to the invoke door as a caller would.
    Visit(Visit),
    /// Answer a caller at the invoke door.
    Return {
        /// The caller.
        caller: usize,
        /// What it gets.
        returned: Returned,
    },
    /// Start a timer.
    Arm {
        /// Which.
        timer: Timer,
        /// When it runs out, in milliseconds from now.
        after_ms: u64,
    },
    /// Start a process.
    Launch(Actor),
    /// Send SIGTERM to the process group.
    Terminate(Actor),
    /// Send SIGKILL to it.
    Kill(Actor),
    /// Send SIGSTOP to all processes.
    Freeze,
    /// Send SIGCONT to all processes.
    Thaw,
    /// Close the connections on which no call waits for its reply.
    HangUp,
    /// Measure the resources of the processes.
    Measure,
    /// Send a batch of events to a subscriber.
    Post(Post),
    /// Note that a step began.
    Began {
        /// The step.
        step: usize,
    },
    /// Note that a step was met.
    Met {
        /// The step.
        step: usize,
        /// By this exchange.
        exchange: Option<usize>,
    },
    /// The script is over; calls are still answered.
    End(EndReason),
}

/// A batch of events for a subscriber.
#[derive(Clone, Debug)]
pub struct Post {
    /// The subscription.
    pub subscription: usize,
    /// The subscriber.
    pub actor: Actor,
    /// Where to.
    pub destination: Destination,
    /// The batch, as it is sent.
    pub body: Bytes,
}

/// An event that ricspec itself brings to the invoke door.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The name of the invocation in the case.
    pub name: Option<String>,
    /// The request id.
    pub request_id: String,
    /// The event.
    pub event: Bytes,
}

/// An event that is delivered.
#[derive(Clone, Debug)]
pub struct Served {
    /// The invocation, by its index among all that were delivered.
    pub invocation: usize,
    /// Its name in the case.
    pub name: Option<String>,
    /// The step that serves it.
    pub step: usize,
    /// The request id.
    pub request_id: String,
    /// Who waits for the answer, if the event came in by the invoke door.
    pub caller: Option<usize>,
    /// How its caller takes the answer.
    pub reads: Reads,
    /// The reply to the poll.
    pub reply: Outgoing,
}

/// The meaning of a timer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Timer {
    /// The runtime must have made its first call.
    Startup,
    /// The case must be over.
    Case,
    /// This step must be met.
    Step(Place),
    /// This step has waited on purpose.
    Pause(Place),
    /// This invocation must be over.
    Invocation(usize),
    /// As the environment ends, this process must have ended.
    Shutdown(Actor),
    /// A batch of a subscription is sent.
    Batch {
        /// The subscription.
        subscription: usize,
        /// The batch.
        batch: usize,
    },
    /// A batch that was not taken is sent again.
    Again {
        /// The subscription.
        subscription: usize,
    },
    /// The end of the extensions no longer waits for events that they have not taken.
    Drain,
    /// A held reply is sent.
    Reply {
        /// Its exchange.
        exchange: usize,
    },
}

/// A step of a track.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    pub(super) track: usize,
    pub(super) step: usize,
}

impl Timer {
    /// Whether another timer no longer matters once this one is started: a track has one current step.
    pub fn supersedes(self, other: Self) -> bool {
        match self {
            Self::Step(one) => matches!(other, Self::Step(other) if one.track == other.track),
            Self::Pause(one) => matches!(other, Self::Pause(other) if one.track == other.track),
            Self::Startup => other == Self::Startup,
            Self::Invocation(_) => matches!(other, Self::Invocation(_)),
            Self::Case
            | Self::Shutdown(_)
            | Self::Batch { .. }
            | Self::Again { .. }
            | Self::Drain
            | Self::Reply { .. } => false,
        }
    }
}
