//! The checks: read a transcript and find breaches.
//!
//! Pure, and cannot fail: the same transcript gives the same findings. It does not know how the transcript was made. `audit`
//! has the rules for every case; `steps` and `rule` judge what a case demands.

mod audit;
mod beside;
mod clock;
mod evidence;
mod finding;
mod growth;
mod headroom;
mod in_hand;
mod json;
mod place;
mod reached;
mod rule;
mod steps;
mod timeline;

pub use beside::{intrusion, lack};
pub use clock::clock_fault;
pub(crate) use evidence::exit_words;
pub use finding::{Evidence, Finding, Place};
pub use headroom::headroom;
pub use in_hand::is_in_hand;

use std::ops::{Bound, RangeBounds};

use crate::case::Case;
use crate::cut::cut;
use crate::law::Code;
use crate::transcript::{Offset, Transcript};

/// How long a text of a finding may be, in bytes: it may quote the target.
const TEXT_BYTES_MAX: usize = 2000;

/// Judges a transcript by its case and by the law: all breaches, the strongest first.
///
/// # Examples
/// ```
/// use ricspec::case::Case;
/// use ricspec::check::judge;
/// use ricspec::transcript::Transcript;
///
/// fn passes(case: &Case, transcript: &Transcript) -> bool {
///     judge(case, transcript).is_empty()
/// }
/// ```
pub fn judge(case: &Case, transcript: &Transcript) -> Vec<Finding> {
    let timeline = timeline::Timeline::new(case, transcript);
    let from = transcript.from.map_or(Bound::Unbounded, Bound::Included);
    let audited = audit::audit(&timeline, &(from, Bound::Unbounded));
    let caused = audited
        .iter()
        .any(|(weight, _)| *weight == audit::Weight::Cause);
    let cause = match caused {
        true => steps::Cause::Known,
        false => steps::Cause::Unknown,
    };
    let (causes, remarks): (Vec<_>, Vec<_>) = audited
        .into_iter()
        .partition(|(weight, _)| *weight == audit::Weight::Cause);
    let count = causes.len();
    let all = causes.into_iter().chain(remarks);
    let mut findings: Vec<Finding> = all.map(|(_, finding)| finding).collect();
    let misframed = findings
        .iter()
        .any(|finding| finding.requirement == "RESP-06");
    let mut asked = steps::findings(&timeline, cause, misframed);
    asked.retain(|finding| !findings.iter().any(|found| is_twin(found, finding)));
    // The finding that ended the case comes before the remarks of the audit.
    findings.splice(count..count, asked);
    findings.iter_mut().for_each(|finding| {
        bound(case, finding);
        place::give(case, transcript, finding);
    });
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings
}

/// What the audit finds within a stretch of a record; steps are not judged.
///
/// Stretches side by side find together what the whole one shows, with two exceptions: a body with wrong framing keeps the
/// audit from looking into bodies within its own stretch only, and a breach that is in several of them is found in each. A
/// call is judged with all that is on record before and after it: a stretch is closed best when the invocation after it has
/// come, and what is forgotten of the time before cannot be told from what never was (ids of invocations, the first poll).
pub fn audit_within(
    case: &Case,
    transcript: &Transcript,
    window: &impl RangeBounds<Offset>,
) -> Vec<Finding> {
    let timeline = timeline::Timeline::new(case, transcript);
    let found = audit::audit(&timeline, window).into_iter();
    let mut findings: Vec<Finding> = found.map(|(_, finding)| finding).collect();
    findings.iter_mut().for_each(|finding| bound(case, finding));
    findings
}

/// Holds a finding to what a case may find, and its texts to their length.
fn bound(case: &Case, finding: &mut Finding) {
    // What the service never does loses nothing in production.
    finding.level = case.capped(&finding.requirement, finding.level);
    finding.expected = cut(&finding.expected, TEXT_BYTES_MAX);
    finding.actual = cut(&finding.actual, TEXT_BYTES_MAX);
}

/// Whether a finding of a step is about an exchange in which the audit has found a breach of the same requirement, or only says
/// that a call came at all. The audit then says better what is wrong.
fn is_twin(found: &Finding, asked: &Finding) -> bool {
    let exchange = found.evidence.exchange;
    let same = found.requirement == asked.requirement || asked.code == Code::CallInQuiet.name();
    same && exchange.is_some() && exchange == asked.evidence.exchange
}
