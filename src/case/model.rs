//! The format of a case file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{CaseActor, CaseFile, Step};
use crate::law::{Level, Set, Subject, level_of};
use crate::protocol::{Actor, FailsAt, Mode};

/// One script for the service, and what the runtime must do meanwhile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Where editors find the schema.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// `area/name`, from the file's path.
    pub id: String,
    /// What a conformant runtime does, in one line.
    pub title: String,
    /// Why it matters; every failure shows it.
    pub why: String,
    /// What is under test. In a file, a case with a `fact` need not say that it is about an image.
    #[serde(default)]
    pub subject: Subject,
    /// The requirements that this case tries; they bind its subject.
    pub requirements: Vec<String>,
    /// Why the real service never does what it does here, if so. Its findings are then SHOULD at most.
    #[serde(default)]
    pub beyond: Option<String>,
    /// The profile that it belongs to.
    #[serde(default = "core_profile")]
    pub profile: String,
    /// The fixture verbs and init words that it needs.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Variables in addition to the documented environment; `null` removes one.
    #[serde(default)]
    pub env: BTreeMap<String, Option<String>>,
    /// A handler name that does not exist, instead of the target's own.
    #[serde(default)]
    pub handler: Option<String>,
    /// A folder below the task root that contains the function; the handler's name begins with it.
    #[serde(default)]
    pub folder: Option<String>,
    /// How the service runs the function.
    #[serde(default)]
    pub mode: Mode,
    /// How the service presents itself.
    #[serde(default)]
    pub address: Address,
    /// What the runtime may not write to; by default, all is as usual.
    #[serde(default)]
    pub read_only: Option<ReadOnly>,
    /// Whether it is played alone, because it measures time.
    #[serde(default)]
    pub alone: bool,
    /// Whether the service never sends `100 Continue`. A client may then send its body without it.
    #[serde(default)]
    pub withhold_continue: bool,
    /// How the service reads bodies, if not as fast as it can.
    #[serde(default)]
    pub reads: Option<Reads>,
    /// Whether the service has the APIs for extensions, as Lambda does; without them each call to one gets 404.
    #[serde(default = "offered")]
    pub extensions: bool,
    /// Where the service fails for an extension inside the runtime, with 500.
    #[serde(default)]
    pub service_fails_at: Option<FailsAt>,
    /// Whether the service has telemetry for extensions, as Lambda does; without it each subscription gets 202, as in some
    /// emulators.
    #[serde(default = "offered")]
    pub telemetry: bool,
    /// A decoy: a listener that no call may reach. `{trap}` in `env` and in headers of a `refuse` stands for its
    /// `HOST:PORT`.
    #[serde(default, rename = "trap")]
    pub decoy: Option<Decoy>,
    /// What happens to an earlier process of the same environment. It is killed at the end, and not judged.
    #[serde(default)]
    pub earlier: Vec<Step>,
    /// Instead of steps: what must hold of a container image.
    #[serde(default)]
    pub fact: Option<Fact>,
    /// What happens, in order. In the file, `repeat` stands for repeated steps; here they are written out.
    #[serde(default, deserialize_with = "super::repeat::written_out")]
    pub steps: Vec<Step>,
    /// Instead of steps: several lines of steps, played side by side. After the case is read, all steps are in `steps`, one
    /// line after the other.
    #[serde(default)]
    pub tracks: Vec<Track>,
    /// The processes beside the runtime.
    #[serde(default)]
    pub actors: Vec<CaseActor>,
    /// The rows of a file that stands for several cases. They were written out before this was read.
    #[serde(default)]
    pub table: IgnoredAny,
    /// The file that it is from, if it is from one. Never in a file.
    #[serde(skip)]
    pub file: Option<Arc<CaseFile>>,
    /// How many of the steps belong to each line, and the line's subject; empty for a single line. Never in a file.
    #[serde(skip)]
    pub lines: Vec<(Actor, usize)>,
    /// The only requirements that bind; by default, the law does. Never in a file.
    #[serde(skip)]
    pub set: Option<Arc<Set>>,
    /// Whether it was rewritten for a function that is not a fixture; never in a file.
    #[serde(skip)]
    pub blackbox: bool,
    /// How long the case may take after the first call of the runtime, in milliseconds.
    #[serde(default = "default_deadline_ms")]
    pub deadline_ms: u64,
}

const fn offered() -> bool {
    true
}

/// More than the script of a usual case waits.
const LONG_MS: u64 = 10_000;

/// The least wait, in milliseconds, of a case whose play is mostly waiting.
const WAITING_MS: u64 = 1000;

fn core_profile() -> String {
    "core".to_owned()
}

/// Long enough for a runtime on a loaded CI machine; a conformant one needs milliseconds.
const fn default_deadline_ms() -> u64 {
    10_000
}

impl Case {
    /// The process under test.
    pub fn target(&self) -> Actor {
        let place = self.actors.iter().position(|actor| actor.target);
        place.map_or(Actor::Runtime, Actor::Extension)
    }

    /// The lines of steps that are played side by side: the subject of each, and its steps.
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

    /// Adds extensions without steps.
    pub fn add_beside(&mut self, extensions: impl Iterator<Item = CaseActor>) {
        if self.lines.is_empty() {
            self.lines.push((Actor::Runtime, self.steps.len()));
        }
        for actor in extensions {
            let place = self.actors.len();
            self.lines.push((Actor::Extension(place), 0));
            self.actors.push(actor);
        }
    }

    /// Puts the steps of its tracks and actors into one list.
    pub(super) fn in_lines(mut self) -> Self {
        if self.fact.is_some() && self.subject == Subject::Runtime {
            self.subject = Subject::Image;
        }
        for track in self.tracks.drain(..) {
            self.lines.push((Actor::Runtime, track.steps.len()));
            self.steps.extend(track.steps);
        }
        if !self.actors.is_empty() {
            self.lines.push((Actor::Runtime, self.steps.len()));
        }
        for (place, actor) in self.actors.iter_mut().enumerate() {
            self.lines
                .push((Actor::Extension(place), actor.steps.len()));
            self.steps.append(&mut actor.steps);
        }
        self
    }

    /// The texts in which `{trap}` stands for the address of the decoy.
    pub fn decoy_texts(&mut self) -> impl Iterator<Item = &mut String> {
        let headers = self.steps.iter_mut().flat_map(Step::decoy_texts);
        self.env.values_mut().flatten().chain(headers)
    }

    /// The part of the id before the slash.
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// The least time that its script takes: holds, silences and freezes, in milliseconds.
    pub fn least_ms(&self) -> u64 {
        let steps = self.earlier.iter().chain(&self.steps);
        let waits = steps.map(|step| step.facts().wait.ms);
        waits.fold(0, u64::saturating_add)
    }

    /// Whether its play is mostly waiting, and costs next to nothing meanwhile.
    pub fn mostly_waits(&self) -> bool {
        self.takes_ms() >= WAITING_MS
    }

    /// Whether it takes so long that it should start first.
    pub fn is_long(&self) -> bool {
        self.least_ms() > LONG_MS
    }

    /// The strongest level among its requirements, but at most the level that this case can show.
    pub fn level(&self) -> Level {
        let levels = self.requirements.iter();
        let levels = levels.map(|id| self.capped(id, level_of(id)));
        levels.max().unwrap_or(Level::Info)
    }

    /// The level of a breach in this case, by its set; SHOULD at most if the real service never does what the case does.
    pub fn capped(&self, requirement: &str, level: Level) -> Level {
        let level = match &self.set {
            Some(set) => set.level(requirement, level),
            None => level,
        };
        match self.beyond {
            Some(_) => level.min(Level::Should),
            None => level,
        }
    }
}

/// How the service reads a body of the runtime: the beginning at once, and then slowly, with a small window.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Reads {
    /// How much of it is read as fast as possible, in KiB.
    pub at_once_kib: u64,
    /// How much of the rest is read in a second, in KiB.
    pub then_kib_a_second: u64,
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
    /// Everything except `/tmp`.
    Root,
}

/// What a call to the decoy means.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Decoy {
    /// The requirement that the call breaks.
    pub cites: String,
    /// The code of the finding.
    pub code: String,
    /// The rule, in words, for the report.
    pub expected: String,
}

/// A fact about a container image, known before it is started.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// It has an entry point.
    EntryPoint,
    /// The entry point can be started.
    Executable,
    /// It is for the right kind of processor.
    Architecture,
    /// It is not too large.
    Size,
    /// All users can read its files.
    Readable,
    /// Its working directory exists.
    WorkingDirectory,
    /// It sets no reserved variables.
    Variables,
    /// Its label for SnapStart has a valid value.
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
    /// An address of the machine, not loopback.
    Outer,
    /// A port where nobody listens.
    Refused,
}
