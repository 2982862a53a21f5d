//! What a run does not show: MUST requirements that no case tried, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CaseResult, Verdict};
use crate::case::{Because, LeftOut};
use crate::law::{InForce, Level, Subject, level_of, subject_of};

/// A MUST requirement that no case of a run tried.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Untried {
    /// The requirement.
    pub requirement: String,
    /// Why the cases about it did not try it.
    pub reasons: Vec<String>,
    /// Those cases.
    pub cases: Vec<String>,
}

/// The MUST requirements that no case tried, among those of the cases of the run, and of cases of other profiles.
pub fn untried(
    results: &[CaseResult],
    left_out: &[LeftOut],
    set: Option<&InForce>,
) -> Vec<Untried> {
    let came = |case: &&CaseResult| has_tried(case.verdict);
    let tried: BTreeSet<&str> = results
        .iter()
        .filter(came)
        .flat_map(|case| {
            let found = case.findings.iter().map(|finding| &finding.requirement);
            case.requirements.iter().chain(found)
        })
        .map(String::as_str)
        .collect();
    let missed = results.iter().filter(|case| !has_tried(case.verdict));
    let missed = missed.flat_map(|case| {
        let named = case.requirements.iter();
        named.map(|id| (id, &case.id, case.reason.clone()))
    });
    let of_profile = left_out
        .iter()
        .filter(|case| case.because == Because::Profile);
    let elsewhere = of_profile.flat_map(|case| {
        // Facts about an image are not about what a runtime does.
        let named = case.requirements.iter();
        let named = named.filter(|id| subject_of(id) != Some(Subject::Image));
        named.map(|id| (id, &case.id, case.reason()))
    });
    let level = |id: &str| set.map_or_else(|| level_of(id), |set| set.level(id));
    let mut all: BTreeMap<&str, Untried> = BTreeMap::new();
    for (id, case, reason) in missed.chain(elsewhere) {
        if level(id) != Level::Must || tried.contains(id.as_str()) {
            continue;
        }
        let entry = all.entry(id).or_insert_with(|| Untried {
            requirement: id.clone(),
            reasons: Vec::new(),
            cases: Vec::new(),
        });
        entry.cases.push(case.clone());
        if !entry.reasons.contains(&reason) {
            entry.reasons.push(reason);
        }
    }
    let mut all: Vec<Untried> = all.into_values().collect();
    for entry in &mut all {
        entry.reasons.sort();
        entry.cases.sort();
    }
    all
}

/// Whether a case with this verdict shows something about its requirements.
fn has_tried(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass
        | Verdict::Flaky
        | Verdict::Fail
        | Verdict::ExpectedFailure
        | Verdict::UnexpectedPass => true,
        Verdict::Skip | Verdict::Inconclusive | Verdict::Error => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::{about, judged};
    use super::*;

    fn skipped(reason: &str) -> Outcome {
        Outcome::Skipped(reason.to_owned())
    }

    #[test]
    fn what_only_skipped_cases_are_about_is_untried() {
        let results = [
            about("response/b", skipped("no verb"), &["RESP-01", "RESP-03"]),
            about(
                "response/a",
                Outcome::Fault("no port".to_owned()),
                &["RESP-01"],
            ),
            about("response/c", judged(&[]), &["RESP-03"]),
            about("boot/should", skipped("no verb"), &["BOOT-04"]),
        ];
        assert_ne!(level_of("BOOT-04"), Level::Must);
        let found = untried(&results, &[], None);
        let [only] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(only.requirement, "RESP-01");
        assert_eq!(only.reasons, ["no port", "no verb"]);
        assert_eq!(only.cases, ["response/a", "response/b"]);
    }

    #[test]
    fn a_profile_that_was_not_selected_is_a_reason() {
        let slow = |because| LeftOut {
            id: "next/x".to_owned(),
            profile: "slow".to_owned(),
            requirements: vec!["RESP-01".to_owned()],
            because,
        };
        let left_out = [slow(Because::Profile)];
        let reasons = untried(&[], &left_out, None).pop().expect("one").reasons;
        assert_eq!(reasons, ["profile `slow` was not selected"]);
        let tried = [about("response/c", judged(&[]), &["RESP-01"])];
        assert!(untried(&tried, &left_out, None).is_empty());
        assert!(untried(&[], &[slow(Because::Filter)], None).is_empty());
    }
}
