//! The record of one case: all that passed on the wire and all that happened to the processes.
//!
//! Pure, JSON both ways, versioned. It says what happened, never whether that was right. Members may be added; where one goes
//! or means something else, the number of the schema changes, and records of the number before can still be read.

mod actor;
mod end;
mod exchange;
mod offset;
mod output;
mod read;
mod stranger;
mod v1;
mod visit;

pub use actor::{
    ActorKind, ActorRecord, Actors, Exit, MeasureRecord, Signal, SignalRecord, Usage, Written,
};
pub use end::{End, EndReason};
pub use exchange::{Chunk, Chunks, Direction, Exchange, Reply};
pub use offset::Offset;
pub use output::Output;
pub use read::{Unreadable, read};
pub use stranger::Stranger;
pub use visit::VisitRecord;

pub use crate::http1::{Body, Header, on_the_wire};

use serde::{Deserialize, Serialize};

use crate::protocol::Mode;

/// The version of this format.
pub const TRANSCRIPT_SCHEMA: u32 = 2;

/// How far wall clock and offsets may part over a case, in milliseconds: a clock that is steered parts by less, and so do
/// two readings with a pause between them.
const CLOCK_SET_MS: u64 = 500;

/// What happened in one case.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// [`TRANSCRIPT_SCHEMA`]
    pub schema: u32,
    /// The case's id.
    pub case: String,
    /// The version of ricspec that recorded it.
    pub tool: String,
    /// Milliseconds since the Unix epoch at offset 0.
    pub began_unix_ms: u64,
    /// By how much deadlines were stretched.
    #[serde(default = "unstretched", skip_serializing_if = "is_unstretched")]
    pub time_scale: f64,
    /// Request ids that an earlier process of the same environment was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
    /// Whether the function was no fixture, so that the case was played as far as it can be without one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blackbox: bool,
    /// How the service ran the function.
    pub mode: Mode,
    /// `AWS_LAMBDA_RUNTIME_API`, as given to the actors.
    pub api: String,
    /// The processes that call the service: the runtime first.
    pub actors: Actors,
    /// Connections, in the order in which they were taken.
    pub connections: Vec<Connection>,
    /// Requests with their replies, in the order in which their heads arrived.
    pub exchanges: Vec<Exchange>,
    /// Invocations, in the order in which they were first delivered.
    pub invocations: Vec<Delivery>,
    /// How far each step of the case came.
    pub steps: Vec<StepRecord>,
    /// Connections to the case's trap.
    #[serde(default)]
    pub caught: Vec<Caught>,
    /// Refused calls of processes that are not actors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strangers: Vec<Stranger>,
    /// Calls of ricspec itself at its invoke door, in the order of their answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<VisitRecord>,
    /// How the script ended.
    pub end: End,
    /// What a machine with too much to do made of the time limits, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strain: Option<Strain>,
    /// What of the runtime's ricspec could not take in, if there was something: the record is not whole, and what it does not
    /// show may have been there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<String>,
}

/// The time limits of a case on a machine that has too much to do.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Strain {
    /// How often limits were put off.
    pub times: u32,
    /// By how much in all, in milliseconds.
    pub put_off_ms: u64,
    /// The most tasks that wanted to run for each processor, without those of the runtime.
    pub tasks: f64,
    /// Why nothing that is about time can be held against the runtime, if nothing can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

const fn unstretched() -> f64 {
    1.0
}

fn is_unstretched(scale: &f64) -> bool {
    (*scale - 1.0).abs() < f64::EPSILON
}

impl Transcript {
    /// The runtime, and what happened to it.
    pub fn runtime(&self) -> &ActorRecord {
        self.actors.runtime()
    }

    /// A limit of so many milliseconds, stretched as deadlines were.
    pub fn stretched(&self, ms: u64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "limits are small"
        )]
        let stretched = (ms as f64 * self.time_scale) as u64;
        stretched
    }

    /// By how many milliseconds the wall clock was set during the case, forward or back; `None` if it was left alone.
    pub fn clock_set_by_ms(&self) -> Option<i64> {
        let signed = |ms: u64| i64::try_from(ms).ok();
        let passed = signed(self.end.unix_ms?)?.checked_sub(signed(self.began_unix_ms)?)?;
        let step = passed.checked_sub(signed(self.end.at.ms())?)?;
        (step.unsigned_abs() >= CLOCK_SET_MS).then_some(step)
    }
}

/// A TCP connection between an actor and the service.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// When it was taken.
    pub opened: Offset,
    /// Address and port of the other side, as the socket tells them.
    pub peer: Option<String>,
    /// When either side closed it.
    pub closed: Option<Offset>,
    /// Who closed it.
    pub closed_by: Option<Side>,
    /// Bytes that are not an HTTP request, as far as they are kept.
    pub garbage: Option<Body>,
}

/// One of the two sides of a connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The actor.
    Peer,
    /// ricspec.
    Service,
}

/// An invocation as it was delivered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Its name in the case.
    pub name: Option<String>,
    /// The step that delivered it; `None` where a caller of the service asked for it.
    pub step: Option<usize>,
    /// The request id.
    pub request_id: String,
    /// All headers of the service's own making, in order.
    pub headers: Vec<Header>,
    /// The event.
    pub event: Body,
    /// Exchanges whose reply delivered it: the first, and redeliveries.
    pub polls: Vec<usize>,
}

/// How far a step of the case came.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// When it began.
    pub began: Option<Offset>,
    /// When what it waited for happened.
    pub met: Option<Offset>,
    /// The exchange that met it.
    pub exchange: Option<usize>,
}

/// A connection to the trap.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Caught {
    /// When it was taken.
    pub at: Offset,
    /// Its first bytes.
    pub first: Body,
}

impl Delivery {
    /// The first header of this name, as served.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }
}
