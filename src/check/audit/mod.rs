//! The audit: what must hold in every case, whatever it is about.
//!
//! Each part yields breaches. A breach that is a cause explains why a later wait of the case was not met, so that one fault
//! is one finding.

mod content;
mod grammar;
mod identity;
mod init;
mod order;
mod process;

use super::timeline::Timeline;
use super::{Code, Evidence, Finding, evidence};
use crate::law::{self, Level};
use crate::protocol::{API_VERSION, Mode};
use crate::transcript::Caught;

/// In which modes a part of the audit holds. Each part looks at the calls of the runtime only: those of an extension are not
/// among the calls of a [`Timeline`].
#[derive(Clone, Copy)]
enum Scope {
    /// In every mode.
    EveryMode,
    /// Where the runtime has one invocation at a time.
    OneAtATime,
}

impl Scope {
    fn holds(self, mode: Mode) -> bool {
        match (self, mode) {
            (Self::EveryMode, _) | (Self::OneAtATime, Mode::OnDemand | Mode::SnapStart) => true,
            (Self::OneAtATime, Mode::ManagedInstances { .. }) => false,
        }
    }
}

/// Whether a breach can be the reason why the case did not go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Weight {
    Cause,
    Remark,
}

/// What the audit found once.
pub(super) struct Breach<'a> {
    pub(super) weight: Weight,
    requirement: &'a str,
    /// Where the requirement's own level is too grave for this kind of breach, the most that it may be.
    most: Level,
    code: &'a str,
    expected: String,
    actual: String,
    proof: Proof,
}

/// What proves a breach. Of many breaches of one kind only the first one is shown.
enum Proof {
    /// An exchange, as an index.
    Exchange(usize),
    /// What came after an exchange, or did not, and what became of the process.
    Silence(Option<usize>),
    /// Lines.
    Shown(Evidence),
}

impl Proof {
    fn evidence(self, timeline: &Timeline<'_>) -> Evidence {
        match self {
            Self::Exchange(index) => evidence::of_exchange(timeline.transcript, index),
            Self::Silence(after) => evidence::of_silence(timeline.transcript, after),
            Self::Shown(evidence) => evidence,
        }
    }
}

impl Breach<'static> {
    /// A breach that shows in an exchange.
    fn at(
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

    fn remark(self) -> Self {
        Self {
            weight: Weight::Remark,
            ..self
        }
    }

    /// A breach that a runtime may have and work in Lambda.
    fn should(self) -> Self {
        Self {
            most: Level::Should,
            ..self
        }
    }
}

/// All breaches of a case: one for each kind, with the first one's evidence.
pub(super) fn audit(timeline: &Timeline<'_>) -> Vec<(Weight, Finding)> {
    let holds = |scope: Scope| scope.holds(timeline.case.mode);
    let mut found = Found::default();
    if holds(grammar::SCOPE) {
        found.take(grammar::breaches(timeline));
    }
    if holds(identity::SCOPE) {
        found.take(identity::breaches(timeline));
    }
    if holds(order::SCOPE) {
        found.take(order::breaches(timeline));
    }
    if holds(init::SCOPE) {
        found.take(init::breaches(timeline));
    }
    if holds(process::SCOPE) {
        found.take(process::breaches(timeline));
    }
    found.take(caught(timeline));
    // A body that is framed wrong is not what was meant.
    let misframed = |(breach, _): &(Breach<'_>, usize)| breach.requirement == "RESP-06";
    if holds(content::SCOPE) && !found.0.iter().any(misframed) {
        found.take(content::breaches(timeline));
    }
    let found = found.0.into_iter();
    found.map(|found| finding(timeline, found)).collect()
}

/// The first breach of each kind, and how often it came again.
#[derive(Default)]
struct Found<'a>(Vec<(Breach<'a>, usize)>);

impl<'a> Found<'a> {
    fn take<'b: 'a>(&mut self, breaches: impl IntoIterator<Item = Breach<'b>>) {
        for breach in breaches {
            let twin = self.0.iter_mut().find(|(known, _)| {
                (known.requirement, known.code) == (breach.requirement, breach.code)
            });
            match twin {
                Some((_, more)) => *more += 1,
                None => self.0.push((breach, 0)),
            }
        }
    }
}

/// The function may have calls of its own to make, and send them through a proxy with good reason.
fn may_be_for_the_service(timeline: &Timeline<'_>, caught: &Caught) -> bool {
    let text = caught.first.text();
    let whole_line = text.contains('\n');
    !whole_line || text.contains(&timeline.transcript.api) || text.contains(API_VERSION)
}

/// A call that came to the case's trap.
fn caught<'a>(timeline: &Timeline<'a>) -> Option<Breach<'a>> {
    let ours = |caught: &&Caught| may_be_for_the_service(timeline, caught);
    let all = timeline.transcript.caught.iter().filter(ours);
    let (times, first) = (all.clone().count(), all.clone().next());
    let (Some(trap), Some(caught)) = (&timeline.case.trap, first) else {
        return None;
    };
    Some(Breach {
        weight: Weight::Cause,
        requirement: &trap.cites,
        most: Level::Must,
        code: &trap.code,
        expected: trap.expected.clone(),
        actual: format!("a call to the wrong place, {times} in all"),
        proof: Proof::Shown(evidence::of_caught(caught)),
    })
}

fn finding(timeline: &Timeline<'_>, (breach, more): (Breach<'_>, usize)) -> (Weight, Finding) {
    let actual = match more {
        0 => breach.actual,
        1 => format!("{} (and once more)", breach.actual),
        _ => format!("{} (and {more} times more)", breach.actual),
    };
    let finding = Finding {
        requirement: breach.requirement.to_owned(),
        level: law::level_of(breach.requirement).min(breach.most),
        code: breach.code.to_owned(),
        expected: breach.expected,
        actual,
        evidence: breach.proof.evidence(timeline),
    };
    (breach.weight, finding)
}
