//! The audit over one stretch of time after the other finds what it finds over the whole.

use std::collections::BTreeMap;

use ricspec::case::Case;
use ricspec::check::{Evidence, Finding, audit_within};
use ricspec::law::Level;
use ricspec::transcript::{Offset, Transcript};

/// Closes a window with each event that goes out.
#[track_caller]
pub(super) fn check(case: &Case, transcript: &Transcript) {
    let delivered = transcript
        .exchanges
        .iter()
        .filter(|call| call.delivered.is_some());
    let mut cuts: Vec<Offset> = delivered.map(|poll| poll.at).collect();
    cuts.sort_unstable();
    let mut from = Offset::default();
    let mut found = Vec::new();
    for to in cuts {
        found.extend(audit_within(case, transcript, &(from..to)));
        from = to;
    }
    found.extend(audit_within(case, transcript, &(from..)));
    assert_eq!(kinds(&found), kinds(&audit_within(case, transcript, &..)));
}

/// Each kind of breach once, with its level and its proof.
fn kinds(found: &[Finding]) -> BTreeMap<(&str, &str), (Level, &Evidence)> {
    let mut kinds = BTreeMap::new();
    for finding in found {
        let kind = (&*finding.requirement, &*finding.code);
        let shown = (finding.level, &finding.evidence);
        kinds.entry(kind).or_insert(shown);
    }
    kinds
}

#[test]
fn a_breach_is_found_in_its_own_time_only() {
    let mut tape = super::recording("response/echo_object");
    tape["exchanges"][1]["minor"] = 0.into();
    let transcript = super::transcript(&tape);
    let case = super::case("response/echo_object");
    let at = transcript.exchanges[1].at;
    let count = |found: Vec<Finding>| found.len();
    assert_eq!(count(audit_within(&case, &transcript, &..at)), 0);
    assert_eq!(count(audit_within(&case, &transcript, &(at..=at))), 1);
    let after = Offset::from_us(at.us() + 1);
    assert_eq!(count(audit_within(&case, &transcript, &(after..))), 0);
}
