//! A report under another set of requirements: the levels of its findings change, and with them its verdicts; newer cases
//! do not count.

use std::sync::Arc;

use super::{CaseResult, Known, Outcome, Report, rule, untried};
use crate::case::{Because, LeftOut};
use crate::law::{InForce, Level, Set, Subject};

/// The first words of the ids of what ricspec asks and audits for itself, whatever the cases are.
const OWN: [&str; 2] = ["probe/", "serve/"];

impl Report {
    /// What is under test.
    pub fn subject(&self) -> Subject {
        match self.target.kind.as_str() {
            "extension" => Subject::Extension,
            _ => Subject::Runtime,
        }
    }

    /// Measures the run by this set only.
    ///
    /// # Errors
    /// The report does not have the levels of all requirements, because its run was measured by another set only.
    pub fn under(&mut self, set: &Arc<Set>) -> Result<(), String> {
        let before = match &self.set {
            Some(before)
                if before.set.name == set.name
                    && before.set.requirements == set.requirements
                    && before.chosen =>
            {
                return Ok(());
            }
            Some(before) if before.chosen => {
                return Err(format!(
                    "its run was measured by `{}` only; run again with --set {}, or without --set",
                    before.set.name, set.name
                ));
            }
            before => before.clone(),
        };
        let level_before = |id: &str| match &before {
            Some(before) => before.level(id),
            None => crate::law::level_of(id),
        };
        for case in &mut self.cases {
            for finding in &mut case.findings {
                let id = &finding.requirement;
                finding.level = match set.get(id) {
                    None => Level::Info,
                    Some(member) if finding.level == level_before(id) => member.level,
                    Some(member) => finding.level.min(member.level),
                };
            }
            bind(case, set);
        }
        self.leave_out_newer(set);
        let in_force = InForce::only(set);
        self.untried = untried(&self.cases, &self.left_out, Some(&in_force));
        self.set = Some(in_force);
        Ok(())
    }

    /// Leaves out the cases that are newer than the set, as a run that is measured by it does.
    fn leave_out_newer(&mut self, set: &Set) {
        let is_of_set = |id: &str| set.has_case(id) || OWN.iter().any(|own| id.starts_with(own));
        for case in &mut self.left_out {
            if !is_of_set(&case.id) {
                case.because = Because::Set;
            }
        }
        let newer = self.cases.extract_if(.., |case| !is_of_set(&case.id));
        self.left_out.extend(newer.map(|case| LeftOut {
            id: case.id,
            profile: case.profile,
            requirements: case.requirements,
            because: Because::Set,
        }));
        self.left_out.sort_by(|one, other| one.id.cmp(&other.id));
        self.deselected = self.left_out.len();
    }
}

/// Rules again on a case whose findings have other levels now.
fn bind(case: &mut CaseResult, set: &Set) {
    let levels = case
        .requirements
        .iter()
        .map(|id| set.get(id).map_or(Level::Info, |member| member.level));
    let level = levels.max().unwrap_or(Level::Info);
    case.level = match case.beyond {
        Some(_) => level.min(Level::Should),
        None => level,
    };
    case.findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.level));
    if !case.verdict.failed() {
        return;
    }
    let known: Vec<Known> = case
        .known
        .iter()
        .map(|known| Known {
            case: case.id.clone(),
            code: known.code.clone(),
            reason: known.reason.clone(),
            until: known.until,
            line: 0,
        })
        .collect();
    let short =
        "it broke only requirements outside of the set, and did not come to the end of the case";
    let outcome = Outcome::Judged {
        findings: case.findings.clone(),
        inconclusive: (!case.complete).then(|| short.to_owned()),
    };
    let ruling = rule(&outcome, &known.iter().collect::<Vec<_>>());
    (case.verdict, case.known) = (ruling.verdict, ruling.known);
    case.reason = ruling.reason;
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::super::tests::{judged, report, result};
    use super::*;

    fn set(requirements: &str) -> Arc<Set> {
        let text =
            format!(r#"{{"$schema": "", "name": "mine", "requirements": [{requirements}]}}"#);
        Arc::new(Set::read(&text).expect("a set"))
    }

    #[test]
    fn a_set_changes_levels_and_verdicts() {
        let check = |requirements: &str, verdict: Verdict, level: Level| {
            let mut case = result("response/a", judged(&[("a", Level::Must)]));
            case.requirements = vec!["RESP-01".to_owned()];
            let mut report = report(vec![case]);
            report.set = InForce::law(Subject::Runtime);
            report.under(&set(requirements)).expect("it fits");
            let case = &report.cases[0];
            assert_eq!((case.verdict, case.findings[0].level), (verdict, level));
        };
        let resp = |level: &str| format!(r#"{{"id": "RESP-01", "level": "{level}", "text": "x"}}"#);
        check(&resp("must"), Verdict::Fail, Level::Must);
        check(&resp("should"), Verdict::Fail, Level::Should);
        check(&resp("may"), Verdict::Pass, Level::May);
        let other = r#"{"id": "NEXT-01", "level": "must", "text": "x"}"#;
        check(other, Verdict::Pass, Level::Info);
    }

    #[test]
    fn a_newer_case_does_not_count() {
        let case = |id: &str| result(id, judged(&[("a", Level::Must)]));
        let mut report = report(vec![
            case("response/a"),
            case("response/b"),
            case("probe/describe"),
        ]);
        let whole = Set::of_law("x-2026-11", Subject::Runtime);
        let set = whole.with_cases(["response/a".to_owned()]);
        report.under(&Arc::new(set)).expect("it fits");
        let ids: Vec<&str> = report.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["response/a", "probe/describe"]);
        let left_out = &report.left_out[0];
        assert_eq!(
            (left_out.id.as_str(), left_out.because, report.deselected),
            ("response/b", Because::Set, 1)
        );
    }

    #[test]
    fn a_run_under_one_set_cannot_be_measured_by_another() {
        let mut report = report(Vec::new());
        report.set = InForce::law(Subject::Runtime);
        let one = set(r#"{"id": "NEXT-01", "level": "must", "text": "x"}"#);
        report.under(&one).expect("it fits");
        report.under(&one).expect("the same");
        let other = set(r#"{"id": "NEXT-02", "level": "must", "text": "x"}"#);
        assert!(
            report
                .under(&other)
                .expect_err("another")
                .contains("`mine`")
        );
    }
}
