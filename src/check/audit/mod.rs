//! The audit: rules that hold in every case.
//!
//! Each part gives breaches. A breach that is a cause explains why a later step of the case was not met: then the step gives
//! no finding of its own.
//!
//! Each part looks at the calls of its subject only, and holds in some modes ([`Scope`]). The audit may be
//! asked about a stretch of time: each breach belongs to the time of the call that shows it. What only the end of the record
//! shows belongs to its end: `process`, silences, output, bytes that are not a request, calls to the wrong place.

mod breach;
mod content;
mod extension;
mod external;
mod grammar;
mod identity;
mod init;
mod order;
mod process;
mod restore;
mod subscribing;

use std::ops::RangeBounds;

use super::timeline::Timeline;
use super::{Code, Evidence, Finding, evidence};
use crate::law::{self, Level};
use crate::protocol::API_VERSION;
use crate::transcript::{Caught, Offset};
pub(super) use breach::Weight;
use breach::{Breach, Proof, Scope};

/// All breaches of a stretch of time: one for each kind, with the first one's evidence.
pub(super) fn audit(
    timeline: &Timeline<'_>,
    window: &impl RangeBounds<Offset>,
) -> Vec<(Weight, Finding)> {
    let holds = |scope: Scope| scope.holds(timeline.target, timeline.transcript.mode);
    let is_within = |proof: &Proof| window.contains(&proof.at(timeline));
    let mut found = Found {
        breaches: Vec::new(),
        is_within: &is_within,
    };
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
    if holds(restore::SCOPE) {
        found.take(restore::breaches(timeline));
    }
    if holds(process::SCOPE) {
        found.take(process::breaches(timeline));
    }
    if holds(extension::SCOPE) {
        found.take(extension::breaches(timeline));
    }
    if holds(external::SCOPE) {
        found.take(external::breaches(timeline));
    }
    if holds(subscribing::SCOPE) {
        found.take(subscribing::breaches(timeline));
    }
    found.take(caught(timeline));
    // A body with wrong framing does not show what the runtime meant to send.
    let misframed = |(breach, _): &(Breach<'_>, usize)| breach.requirement == "RESP-06";
    if holds(content::SCOPE) && !found.breaches.iter().any(misframed) {
        found.take(content::breaches(timeline));
    }
    let found = found.breaches.into_iter();
    found.map(|found| finding(timeline, found)).collect()
}

/// The first breach of each kind, and how often it was repeated.
struct Found<'a, 'w> {
    breaches: Vec<(Breach<'a>, usize)>,
    is_within: &'w dyn Fn(&Proof) -> bool,
}

impl<'a> Found<'a, '_> {
    fn take<'b: 'a>(&mut self, breaches: impl IntoIterator<Item = Breach<'b>>) {
        let breaches = breaches.into_iter();
        for breach in breaches.filter(|breach| (self.is_within)(&breach.proof)) {
            let twin = self.breaches.iter_mut().find(|(known, _)| {
                (known.requirement, known.code) == (breach.requirement, breach.code)
            });
            match twin {
                Some((_, more)) => *more += 1,
                None => self.breaches.push((breach, 0)),
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
    let (Some(decoy), Some(caught)) = (&timeline.case.decoy, first) else {
        return None;
    };
    Some(Breach {
        weight: Weight::Cause,
        requirement: &decoy.cites,
        most: Level::Must,
        code: &decoy.code,
        expected: decoy.expected.clone(),
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
        step: None,
    };
    (breach.weight, finding)
}
