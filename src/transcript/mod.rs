//! The record of one case: all that passed on the wire and all that happened to the process.
//!
//! Pure, JSON both ways, versioned. It says what happened, never whether that was right.

mod end;
mod offset;
mod output;
mod stranger;
mod visit;

pub use end::{End, EndReason};
pub use offset::Offset;
pub use output::Output;
pub use stranger::Stranger;
pub use visit::VisitRecord;

pub use crate::http1::{Body, Header, on_the_wire};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of this format.
pub const TRANSCRIPT_SCHEMA: u32 = 1;

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
    /// `AWS_LAMBDA_RUNTIME_API`, as given to the runtime.
    pub api: String,
    /// The command that started the runtime.
    pub command: Vec<String>,
    /// The environment that it was started with.
    pub env: BTreeMap<String, String>,
    /// Connections, in the order in which they were taken.
    pub connections: Vec<Connection>,
    /// Requests with their replies, in the order in which their heads arrived.
    pub exchanges: Vec<Exchange>,
    /// Invocations, in the order in which they were first delivered.
    pub invocations: Vec<Delivery>,
    /// How far each step of the case came.
    pub steps: Vec<StepRecord>,
    /// Signals and freezes that the case asked for.
    pub signals: Vec<SignalRecord>,
    /// What the runtime's processes held, each time that the case looked.
    #[serde(default)]
    pub measures: Vec<MeasureRecord>,
    /// Connections to the case's trap.
    #[serde(default)]
    pub caught: Vec<Caught>,
    /// Calls of processes that are not of the runtime, which were refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strangers: Vec<Stranger>,
    /// Calls of ricspec itself at its invoke door, in the order of their answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<VisitRecord>,
    /// The process.
    pub process: Process,
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

/// A TCP connection from the runtime.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// When it was taken.
    pub opened: Offset,
    /// When the runtime closed its side, or the service did.
    pub closed: Option<Offset>,
    /// Who closed it.
    pub closed_by: Option<Side>,
    /// Bytes that are no HTTP request, as far as they are kept.
    pub garbage: Option<Body>,
}

/// One of the two sides of a connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The runtime.
    Runtime,
    /// ricspec.
    Service,
}

/// A request and its reply.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Index of the connection.
    pub connection: usize,
    /// When the head of the request was complete.
    pub at: Offset,
    /// When the whole request was.
    pub complete: Option<Offset>,
    /// The request line and headers, byte for byte.
    pub head: Body,
    /// The method, as sent.
    pub method: String,
    /// The request target, as sent.
    pub target: String,
    /// The minor version of HTTP/1.
    pub minor: u8,
    /// Header lines in order, in the case in which they were sent.
    pub headers: Vec<Header>,
    /// The body, without its framing.
    pub body: Body,
    /// Sizes of the first chunks, if the body was chunked.
    pub chunks: Option<Vec<u64>>,
    /// Trailer lines.
    pub trailers: Vec<Header>,
    /// What was wrong with the framing of the body, if anything.
    pub broken: Option<String>,
    /// What the service answered.
    pub reply: Option<Reply>,
    /// When the runtime gave up waiting for the reply.
    pub dropped: Option<Offset>,
    /// The invocation that was delivered in the reply, as an index.
    pub delivered: Option<usize>,
}

/// What the service answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Just before its first byte was written.
    pub at: Offset,
    /// The status.
    pub status: u16,
    /// The first bytes on the wire, head and some of the body.
    pub wire: Body,
    /// How the case bent it, if it did.
    pub bent: Option<String>,
}

/// An invocation as it was delivered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Its name in the case.
    pub name: Option<String>,
    /// The step that delivered it.
    pub step: usize,
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

/// A signal that the case had sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignalRecord {
    /// When.
    pub at: Offset,
    /// `TERM`, `STOP`, `CONT`.
    pub signal: String,
    /// How much the process had written before.
    #[serde(default, skip_serializing_if = "Written::is_nothing")]
    pub written: Written,
}

/// How many bytes of output had come by a time.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Of standard output.
    pub stdout: u64,
    /// Of standard error.
    pub stderr: u64,
}

impl Written {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What the runtime's processes held at one time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureRecord {
    /// When.
    pub at: Offset,
    /// What they held; `None` where the system does not tell.
    pub usage: Option<Usage>,
    /// Connections to the service that were open.
    pub connections: u64,
}

/// What the processes of a runtime hold together.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Open files, sockets included.
    pub files: u64,
    /// Threads.
    pub threads: u64,
    /// Resident memory, in KiB.
    pub memory_kib: u64,
    /// Processor time so far, in milliseconds; not in records of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor_ms: Option<u64>,
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

/// The process and its output.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// When it was started.
    pub started: Offset,
    /// How it ended, if it ended before it was stopped.
    pub exit: Option<Exit>,
    /// How it ended when it was stopped.
    pub stopped: Option<Exit>,
    /// Processes that outlived its group, as `pid command`; ended by ricspec.
    pub leaked: Vec<String>,
    /// Its standard output.
    pub stdout: Output,
    /// Its standard error.
    pub stderr: Output,
}

/// The end of a process.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// When it was seen.
    pub at: Offset,
    /// The exit code, if it exited.
    pub code: Option<i32>,
    /// The signal, if one ended it.
    pub signal: Option<i32>,
    /// Whether it was ended for passing its memory limit, as far as the container engine tells.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_memory: bool,
}

impl Exchange {
    /// The values of all headers of this name, in any case.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        values(&self.headers, name)
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }

    /// The first trailer of this name.
    pub fn trailer<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        values(&self.trailers, name).next()
    }
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

fn values<'a>(headers: &'a [Header], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
}
