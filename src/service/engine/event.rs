//! What goes into the engine: something that happened.

use bytes::Bytes;

use super::command::Timer;
use super::reads::Reads;
use crate::http1::Head;
use crate::protocol::{Actor, Route};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request began.
    Head(Arrival),
    /// More of a body came.
    Data {
        /// The exchange.
        exchange: usize,
        /// How many bytes.
        bytes: u64,
    },
    /// A request came to its end.
    End {
        /// The exchange.
        exchange: usize,
        /// The body, if the call is for another API than the Runtime API, or an answer for which a caller may wait; empty
        /// otherwise.
        body: Vec<u8>,
    },
    /// A request broke off, and gets no reply.
    Broken {
        /// The exchange.
        exchange: usize,
    },
    /// The caller closed the connection on which it waited for this exchange's reply.
    Dropped {
        /// The exchange.
        exchange: usize,
    },
    /// The reply to this exchange has been written.
    Written {
        /// The exchange.
        exchange: usize,
    },
    /// A process ended, and all that it had sent has been read.
    Exited(Actor),
    /// The processes sent or opened more than a case may have.
    Excess,
    /// A timer ran out.
    Timer(Timer),
    /// A caller came to the invoke door.
    Invoke(Invoke),
    /// Something that only subscribers to telemetry hear of.
    Telemetry(News),
    /// What the script sent to the invoke door has its answer.
    Visited {
        /// The request id.
        request_id: String,
    },
}

impl Event {
    /// The exchange to whose body something was added.
    pub(super) fn brings_data(&self) -> Option<usize> {
        if let Self::Data { exchange, .. } = self {
            Some(*exchange)
        } else {
            None
        }
    }
}

/// What only subscribers to telemetry hear of.
#[derive(Clone, Debug)]
pub enum News {
    /// A process has printed a line.
    Line {
        /// The process.
        actor: Actor,
        /// The text, without the line feed.
        text: String,
    },
    /// Output came too fast to be read as lines.
    Lost {
        /// How many lines.
        lines: usize,
        /// How many bytes.
        bytes: usize,
    },
    /// A stream of output has ended.
    Silent,
    /// So much memory is in use.
    Used {
        /// In MB.
        mb: u64,
    },
    /// What became of a batch.
    Posted {
        /// The subscription.
        subscription: usize,
        /// The exchange, if it got that far.
        exchange: Option<usize>,
        /// Why it was not taken, if so.
        fault: Option<String>,
    },
}

/// An event that a caller brought to the invoke door.
#[derive(Clone, Debug)]
pub struct Invoke {
    /// The caller.
    pub caller: usize,
    /// The function, as the caller named it.
    pub function: String,
    /// The request id, if the caller chose one.
    pub request_id: Option<String>,
    /// The client context, decoded.
    pub client_context: Option<String>,
    /// The event.
    pub event: Bytes,
    /// How the caller takes the answer.
    pub reads: Reads,
}

/// The head of a request, and where it leads.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The exchange.
    pub exchange: usize,
    /// Where it leads.
    pub route: Route,
    /// The request line and the headers.
    pub head: Head,
}
