//! The transcript of one case: everything that passed on the wire, and what happened to the processes.
//!
//! Pure, JSON both ways, versioned. It says what happened, never whether it was right. Members may be added; if one is
//! removed or changes its meaning, the number of the schema changes, and transcripts of the number before can still be read.

mod actor;
mod alike;
mod delivery;
mod end;
mod exchange;
mod forget;
mod offset;
mod output;
mod read;
mod stranger;
mod v1;
mod visit;

pub use actor::{
    ActorKind, ActorRecord, Actors, Exit, MeasureRecord, Signal, SignalRecord, Usage, Written,
};
pub use alike::{Alike, Models};
pub use delivery::{Delivery, Headers};
pub use end::{End, EndReason};
pub use exchange::{Chunk, Chunks, Direction, Exchange, Rare, Reply, Request};
pub use forget::Remainder;
pub use offset::Offset;
pub use output::Output;
pub use read::{Unreadable, read};
pub use stranger::Stranger;
pub use visit::VisitRecord;

pub use crate::http1::{Body, Head, Header, on_the_wire};

use serde::{Deserialize, Serialize};

use crate::protocol::{Actor, Mode};

/// The version of this format.
pub const TRANSCRIPT_SCHEMA: u32 = 2;

/// A greater difference between wall clock and offsets over a case, in milliseconds, means that the clock was set: a clock
/// that is adjusted slowly differs by less, and so do two readings with a pause between them.
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
    /// The factor by which deadlines were multiplied.
    #[serde(default = "unstretched", skip_serializing_if = "is_unstretched")]
    pub time_scale: f64,
    /// Request ids that an earlier process of the same environment was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
    /// Up to when the record before has judged what it shows: this one goes on from there, and begins with the last of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Offset>,
    /// Whether the function was not a fixture, so that the case was played as far as possible without one.
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
    /// Connections to the case's decoy.
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
    /// How a busy machine changed the time limits, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strain: Option<Strain>,
    /// The extension beside the runtime that kept the case from going on, if one did: what the runtime did not do then says
    /// nothing about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_up: Option<String>,
    /// What ricspec could not record of the runtime, if anything: the transcript is incomplete, and what it does not show
    /// may have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<String>,
}

/// The time limits of a case on a busy machine.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Strain {
    /// How often limits were extended.
    pub times: u32,
    /// The sum of the extensions, in milliseconds.
    pub put_off_ms: u64,
    /// The most tasks that wanted to run for each processor, without those of the runtime.
    pub tasks: f64,
    /// Why nothing about time can be held against the runtime, if so.
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

    /// The process under test, and what happened to it.
    pub fn target(&self) -> &ActorRecord {
        let target = self.actors.get(self.actors.target());
        target.unwrap_or(self.runtime())
    }

    /// A limit in milliseconds, multiplied like the deadlines.
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

    /// By how many milliseconds the wall clock was set during the case, forward or back; `None` if it was not set.
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
    /// Address and port of the other side, as the socket reports them.
    pub peer: Option<String>,
    /// Whose it is, as an index of an actor; `None` if this is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<usize>,
    /// When either side closed it.
    pub closed: Option<Offset>,
    /// Who closed it.
    pub closed_by: Option<Side>,
    /// Bytes that are not an HTTP request, as far as they are kept.
    pub garbage: Option<Body>,
}

impl Connection {
    /// Whether this actor has opened it, as far as is known: an unknown caller counts as the runtime.
    pub fn is_of(&self, actor: Actor) -> bool {
        self.actor.unwrap_or_default() == actor.place()
    }
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

/// A connection to the decoy.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Caught {
    /// When it was taken.
    pub at: Offset,
    /// Its first bytes.
    pub first: Body,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There are two exchanges to each of fifty thousand invocations, and all of them are kept.
    #[test]
    fn what_there_is_much_of_is_small() {
        assert!(size_of::<Exchange>() <= 192, "{}", size_of::<Exchange>());
        assert!(size_of::<Delivery>() <= 128, "{}", size_of::<Delivery>());
        assert!(size_of::<StepRecord>() <= 32);
    }
}
