//! The actors of a case: the processes that call the service, and what happened to each.

use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

use super::{Offset, Output};

/// The actors of a case: the runtime first.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<ActorRecord>")]
pub struct Actors {
    runtime: ActorRecord,
    others: Vec<ActorRecord>,
}

impl Actors {
    /// A runtime without other actors.
    pub fn alone(runtime: ActorRecord) -> Self {
        Self {
            runtime,
            others: Vec::new(),
        }
    }

    /// The runtime, in its first life.
    pub fn runtime(&self) -> &ActorRecord {
        &self.runtime
    }

    /// The index of the one under test.
    pub fn target(&self) -> usize {
        self.iter().position(|actor| actor.target).unwrap_or(0)
    }

    /// The actor with this index.
    pub fn get(&self, place: usize) -> Option<&ActorRecord> {
        self.iter().nth(place)
    }

    /// The actor with this index.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut ActorRecord> {
        match place.checked_sub(1) {
            None => Some(&mut self.runtime),
            Some(other) => self.others.get_mut(other),
        }
    }

    /// All of them, with their indexes.
    pub fn iter(&self) -> impl Iterator<Item = &ActorRecord> {
        std::iter::once(&self.runtime).chain(&self.others)
    }

    /// All of them, mutable.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut ActorRecord> {
        std::iter::once(&mut self.runtime).chain(&mut self.others)
    }

    /// Adds an actor.
    pub fn push(&mut self, other: ActorRecord) {
        self.others.push(other);
    }
}

impl TryFrom<Vec<ActorRecord>> for Actors {
    type Error = &'static str;

    fn try_from(all: Vec<ActorRecord>) -> Result<Self, Self::Error> {
        let mut all = all.into_iter();
        let runtime = all.next().filter(|one| one.kind == ActorKind::Runtime);
        Ok(Self {
            runtime: runtime.ok_or("the first actor must be the runtime")?,
            others: all.collect(),
        })
    }
}

impl Serialize for Actors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// The kind of an actor.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// The runtime, with the function.
    #[default]
    Runtime,
    /// The runtime again, after the one before it was stopped.
    LaterRuntime,
    /// An extension, a process of its own.
    Extension,
}

/// A process with all that it started, and what happened to it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ActorRecord {
    /// Its name, as the case calls it.
    pub name: String,
    /// Its kind.
    pub kind: ActorKind,
    /// Whether it is under test; in a record where no actor is, the runtime is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub target: bool,
    /// The command that started it.
    pub command: Vec<String>,
    /// The environment that it was started with.
    pub env: BTreeMap<String, String>,
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
    /// Signals and freezes that the case asked for.
    pub signals: Vec<SignalRecord>,
    /// The resources of its processes, each time that the case measured.
    pub measures: Vec<MeasureRecord>,
}

/// A signal.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// SIGTERM: a shutdown.
    Term,
    /// SIGKILL: a shutdown without an extension, or the end of its time.
    Kill,
    /// SIGSTOP: a freeze.
    Stop,
    /// SIGCONT: its end.
    Cont,
}

impl Signal {
    /// Whether the process ends by it, or is to end.
    pub fn ends(self) -> bool {
        match self {
            Self::Term | Self::Kill => true,
            Self::Stop | Self::Cont => false,
        }
    }
}

/// A signal that the case had sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignalRecord {
    /// When.
    pub at: Offset,
    /// Which.
    pub signal: Signal,
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

/// The resources of the runtime's processes at one time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureRecord {
    /// When.
    pub at: Offset,
    /// The resources; `None` if the system does not say.
    pub usage: Option<Usage>,
    /// Connections to the service that were open.
    pub connections: u64,
}

/// The resources of a runtime's processes together.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Open files, sockets included.
    pub files: u64,
    /// Threads.
    pub threads: u64,
    /// Resident memory, in KiB.
    pub memory_kib: u64,
    /// The most resident memory that each process had so far, together, in KiB; not in transcripts of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_kib: Option<u64>,
    /// Processor time so far, in milliseconds; not in transcripts of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor_ms: Option<u64>,
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
    /// Whether it was ended because it passed its memory limit, as far as the container engine says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_memory: bool,
}
