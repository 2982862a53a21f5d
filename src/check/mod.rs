//! The bench: reads a transcript and finds breaches.
//!
//! Pure and total: the same transcript gives the same findings. It does not know how the transcript came to be. What every
//! case gets for free is in `audit`; what a case asks for itself in `steps`.

mod audit;
mod clock;
mod evidence;
mod finding;
mod growth;
mod headroom;
mod in_hand;
mod json;
mod rule;
mod steps;
mod timeline;

pub use clock::clock_fault;
pub(crate) use evidence::exit_words;
pub use finding::{Evidence, Finding};
pub use headroom::headroom;
pub use in_hand::is_in_hand;

use crate::case::Case;
use crate::cut::cut;
use crate::law::Code;
use crate::transcript::Transcript;

/// How long a text of a finding may be, in bytes: it may quote the target.
const TEXT_BYTES_MAX: usize = 2000;

/// Holds a transcript to its case and to the law: all breaches, strongest first.
pub fn judge(case: &Case, transcript: &Transcript) -> Vec<Finding> {
    let timeline = timeline::Timeline::new(case, transcript);
    let audited = audit::audit(&timeline);
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
    // What ended the case stands before what the audit has remarked on the way.
    findings.splice(count..count, asked);
    for finding in &mut findings {
        // Whatever was blamed, and for what: nothing is lost in production by what the service never does.
        finding.level = case.capped(finding.level);
        finding.expected = cut(&finding.expected, TEXT_BYTES_MAX);
        finding.actual = cut(&finding.actual, TEXT_BYTES_MAX);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings
}

/// Whether what a step asked for blames an exchange that the audit has found by the same requirement, or only for coming at
/// all: the audit says what is wrong with it.
fn is_twin(found: &Finding, asked: &Finding) -> bool {
    let exchange = found.evidence.exchange;
    let same = found.requirement == asked.requirement || asked.code == Code::CallInQuiet.name();
    same && exchange.is_some() && exchange == asked.evidence.exchange
}
