//! The shape of a case file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::{Payload, Rule, Shape};
use crate::law::Level;
use crate::protocol::{Actor, Mode};

/// One script for the service, and what the runtime must do while it is acted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Where editors find the schema.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// `area/name`, as the file's path.
    pub id: String,
    /// What a conformant runtime does, in one line.
    pub title: String,
    /// Why it matters: shown with every failure.
    pub why: String,
    /// The requirements that this case tries.
    pub requirements: Vec<String>,
    /// Why the real service never does what it does here, if that is so. Nothing that it finds is then a MUST.
    #[serde(default)]
    pub beyond: Option<String>,
    /// The profile that it belongs to.
    #[serde(default = "core_profile")]
    pub profile: String,
    /// Fixture verbs and init words without which it cannot be tried.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Variables on top of the documented environment; `null` takes one away.
    #[serde(default)]
    pub env: BTreeMap<String, Option<String>>,
    /// A handler name that does not exist, in place of the target's own.
    #[serde(default)]
    pub handler: Option<String>,
    /// A folder below the task root in which the function lies, and which the name of the handler begins with.
    #[serde(default)]
    pub folder: Option<String>,
    /// How the service runs the function.
    #[serde(default)]
    pub mode: Mode,
    /// How the service presents itself.
    #[serde(default)]
    pub address: Address,
    /// What the runtime may not write to; as the machine has it by default.
    #[serde(default)]
    pub read_only: Option<ReadOnly>,
    /// Whether no other case may be in play meanwhile, because it is about time.
    #[serde(default)]
    pub alone: bool,
    /// Whether a client that asks for it is never told `100 Continue`. It may send its body all the same.
    #[serde(default)]
    pub withhold_continue: bool,
    /// Whether the service offers the APIs for extensions, as Lambda does; without them each call to one gets 404.
    #[serde(default = "offered")]
    pub extensions: bool,
    /// A listener to which no call may come. `{trap}` in `env` and in headers of a `refuse` stands for its `HOST:PORT`.
    #[serde(default)]
    pub trap: Option<Trap>,
    /// What happens to an earlier process of the same environment, which is killed at the end of it. Nothing of it is judged.
    #[serde(default)]
    pub earlier: Vec<Step>,
    /// In place of steps: what must hold of a container image.
    #[serde(default)]
    pub fact: Option<Fact>,
    /// What happens, in order. In the file, `repeat` stands for steps that are written out.
    #[serde(default, deserialize_with = "super::repeat::written_out")]
    pub steps: Vec<Step>,
    /// Instead of steps: lines of steps for the runtime that go on side by side. Once the case is read they stand in `steps`,
    /// one line behind the other.
    #[serde(default)]
    pub tracks: Vec<Track>,
    /// How many of the steps belong to each line, and whom it is about; none for one line. Never in a file.
    #[serde(skip)]
    pub lines: Vec<(Actor, usize)>,
    /// Whether it was rewritten for a function that is no fixture; never in a file.
    #[serde(skip)]
    pub blackbox: bool,
    /// How long the case may take once the runtime has called, in milliseconds.
    #[serde(default = "default_deadline_ms")]
    pub deadline_ms: u64,
}

const fn offered() -> bool {
    true
}

/// Above all that a case usually waits by its script.
const LONG_MS: u64 = 10_000;

fn core_profile() -> String {
    "core".to_owned()
}

/// Long enough for a runtime on a loaded CI machine; a conformant one needs milliseconds.
const fn default_deadline_ms() -> u64 {
    10_000
}

impl Case {
    /// The lines of steps that go on side by side: who each is about, and which of the steps it has.
    pub fn lines(&self) -> impl Iterator<Item = (Actor, Range<usize>)> {
        let only = [(Actor::Runtime, self.steps.len())];
        let lines = match self.lines.is_empty() {
            true => only.to_vec(),
            false => self.lines.clone(),
        };
        lines.into_iter().scan(0, |first, (actor, steps)| {
            let line = *first..*first + steps;
            *first = line.end;
            Some((actor, line))
        })
    }

    /// With the steps of its tracks in one list.
    pub(super) fn in_lines(mut self) -> Self {
        for track in self.tracks.drain(..) {
            self.lines.push((Actor::Runtime, track.steps.len()));
            self.steps.extend(track.steps);
        }
        self
    }

    /// The texts in which `{trap}` stands for the address of the trap.
    pub fn trap_texts(&mut self) -> impl Iterator<Item = &mut String> {
        let headers = self.steps.iter_mut().flat_map(|step| match step {
            Step::Refuse(refuse) => Arc::make_mut(refuse).headers.values_mut().collect(),
            Step::Expect(expect) if expect.ack.is_none() => Vec::new(),
            Step::Expect(expect) => {
                let ack = Arc::make_mut(expect).ack.iter_mut();
                let headers = ack.flat_map(|ack| ack.headers.values_mut());
                headers.flatten().collect()
            }
            Step::Serve(_)
            | Step::Quiet(_)
            | Step::Signal(_)
            | Step::Freeze(_)
            | Step::Measure(_) => Vec::new(),
        });
        self.env.values_mut().flatten().chain(headers)
    }

    /// The part of the id before the slash.
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// The time that it takes at least, by its script: holds, silences and freezes, in milliseconds.
    pub fn least_ms(&self) -> u64 {
        let steps = self.earlier.iter().chain(&self.steps);
        steps.map(Step::least_ms).fold(0, u64::saturating_add)
    }

    /// Whether a run is held up by it, unless it is played beside the others.
    pub fn is_long(&self) -> bool {
        self.least_ms() > LONG_MS
    }

    /// The strongest level among its requirements, as far as it can show it.
    pub fn level(&self) -> Level {
        let levels = self.requirements.iter().map(|id| crate::law::level_of(id));
        self.capped(levels.max().unwrap_or(Level::Info))
    }

    /// What a breach of this level counts in this case: at most a SHOULD, where the service does what it never does.
    pub fn capped(&self, level: Level) -> Level {
        match self.beyond {
            Some(_) => level.min(Level::Should),
            None => level,
        }
    }
}

impl Step {
    /// The requirements that it cites.
    pub fn citations(&self) -> Vec<&str> {
        match self {
            Self::Serve(serve) => serve.cites.as_deref().into_iter().collect(),
            Self::Expect(expect) => std::iter::once(expect.cites.as_str())
                .chain(expect.checks.iter().map(|check| check.cites.as_str()))
                .collect(),
            Self::Quiet(quiet) => vec![&quiet.cites],
            Self::Measure(measure) => {
                let growth = measure.growth.iter();
                growth.map(|growth| growth.cites.as_str()).collect()
            }
            Self::Freeze(freeze) => {
                let written = freeze.written.iter();
                written.map(|written| written.cites.as_str()).collect()
            }
            Self::Refuse(_) | Self::Signal(_) => Vec::new(),
        }
    }

    /// The time that it takes at least, in milliseconds.
    fn least_ms(&self) -> u64 {
        match self {
            Self::Serve(serve) => serve.hold_ms,
            Self::Refuse(refuse) => refuse.hold_ms,
            Self::Expect(expect) => expect.ack.as_ref().map_or(0, |ack| ack.hold_ms),
            Self::Quiet(quiet) => quiet.ms,
            Self::Freeze(freeze) => freeze.ms,
            Self::Signal(_) | Self::Measure(_) => 0,
        }
    }
}

/// A line of steps.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Track {
    /// What happens, in order.
    #[serde(deserialize_with = "super::repeat::written_out")]
    pub steps: Vec<Step>,
}

/// What the runtime may not write to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnly {
    /// The folder of the function.
    TaskRoot,
    /// Everything but `/tmp`.
    Root,
}

/// What it means when a call comes to the trap.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Trap {
    /// The requirement that is then broken.
    pub cites: String,
    /// The code of the finding.
    pub code: String,
    /// What must hold, in words, for the report.
    pub expected: String,
}

/// Something that can be known of a container image before it is started.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// It says what to start.
    EntryPoint,
    /// That can be started.
    Executable,
    /// It is for the right processor.
    Architecture,
    /// It is not too large.
    Size,
    /// Its files can be read by anyone.
    Readable,
    /// Its working directory is there.
    WorkingDirectory,
    /// It keeps off variables that are not its own.
    Variables,
    /// Its label for SnapStart has a meaning.
    SnapstartLabel,
}

/// The form of `AWS_LAMBDA_RUNTIME_API`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// `127.0.0.1:PORT`
    #[default]
    Loopback,
    /// `127.0.0.2:PORT`
    OtherLoopback,
    /// `localhost:PORT`
    Hostname,
    /// `[::1]:PORT`
    Ipv6,
    /// An address of the machine that is not loopback.
    Outer,
    /// A port where nobody listens.
    Refused,
}

/// One thing that the service does or waits for. A step that is repeated stands in memory once.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Deliver an event on the next poll.
    #[serde(deserialize_with = "shared")]
    Serve(Arc<Serve>),
    /// Answer the next poll with something that is no event.
    #[serde(deserialize_with = "shared")]
    Refuse(Arc<Refuse>),
    /// Wait for a call or for the end of the process.
    #[serde(deserialize_with = "shared")]
    Expect(Arc<Expect>),
    /// Let time pass in which the runtime must make no call.
    Quiet(Quiet),
    /// Send a signal to the runtime.
    Signal(Signal),
    /// Stop the runtime with SIGSTOP, and let it go on with SIGCONT.
    #[serde(deserialize_with = "shared")]
    Freeze(Arc<Freeze>),
    /// Look at what the runtime's processes hold.
    #[serde(deserialize_with = "shared")]
    Measure(Arc<Measure>),
}

fn shared<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Arc<T>, D::Error> {
    T::deserialize(from).map(Arc::new)
}

/// An event for the runtime.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// A name by which later steps mean this invocation.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    /// The bytes of the event.
    #[serde(default)]
    pub event: Payload,
    /// The request id; a fresh UUID by default.
    #[serde(default)]
    pub request_id: Option<String>,
    /// Headers in place of the defaults; `null` leaves one out.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    /// The time that the function has: the deadline header is the wall clock at dispatch plus this.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: i64,
    /// How long the poll is held before the event goes out.
    #[serde(default)]
    pub hold_ms: u64,
    /// How the reply looks on the wire.
    #[serde(default)]
    pub shape: Shape,
    /// The requirement that is broken when no poll comes; by default the audit's.
    #[serde(default)]
    pub cites: Option<String>,
}

/// A usual function timeout.
const fn default_timeout_ms() -> i64 {
    60_000
}

/// A reply to a poll that is no event.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// The status of the reply.
    #[serde(default = "internal_error")]
    pub status: u16,
    /// Its headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Its body; the service's own error document by default.
    #[serde(default)]
    pub body: Option<Payload>,
    /// How it looks on the wire.
    #[serde(default)]
    pub shape: Shape,
    /// How long the poll is held before the reply goes out.
    #[serde(default)]
    pub hold_ms: u64,
    /// Every poll in this time is answered so, and not the next one only.
    #[serde(default)]
    pub for_ms: Option<u64>,
}

const fn internal_error() -> u16 {
    500
}

/// What a wait is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// GET `/next`.
    Next,
    /// POST `/response` for the invocation.
    Response,
    /// POST `/error` for the invocation.
    Error,
    /// Either of the two.
    Answer,
    /// POST `/init/error`.
    InitError,
    /// The end of the process.
    Exit,
    /// Either the end of the process or a further poll.
    ExitOrNext,
    /// An answer to the invocation, or the end of the process: for events that do not come through whole.
    AnswerOrExit,
}

impl What {
    /// Whether the end of the process meets this wait.
    pub fn allows_exit(self) -> bool {
        matches!(self, Self::Exit | Self::ExitOrNext | Self::AnswerOrExit)
    }
}

/// A wait, what must hold of the thing that came, and how the service answers it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// What must come.
    pub call: What,
    /// The requirement that is broken when it does not come.
    pub cites: String,
    /// The invocation that it answers; the latest by default.
    #[serde(default)]
    pub of: Option<String>,
    /// What must hold of it.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// How the service answers a POST.
    #[serde(default)]
    pub ack: Option<Ack>,
    /// A tighter limit than the case's own, in milliseconds.
    #[serde(default)]
    pub within_ms: Option<u64>,
    /// The exit code that an `exit` must have.
    #[serde(default)]
    pub code: Option<ExitCode>,
}

/// Which exit codes will do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ExitCode {
    /// Any code or signal but 0.
    Nonzero,
    /// Any at all.
    Any,
}

/// One thing that must hold of an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The requirement that is broken when it does not hold.
    pub cites: String,
    /// A code for the finding; by default the rule's own.
    #[serde(default)]
    pub code: Option<String>,
    /// A level below the requirement's own.
    #[serde(default)]
    pub level: Option<Level>,
    /// What must hold, in words, for the report.
    #[serde(default)]
    pub expected: Option<String>,
    /// The kind of answer that it is about, where the wait is met by either; never in a file.
    #[serde(skip)]
    pub only: Option<What>,
    /// The rule.
    pub rule: Rule,
}

/// How the service answers a POST.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// The status; by default the state machine's.
    #[serde(default)]
    pub status: Option<u16>,
    /// The body; by default the service's own for the status.
    #[serde(default)]
    pub body: Option<Payload>,
    /// Headers in place of the defaults; `null` leaves one out.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    /// How long the answer is kept back.
    #[serde(default)]
    pub hold_ms: u64,
    /// How it looks on the wire.
    #[serde(default)]
    pub shape: Shape,
}

/// A time without calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// How long, in milliseconds.
    pub ms: u64,
    /// The requirement that a call breaks.
    pub cites: String,
}

/// A signal to the runtime's process group.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// SIGTERM, as at a shutdown with a registered extension.
    Term,
}

/// A freeze of the environment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// How long, in milliseconds.
    pub ms: u64,
    /// What must have left the process before the freeze.
    #[serde(default)]
    pub written: Option<Written>,
}

/// A text that must be in the output by now.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The requirement that is broken when it is not.
    pub cites: String,
    /// The text.
    pub text: String,
}

/// A look at what the runtime's processes hold, to be compared with an earlier one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// By how much it may exceed the first measure of the case; without it, this is the first.
    #[serde(default)]
    pub growth: Option<Growth>,
}

/// The most that a runtime may have gained since the first measure.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// The requirement that is broken by more.
    pub cites: String,
    /// Open files, sockets included.
    #[serde(default)]
    pub files: Option<u64>,
    /// Threads.
    #[serde(default)]
    pub threads: Option<u64>,
    /// Connections to the service.
    #[serde(default)]
    pub connections: Option<u64>,
    /// Resident memory, in MiB.
    #[serde(default)]
    pub memory_mib: Option<u64>,
    /// Processor time, in milliseconds.
    #[serde(default)]
    pub processor_ms: Option<u64>,
}
