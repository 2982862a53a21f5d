//! Failures by cause: each broken requirement once, with all cases that break it and the breach that shows it best.
//!
//! One fault of a runtime can fail many cases. The reader wants to know what to change, and not to read the same bytes a
//! hundred times. Text for people, the summary of a step and the page of a run show the causes from [`causes`], and then the
//! [`troubles`]: cases that failed without a breach.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::check::Finding;
use crate::law::Level;
use crate::verdict::{CaseResult, Verdict};

/// A broken requirement, and the cases that break it.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// The requirement.
    pub requirement: &'a str,
    /// The strongest level at which it is broken.
    pub level: Level,
    /// The case whose breach shows it best.
    pub case: &'a CaseResult,
    /// This breach.
    pub finding: &'a Finding,
    /// The codes of all its breaches with the number of cases that have each, the most frequent first.
    pub codes: Vec<(&'a str, usize)>,
    /// All cases that break it: the strongest level first, then by id.
    pub cases: Vec<(Level, Vec<&'a CaseResult>)>,
}

impl Cause<'_> {
    /// How many cases break it.
    pub fn count(&self) -> usize {
        self.cases.iter().map(|(_, cases)| cases.len()).sum()
    }

    /// All cases in one list.
    pub fn all(&self) -> Vec<&CaseResult> {
        let cases = self.cases.iter().flat_map(|(_, cases)| cases);
        cases.copied().collect()
    }

    /// The first breach with a code, and its case.
    pub fn example(&self, code: &str) -> Option<(&CaseResult, &Finding)> {
        self.all().into_iter().find_map(|case| {
            let mut breaches = case.new_breaches();
            let found = breaches
                .find(|finding| finding.requirement == self.requirement && finding.code == code);
            Some((case, found?))
        })
    }
}

/// Cases that failed for the same reason, without a breach.
#[derive(Clone, Debug)]
pub struct Trouble<'a> {
    /// An error of ours, an unexpected pass, or inconclusive.
    pub verdict: Verdict,
    /// The reason, in the words of the first case.
    pub reason: &'a str,
    /// The cases, by id.
    pub cases: Vec<&'a CaseResult>,
}

/// The broken requirements, without what the baseline knows: MUST first, then those with most cases.
pub fn causes<'a>(cases: impl IntoIterator<Item = &'a CaseResult>) -> Vec<Cause<'a>> {
    let mut broken: BTreeMap<&str, Vec<(&CaseResult, &Finding)>> = BTreeMap::new();
    for case in cases {
        if case.verdict == Verdict::Fail {
            for finding in case.new_breaches() {
                let breaches = broken.entry(&finding.requirement).or_default();
                breaches.push((case, finding));
            }
        }
    }
    let mut causes: Vec<Cause<'a>> = broken
        .into_iter()
        .filter_map(|(requirement, breaches)| cause(requirement, &breaches))
        .collect();
    // The sort is stable: equal ones stay in the order of their ids.
    causes.sort_by_key(|cause| {
        let strongest = cause.cases.first().map_or(0, |(_, cases)| cases.len());
        Reverse((cause.level, strongest))
    });
    causes
}

/// Cases that failed without a breach, by verdict and reason: our own errors first.
pub fn troubles<'a>(cases: impl IntoIterator<Item = &'a CaseResult>) -> Vec<Trouble<'a>> {
    let mut groups: BTreeMap<(Reverse<usize>, String), Vec<&CaseResult>> = BTreeMap::new();
    for case in cases {
        let weight = match case.verdict {
            Verdict::Error => 3,
            Verdict::UnexpectedPass => 2,
            Verdict::Inconclusive => 1,
            Verdict::Flaky => 0,
            Verdict::Pass | Verdict::Fail | Verdict::ExpectedFailure | Verdict::Skip => continue,
        };
        let key = (Reverse(weight), numberless(&case.reason));
        groups.entry(key).or_default().push(case);
    }
    let trouble = |mut cases: Vec<&'a CaseResult>| {
        cases.sort_by(|one, other| one.id.cmp(&other.id));
        let first = *cases.first()?;
        Some(Trouble {
            verdict: first.verdict,
            reason: &first.reason,
            cases,
        })
    };
    groups.into_values().filter_map(trouble).collect()
}

fn cause<'a>(
    requirement: &'a str,
    breaches: &[(&'a CaseResult, &'a Finding)],
) -> Option<Cause<'a>> {
    let mut by_code: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut strongest: BTreeMap<&str, (Level, &CaseResult)> = BTreeMap::new();
    for (case, finding) in breaches {
        by_code.entry(&finding.code).or_default().insert(&case.id);
        let level = strongest.entry(&case.id).or_insert((finding.level, case));
        level.0 = level.0.max(finding.level);
    }
    let mut codes: Vec<(&str, usize)> = by_code
        .into_iter()
        .map(|(code, cases)| (code, cases.len()))
        .collect();
    codes.sort_by_key(|(_, number)| Reverse(*number));
    let mut cases: BTreeMap<Reverse<Level>, Vec<&CaseResult>> = BTreeMap::new();
    for (level, case) in strongest.into_values() {
        cases.entry(Reverse(level)).or_default().push(case);
    }
    let (case, finding) = breaches
        .iter()
        .min_by_key(|(case, finding)| obscurity(case, finding, &codes))?;
    Some(Cause {
        requirement,
        level: cases.keys().next()?.0,
        case,
        finding,
        codes,
        cases: cases
            .into_iter()
            .map(|(Reverse(level), cases)| (level, cases))
            .collect(),
    })
}

/// What makes a breach a bad example of its requirement; the smallest value is the best example.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Obscurity<'a> {
    /// A weaker level.
    weakness: Reverse<Level>,
    /// A rarer code.
    rarity: Reverse<usize>,
    /// No bytes of the runtime.
    unseen: bool,
    /// No reply of the service.
    unanswered: bool,
    /// The case is about another requirement.
    aside: bool,
    /// How much else is broken in the case.
    others: usize,
    /// The length of the text.
    letters: usize,
    /// Among equals, the name decides.
    id: &'a str,
}

fn obscurity<'a>(
    case: &'a CaseResult,
    finding: &Finding,
    codes: &[(&str, usize)],
) -> Obscurity<'a> {
    let lines = &finding.evidence.lines;
    let marked = |mark: &str| lines.iter().any(|line| line.contains(mark));
    let of_code = codes.iter().find(|(code, _)| *code == finding.code);
    Obscurity {
        weakness: Reverse(finding.level),
        rarity: Reverse(of_code.map_or(0, |(_, number)| *number)),
        unseen: !marked(" > "),
        unanswered: !marked(" < "),
        aside: !case.requirements.contains(&finding.requirement),
        others: case.new_breaches().count(),
        letters: lines.iter().map(String::len).sum(),
        id: &case.id,
    }
}

/// The text without numbers: `no call within 30 s` and `no call within 31 s` are the same reason.
fn numberless(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_ascii_digit() {
            true if shape.ends_with('0') => {}
            true => shape.push('0'),
            false => shape.push(letter),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Evidence;

    fn finding(requirement: &str, level: Level, code: &str, wire: &[&str]) -> Finding {
        Finding {
            requirement: requirement.to_owned(),
            level,
            code: code.to_owned(),
            expected: String::new(),
            actual: String::new(),
            evidence: Evidence {
                exchange: None,
                lines: wire.iter().map(|line| (*line).to_owned()).collect(),
            },
            step: None,
        }
    }

    fn case(id: &str, verdict: Verdict, reason: &str, findings: Vec<Finding>) -> CaseResult {
        CaseResult {
            id: id.to_owned(),
            file: None,
            title: String::new(),
            why: String::new(),
            level: Level::Must,
            requirements: vec!["NEXT-05".to_owned()],
            profile: "core".to_owned(),
            beyond: None,
            verdict,
            duration_ms: 1,
            findings,
            known: Vec::new(),
            reason: reason.to_owned(),
            output: Vec::new(),
            headroom: Vec::new(),
            waits_ms: 0,
            reproduce: String::new(),
            complete: true,
            transcript: None,
        }
    }

    fn fail(id: &str, findings: Vec<Finding>) -> CaseResult {
        case(id, Verdict::Fail, "", findings)
    }

    #[test]
    fn each_requirement_comes_once_and_a_must_first() {
        let stale = |level| finding("NEXT-05", level, "stale-id", &["1 ms > POST /x"]);
        let log = || finding("LOG-06", Level::Should, "no-id", &[]);
        let cases = [
            fail("a/1", vec![log(), stale(Level::Should)]),
            fail("a/2", vec![log(), stale(Level::Must)]),
            fail("a/3", vec![log()]),
            fail(
                "a/4",
                vec![
                    finding("INIT-01", Level::Must, "x", &[]),
                    stale(Level::Must),
                ],
            ),
            fail("a/5", vec![finding("INIT-01", Level::Info, "remark", &[])]),
        ];
        let causes = causes(&cases);
        let shown: Vec<_> = causes
            .iter()
            .map(|cause| {
                (
                    cause.requirement,
                    cause.level,
                    cause.count(),
                    cause.case.id.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("NEXT-05", Level::Must, 3, "a/2"),
                ("INIT-01", Level::Must, 1, "a/4"),
                ("LOG-06", Level::Should, 3, "a/3"),
            ]
        );
        let levels: Vec<_> = causes[0]
            .cases
            .iter()
            .map(|(level, cases)| (*level, cases.len()))
            .collect();
        assert_eq!(levels, [(Level::Must, 2), (Level::Should, 1)]);
    }

    #[test]
    fn the_clearest_bytes_of_the_commonest_breach_are_shown() {
        let of = |code, wire: &[&str]| vec![finding("NEXT-05", Level::Must, code, wire)];
        let whole = ["1 ms > POST /x", "2 ms < HTTP/1.1 400"];
        let cases = [
            fail("a/rare", of("rare", &whole)),
            fail("a/silent", of("usual", &["1 ms * it is gone"])),
            fail("a/clear", of("usual", &whole)),
            fail("a/cut", of("usual", &["1 ms > POST /x"])),
        ];
        let causes = causes(&cases);
        let [cause] = causes.as_slice() else {
            panic!("{causes:?}");
        };
        assert_eq!(cause.case.id, "a/clear");
        assert_eq!(cause.codes, [("usual", 3), ("rare", 1)]);
    }

    #[test]
    fn what_is_not_a_breach_is_grouped_by_its_reason() {
        let cases = [
            case(
                "a/3",
                Verdict::Inconclusive,
                "no poll within 31 s",
                Vec::new(),
            ),
            case(
                "a/1",
                Verdict::Inconclusive,
                "no poll within 9 s",
                Vec::new(),
            ),
            case("a/2", Verdict::Error, "no port", Vec::new()),
            case("a/4", Verdict::Skip, "no verb", Vec::new()),
        ];
        let troubles = troubles(&cases);
        let shown: Vec<_> = troubles
            .iter()
            .map(|trouble| (trouble.verdict, trouble.reason, trouble.cases.len()))
            .collect();
        assert_eq!(
            shown,
            [
                (Verdict::Error, "no port", 1),
                (Verdict::Inconclusive, "no poll within 9 s", 2),
            ]
        );
    }
}
