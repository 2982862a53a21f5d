//! What a run shows of each requirement: conforms, breaks, not tried, or not applicable.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CaseResult, Report, Verdict, is_breach};
use crate::case::LeftOut;
use crate::law::{Level, Member, Subject, requirements};

/// What a run shows of a requirement.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conformity {
    /// A case breaks it.
    Breaks,
    /// A case that is about it came to its end, and none breaks it.
    Conforms,
    /// No case showed it.
    NotTried,
    /// It does not bind this kind of target.
    NotApplicable,
}

impl Conformity {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [
        Self::Breaks,
        Self::Conforms,
        Self::NotTried,
        Self::NotApplicable,
    ];

    /// The words in reports.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Conforms => "conforms",
            Self::NotTried => "not tried",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// A requirement, and what the run shows of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Clause {
    /// The requirement's id.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// The requirement in words.
    pub text: String,
    /// Whether the named set has it.
    pub in_set: bool,
    /// The profile of the cases that try it; `None` if no case does.
    pub profile: Option<String>,
    /// What the run shows.
    pub conformity: Conformity,
    /// The strongest level of a breach: lower than the requirement's if only cases break it that play what Lambda never does.
    pub broken_at: Option<Level>,
    /// Why it was not tried, or does not apply.
    pub reasons: Vec<String>,
    /// The cases that show it.
    pub cases: Vec<String>,
}

impl Clause {
    /// Whether its breach counts at its own level.
    pub fn is_broken(&self) -> bool {
        self.broken_at == Some(self.level)
    }
}

/// The profile that every target is measured by.
pub const CORE: &str = "core";

/// The profiles that a run speaks for: the core, and each other one of which it shows a requirement of the set.
pub fn shown_profiles(clauses: &[Clause]) -> BTreeSet<&str> {
    let shown = clauses.iter().filter(|clause| {
        let is_shown = match clause.conformity {
            Conformity::Breaks | Conformity::Conforms => true,
            Conformity::NotTried | Conformity::NotApplicable => false,
        };
        clause.in_set && is_shown
    });
    let profiles = shown.filter_map(|clause| clause.profile.as_deref());
    profiles.chain([CORE]).collect()
}

impl Report {
    /// Each requirement of the set, and each newer one, by id.
    pub fn clauses(&self) -> Vec<Clause> {
        let Some(set) = &self.set else {
            return Vec::new();
        };
        let own = set.set.requirements.iter().map(|member| (member, true));
        let newer = set.newer.iter().map(|member| (member, false));
        let clauses = own.chain(newer);
        let mut clauses: Vec<Clause> = clauses
            .map(|(member, in_set)| self.clause(member, in_set))
            .collect();
        clauses.sort_by(|one, other| one.id.cmp(&other.id));
        clauses
    }

    fn clause(&self, member: &Member, in_set: bool) -> Clause {
        let id = &member.id;
        let mut breaking: Vec<&CaseResult> =
            self.cases.iter().filter(|case| breaks(case, id)).collect();
        let mut showing: Vec<&CaseResult> =
            self.cases.iter().filter(|case| shows(case, id)).collect();
        for cases in [&mut breaking, &mut showing] {
            cases.sort_by(|one, other| one.id.cmp(&other.id));
        }
        let is_elsewhere = member.subject() == Some(Subject::Image) && self.target.kind != "image";
        let (conformity, cases, reasons) = match (breaking.as_slice(), showing.as_slice()) {
            ([_, ..], _) => (Conformity::Breaks, breaking.clone(), Vec::new()),
            ([], [_, ..]) => (Conformity::Conforms, showing, Vec::new()),
            ([], []) if is_elsewhere => {
                let why = "the target is not a container image".to_owned();
                (Conformity::NotApplicable, Vec::new(), vec![why])
            }
            ([], []) => (Conformity::NotTried, Vec::new(), self.hindrances(id)),
        };
        let levels = breaking.iter().flat_map(|case| breaches(case, id));
        Clause {
            id: id.clone(),
            level: member.level,
            text: member.text.clone(),
            in_set,
            profile: self.profile_of(id),
            conformity,
            // What has become stricter since is as strict as the set has it.
            broken_at: levels.max().map(|level| level.min(member.level)),
            reasons,
            cases: cases.iter().map(|case| case.id.clone()).collect(),
        }
    }

    /// Why no case showed a requirement.
    fn hindrances(&self, id: &str) -> Vec<String> {
        let own = self
            .cases
            .iter()
            .filter(|case| names(&case.requirements, id));
        let own = own.map(|case| match case.verdict {
            Verdict::Skip | Verdict::Inconclusive | Verdict::Error => case.reason.clone(),
            Verdict::Pass
            | Verdict::Flaky
            | Verdict::Fail
            | Verdict::ExpectedFailure
            | Verdict::UnexpectedPass => {
                format!("{} broke another requirement before its end", case.id)
            }
        });
        let others = self.left_out.iter();
        let others = others.filter(|case| names(&case.requirements, id));
        let others = others.map(LeftOut::reason);
        let reasons: BTreeSet<String> = own.chain(others).collect();
        let unseen = || {
            let law = requirements().get(id);
            let why = law.and_then(|law| law.unobservable.clone());
            why.unwrap_or_else(|| "no case tries it".to_owned())
        };
        match reasons.is_empty() {
            true => vec![unseen()],
            false => reasons.into_iter().collect(),
        }
    }

    /// The profile of the cases that try a requirement: the core, if one of them belongs to it; otherwise that of most of them.
    fn profile_of(&self, id: &str) -> Option<String> {
        let own = self.cases.iter();
        let own = own.filter(|case| names(&case.requirements, id));
        let others = self.left_out.iter();
        let others = others.filter(|case| names(&case.requirements, id));
        let all = own.map(|case| &case.profile);
        let mut numbers: BTreeMap<&String, usize> = BTreeMap::new();
        for profile in all.chain(others.map(|case| &case.profile)) {
            *numbers.entry(profile).or_default() += 1;
        }
        let most = |(profile, number): &(&String, usize)| (*profile == CORE, *number);
        let usual = numbers.into_iter().max_by_key(most);
        usual.map(|(profile, _)| profile.clone())
    }
}

fn names(requirements: &[String], id: &str) -> bool {
    requirements.iter().any(|named| named == id)
}

/// The levels of a case's breaches of a requirement.
fn breaches<'a>(case: &'a CaseResult, id: &'a str) -> impl Iterator<Item = Level> + 'a {
    let breaches = case.findings.iter().filter(|finding| is_breach(finding));
    let own = breaches.filter(move |finding| finding.requirement == id);
    own.map(|finding| finding.level)
}

fn breaks(case: &CaseResult, id: &str) -> bool {
    match case.verdict {
        Verdict::Fail | Verdict::ExpectedFailure | Verdict::Flaky => {
            breaches(case, id).next().is_some()
        }
        Verdict::Pass
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Inconclusive
        | Verdict::Error => false,
    }
}

/// Whether a case that breaks nothing of a requirement shows that the target meets it.
fn shows(case: &CaseResult, id: &str) -> bool {
    let came = match case.verdict {
        Verdict::Pass | Verdict::UnexpectedPass | Verdict::Flaky => true,
        Verdict::Fail | Verdict::ExpectedFailure => case.complete,
        Verdict::Skip | Verdict::Inconclusive | Verdict::Error => false,
    };
    came && names(&case.requirements, id)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Outcome;
    use super::super::tests::{about, finding, judged, report};
    use super::*;
    use crate::case::Because;
    use crate::law::{InForce, Set};

    fn clauses(
        cases: Vec<CaseResult>,
        left_out: Vec<LeftOut>,
    ) -> Vec<(String, Conformity, String)> {
        let set = Set::of_law("x-2026-11", Subject::Runtime);
        let mut report = report(cases);
        report.set = Some(InForce::only(&Arc::new(set)));
        report.left_out = left_out;
        let clauses = report.clauses().into_iter();
        let told = |clause: Clause| (clause.id, clause.conformity, clause.reasons.join("; "));
        clauses.map(told).collect()
    }

    #[track_caller]
    fn check(all: &[(String, Conformity, String)], id: &str, wanted: Conformity, why: &str) {
        let (_, found, reasons) = all.iter().find(|(found, ..)| found == id).expect(id);
        assert_eq!((*found, reasons.as_str()), (wanted, why));
    }

    #[test]
    fn a_requirement_conforms_only_if_a_case_showed_it() {
        let mut short = about(
            "a/short",
            judged(&[("a", Level::Must)]),
            &["RESP-01", "NEXT-01"],
        );
        short.complete = false;
        let found = clauses(
            vec![
                short,
                about(
                    "a/whole",
                    judged(&[("a", Level::Must)]),
                    &["RESP-01", "NEXT-02"],
                ),
                about("a/passes", judged(&[]), &["NEXT-03"]),
                about(
                    "a/skipped",
                    Outcome::Skipped("no verb".to_owned()),
                    &["NEXT-04"],
                ),
            ],
            vec![LeftOut {
                id: "a/left".to_owned(),
                profile: "slow".to_owned(),
                requirements: vec!["NEXT-05".to_owned()],
                because: Because::Profile,
            }],
        );
        check(&found, "RESP-01", Conformity::Breaks, "");
        let why = "a/short broke another requirement before its end";
        check(&found, "NEXT-01", Conformity::NotTried, why);
        check(&found, "NEXT-02", Conformity::Conforms, "");
        check(&found, "NEXT-03", Conformity::Conforms, "");
        check(&found, "NEXT-04", Conformity::NotTried, "no verb");
        check(
            &found,
            "NEXT-05",
            Conformity::NotTried,
            "profile `slow` was not selected",
        );
        check(&found, "NEXT-06", Conformity::NotTried, "no case tries it");
        let not_an_image = "the target is not a container image";
        check(&found, "IMG-01", Conformity::NotApplicable, not_an_image);
    }

    #[test]
    fn a_run_speaks_for_the_profiles_of_which_it_shows_something() {
        let of = |profile: &str, outcome: Outcome, requirement: &str| {
            let mut case = about("a/x", outcome, &[requirement]);
            case.profile = profile.to_owned();
            case
        };
        let skipped = Outcome::Skipped("no verb".to_owned());
        let cases = vec![
            of("streaming", judged(&[]), "NEXT-01"),
            of("snapstart", skipped, "NEXT-02"),
        ];
        let mut report = report(cases);
        report.set = InForce::law(Subject::Runtime);
        let clauses = report.clauses();
        let shown: Vec<&str> = shown_profiles(&clauses).into_iter().collect();
        assert_eq!(shown, ["core", "streaming"]);
    }

    #[test]
    fn a_requirement_belongs_to_the_profile_of_most_of_its_cases() {
        let of = |id: &str, profile: &str| CaseResult {
            profile: profile.to_owned(),
            ..about(id, judged(&[]), &["STREAM-14"])
        };
        let mut cases = vec![of("a/slow", "slow"), of("a/y", "streaming")];
        cases.push(of("a/z", "streaming"));
        let profile = |cases: &[CaseResult]| report(cases.to_vec()).profile_of("STREAM-14");
        assert_eq!(profile(&cases).as_deref(), Some("streaming"));
        cases.push(of("a/core", CORE));
        assert_eq!(profile(&cases).as_deref(), Some(CORE));
    }

    #[test]
    fn what_only_a_case_beyond_lambda_breaks_is_not_broken_at_its_level() {
        let mut report = report(vec![about(
            "a/x",
            judged(&[("a", Level::Should)]),
            &["RESP-01"],
        )]);
        report.set = InForce::law(Subject::Runtime);
        let clauses = report.clauses();
        let clause = clauses
            .iter()
            .find(|clause| clause.id == "RESP-01")
            .expect("it");
        assert_eq!(
            (clause.level, clause.conformity),
            (Level::Must, Conformity::Breaks)
        );
        assert!(!clause.is_broken());
    }

    #[test]
    fn a_breach_is_no_worse_than_the_set_has_its_requirement() {
        let mut stricter = finding("a", Level::Must);
        stricter.requirement = "BOOT-11".to_owned();
        let outcome = Outcome::Judged {
            findings: vec![stricter],
            inconclusive: None,
        };
        let mut report = report(vec![about("a/x", outcome, &["BOOT-11"])]);
        report.set = InForce::law(Subject::Runtime);
        let clauses = report.clauses();
        let mut found = clauses.iter().filter(|clause| clause.id == "BOOT-11");
        let clause = found.next().expect("it");
        assert_eq!(
            (clause.level, clause.broken_at),
            (Level::Should, Some(Level::Should))
        );
        assert!(clause.is_broken());
    }
}
