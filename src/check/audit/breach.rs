//! The result of a part of the audit: breaches, and the modes in which they count.

use crate::check::timeline::Timeline;
use crate::check::{Evidence, evidence};
use crate::law::{Code, Level};
use crate::protocol::Mode;
use crate::transcript::Offset;

/// The modes for which a part of the audit holds. Each part looks only at the calls of the runtime: those of an extension
/// are not among the calls of a [`Timeline`].
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// In every mode.
    EveryMode,
    /// In modes with one invocation at a time.
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
