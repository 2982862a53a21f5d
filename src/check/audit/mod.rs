//! The audit: rules that hold in every case.
//!
//! Each part gives breaches. A breach that is a cause explains why a later step of the case was not met: then the step gives
//! no finding of its own.

mod breach;
mod content;
mod extension;
mod grammar;
mod identity;
mod init;
mod order;
mod process;

use super::timeline::Timeline;
use super::{Code, Evidence, Finding, evidence};
use crate::law::{self, Level};
use crate::protocol::API_VERSION;
use crate::transcript::Caught;
pub(super) use breach::Weight;
use breach::{Breach, Proof, Scope};

/// All breaches of a case: one for each kind, with the first one's evidence.
pub(super) fn audit(timeline: &Timeline<'_>) -> Vec<(Weight, Finding)> {
    let holds = |scope: Scope| scope.holds(timeline.transcript.mode);
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
    if holds(extension::SCOPE) {
        found.take(extension::breach(timeline));
    }
    found.take(caught(timeline));
    // A body with wrong framing does not show what the runtime meant to send.
    let misframed = |(breach, _): &(Breach<'_>, usize)| breach.requirement == "RESP-06";
    if holds(content::SCOPE) && !found.0.iter().any(misframed) {
        found.take(content::breaches(timeline));
    }
    let found = found.0.into_iter();
    found.map(|found| finding(timeline, found)).collect()
}

/// The first breach of each kind, and how often it was repeated.
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

/// The function may make its own calls, and may have good reason to use a proxy.
fn may_be_for_the_service(timeline: &Timeline<'_>, caught: &Caught) -> bool {
    let text = caught.first.text();
    let whole_line = text.contains('\n');
    !whole_line || text.contains(&timeline.transcript.api) || text.contains(API_VERSION)
}

/// A call to the case's decoy.
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
