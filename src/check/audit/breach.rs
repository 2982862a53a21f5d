//! What a part of the audit gives: breaches, and the modes in which it looks for them.

use crate::check::timeline::Timeline;
use crate::check::{Evidence, evidence};
use crate::law::{Code, Level};
use crate::protocol::Mode;
use crate::transcript::Offset;

/// In which modes a part of the audit holds. Each part looks at the calls of the runtime only: those of an extension are not
/// among the calls of a [`Timeline`].
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// In every mode.
    EveryMode,
    /// Where the runtime has one invocation at a time.
    OneAtATime,
}

impl Scope {
    pub(super) fn holds(self, mode: Mode) -> bool {
        match (self, mode) {
            (Self::EveryMode, _) | (Self::OneAtATime, Mode::OnDemand | Mode::SnapStart) => true,
            (Self::OneAtATime, Mode::ManagedInstances { .. }) => false,
        }
    }
}

/// Whether a breach can be the reason why the case did not go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::check) enum Weight {
    Cause,
    Remark,
}

/// What the audit found once.
pub(super) struct Breach<'a> {
    pub(super) weight: Weight,
    pub(super) requirement: &'a str,
    /// The highest level that this kind of breach may have, where the level of the requirement is too high.
    pub(super) most: Level,
    pub(super) code: &'a str,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) proof: Proof,
}

/// What proves a breach. Of many breaches of one kind only the first one is shown.
pub(super) enum Proof {
    /// An exchange, as an index.
    Exchange(usize),
    /// What came after an exchange, or did not, and what became of the process.
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

    /// A breach with which a runtime works in Lambda all the same.
    pub(super) fn should(self) -> Self {
        Self {
            most: Level::Should,
            ..self
        }
    }
}
