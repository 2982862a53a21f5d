//! The result of a part of the audit: breaches, and whose calls they are about.

use crate::check::timeline::Timeline;
use crate::check::{Evidence, evidence};
use crate::law::{Code, Level};
use crate::protocol::{Actor, Mode};
use crate::transcript::{ActorKind, Offset};

/// Whose calls a part of the audit looks at, and in which modes it holds. A part is silent if another actor is under test.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    subject: ActorKind,
    modes: Modes,
}

#[derive(Clone, Copy)]
enum Modes {
    All,
    /// Those with one invocation at a time.
    OneAtATime,
}

impl Scope {
    /// The calls of the runtime, in every mode.
    pub(super) const RUNTIME: Self = Self {
        subject: ActorKind::Runtime,
        modes: Modes::All,
    };

    /// The calls of the runtime, in modes with one invocation at a time.
    pub(super) const RUNTIME_ONE_AT_A_TIME: Self = Self {
        subject: ActorKind::Runtime,
        modes: Modes::OneAtATime,
    };

    /// The calls of an extension, in every mode.
    pub(super) const EXTENSION: Self = Self {
        subject: ActorKind::Extension,
        modes: Modes::All,
    };

    /// Whether the part holds if this actor is under test.
    pub(super) fn holds(self, target: Actor, mode: Mode) -> bool {
        let is_subject = match self.subject {
            ActorKind::Runtime | ActorKind::LaterRuntime => target == Actor::Runtime,
            ActorKind::Extension => target != Actor::Runtime,
        };
        let in_mode = match (self.modes, mode) {
            (Modes::All, _) | (Modes::OneAtATime, Mode::OnDemand | Mode::SnapStart) => true,
            (Modes::OneAtATime, Mode::ManagedInstances { .. }) => false,
        };
        is_subject && in_mode
    }
}

/// Whether a breach can be the reason why the case did not go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::check) enum Weight {
    Cause,
    Remark,
}

/// One finding of the audit.
pub(super) struct Breach<'a> {
    pub(super) weight: Weight,
    pub(super) requirement: &'a str,
    /// The highest level of this kind of breach, if it is lower than that of the requirement.
    pub(super) most: Level,
    pub(super) code: &'a str,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) proof: Proof,
}

/// The proof of a breach. Of many breaches of one kind only the first is shown.
pub(super) enum Proof {
    /// An exchange, as an index.
    Exchange(usize),
    /// What came after an exchange, or did not, and the state of the process.
    Silence(Option<usize>),
    /// Lines.
    Shown(Evidence),
}

impl Proof {
    /// The time to which the breach belongs.
    pub(super) fn at(&self, timeline: &Timeline<'_>) -> Offset {
        let transcript = timeline.transcript;
        let call = match self {
            Self::Exchange(index) => transcript.exchanges.get(*index),
            Self::Silence(_) | Self::Shown(_) => None,
        };
        call.map_or(transcript.end.at, |call| call.at)
    }

    pub(super) fn evidence(self, timeline: &Timeline<'_>) -> Evidence {
        match self {
            Self::Exchange(index) => evidence::of_exchange(timeline.transcript, index),
            Self::Silence(after) => evidence::of_silence(timeline.transcript, after),
            Self::Shown(evidence) => evidence,
        }
    }
}

impl Breach<'static> {
    /// A breach that shows in an exchange.
    pub(super) fn at(
        exchange: usize,
        (requirement, code): (&'static str, Code),
        expected: &str,
        actual: impl Into<String>,
    ) -> Self {
        Self {
            weight: Weight::Cause,
            requirement,
            most: Level::Must,
            code: code.name(),
            expected: expected.to_owned(),
            actual: actual.into(),
            proof: Proof::Exchange(exchange),
        }
    }

    pub(super) fn remark(self) -> Self {
        Self {
            weight: Weight::Remark,
            ..self
        }
    }

    /// A breach with which a runtime still works in Lambda.
    pub(super) fn should(self) -> Self {
        Self {
            most: Level::Should,
            ..self
        }
    }
}
