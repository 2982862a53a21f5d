//! What the service reports about the wire, and its clock.

use std::net::SocketAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;

use super::engine::Invoke;
use super::outgoing::Outgoing;
use super::piece::Data;
use crate::http1::{Body, Event, Head};
use crate::protocol::{Actor, Returned};
use crate::transcript::{Caught, Offset, Side, Stranger, VisitRecord};

/// The time base of one case.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    /// Milliseconds since the Unix epoch at offset 0.
    pub began_unix_ms: u64,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
            began_unix_ms: Self::unix_ms(),
        }
    }

    /// The wall clock, in milliseconds since the Unix epoch: unlike offsets, it may be set during a case.
    pub fn unix_ms() -> u64 {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH);
        u64::try_from(unix.unwrap_or_default().as_millis()).unwrap_or_default()
    }

    /// The time since the start.
    pub fn now(&self) -> Offset {
        Offset::from_us(u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX))
    }
}

/// Something that passed on the wire, in order.
#[derive(Debug)]
pub enum Note {
    /// A connection was taken.
    Opened {
        /// Its index.
        connection: usize,
        /// When.
        at: Offset,
        /// Address and port of the other side, as the socket reports them.
        peer: Option<SocketAddr>,
        /// Whose it is, if this is known.
        actor: Option<Actor>,
    },
    /// A request came, or part of it: the head first, the data as it comes, and then the end.
    Read {
        /// The connection.
        connection: usize,
        /// The exchange; meaningless for garbage.
        exchange: usize,
        /// When.
        at: Offset,
        /// What came.
        event: Event,
        /// With the head: where the reply goes. The reply may come before the request has ended; dropping this closes the
        /// connection.
        reply: Option<oneshot::Sender<Outgoing>>,
        /// With data, if it is wanted: the bytes.
        data: Option<Data>,
    },
    /// A reply is about to be written.
    Replying {
        /// The exchange.
        exchange: usize,
        /// Just before the first byte.
        at: Offset,
        /// The first bytes as they stand on the wire.
        wire: Vec<u8>,
        /// How the case distorts it.
        distortion: Option<String>,
        /// The status.
        status: u16,
    },
    /// A reply has been written, as far as it is sent.
    Replied {
        /// The exchange.
        exchange: usize,
    },
    /// A batch of telemetry is being sent.
    Pushing(Pushing),
    /// What became of a batch.
    Pushed(Pushed),
    /// A caller came to the invoke door.
    Invoked {
        /// What it brought.
        invoke: Invoke,
        /// Where its answer goes; who drops it closes the connection.
        returns: Option<oneshot::Sender<Returned>>,
    },
    /// A visit of ricspec itself at the invoke door is over.
    Visited(VisitRecord),
    /// A connection came to the decoy.
    Caught(Caught),
    /// A process called that does not belong to the runtime.
    Stranger(Stranger),
    /// Something could not be recorded.
    Excess {
        /// What, in words.
        what: String,
        /// Whether this is the limit of a case.
        fatal: bool,
    },
    /// A connection ended.
    Closed {
        /// The connection.
        connection: usize,
        /// When.
        at: Offset,
        /// Who closed it.
        by: Side,
    },
}

/// A batch of telemetry that is being sent.
#[derive(Debug)]
pub struct Pushing {
    /// The connection.
    pub connection: usize,
    /// The exchange.
    pub exchange: usize,
    /// When its head was written.
    pub at: Offset,
    /// The subscriber.
    pub actor: Actor,
    /// The head, as it was written.
    pub head: Head,
    /// The batch.
    pub body: Body,
}

/// What became of a batch of telemetry.
#[derive(Debug)]
pub struct Pushed {
    /// The subscription.
    pub subscription: usize,
    /// The exchange, if it got that far.
    pub exchange: Option<usize>,
    /// When.
    pub at: Offset,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The first bytes of the answer.
    pub wire: Vec<u8>,
    /// Why it was not taken, if so.
    pub fault: Option<String>,
}
