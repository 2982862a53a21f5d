//! What goes into the engine: something that happened.

use super::command::Timer;
use crate::protocol::{Actor, OtherCall, Route};

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
        /// The body, if the call is for another API than the Runtime API; empty otherwise.
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
}

/// The head of a request, as far as the engine looks at it.
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
}
