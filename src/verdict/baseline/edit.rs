//! Rewrites a baseline by what a report shows: adds new failures, removes entries that no longer fit. Everything else in the
//! file stays as it was.

mod document;

use thiserror::Error;
use toml_edit::{DocumentMut, TomlError};

use super::super::{CaseResult, Report, is_breach};
use super::{Baseline, Date, Known, Removed, reconcile};
use document::{add, prolong, remove};

/// How much of the runtime's behaviour a reason quotes.
const QUOTE_CHARS_MAX: usize = 160;

/// Why a baseline cannot be rewritten.
#[derive(Debug, Error)]
pub enum EditFault {
    /// It is not TOML.
    #[error("not TOML: {0}")]
    Syntax(#[from] TomlError),
    /// There is an entry for the failure, and its day is past.
    #[error(
        "{path}:{line}: the day of `{case}` with `{code}` is past, but it still fails; give a later day with --until"
    )]
    Expired {
        /// The file.
        path: String,
        /// The line of the entry.
        line: usize,
        /// Its case.
        case: String,
        /// Its code.
        code: String,
    },
    /// The report has a case that is not among the case files.
    #[error("the report has a failure of `{case}`, which is an unknown case; {fix}")]
    Stranger {
        /// The case.
        case: String,
        /// How to fix it.
        fix: &'static str,
    },
}

/// How failures are accepted.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The reason; without it, the behaviour of the runtime is quoted.
    pub reason: Option<String>,
    /// The last day, if there is one.
    pub until: Option<Date>,
    /// The day on which they are accepted.
    pub today: Date,
}

/// The change of an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Accepted {
    /// It is new.
    Added(Known),
    /// Its day was past, and it has a new day.
    Prolonged(Known),
}

impl Baseline {
    /// The text of this baseline with every unknown failure of the report, and the changes. `cases` are all existing ids.
    ///
    /// # Errors
    /// The text is not TOML, or a failure cannot be accepted.
    pub fn accept(
        &self,
        text: &str,
        report: &Report,
        cases: &[String],
        terms: &Terms,
    ) -> Result<(String, Vec<Accepted>), Vec<EditFault>> {
        let mut document = parse(text)?;
        let (mut accepted, mut faults) = (Vec::new(), Vec::new());
        for new in failures(report, terms) {
            let twin = self.known.iter().position(|entry| is_twin(entry, &new));
            let twin = twin.and_then(|index| Some((index, self.known.get(index)?)));
            match (twin, terms.until) {
                (Some((_, entry)), _) if entry.in_force(terms.today) => {}
                (Some((index, entry)), Some(later)) => {
                    prolong(&mut document, index, later, terms.reason.as_deref());
                    let reason = terms.reason.as_ref().unwrap_or(&entry.reason).clone();
                    accepted.push(Accepted::Prolonged(Known { reason, ..new }));
                }
                (Some((_, entry)), None) => faults.push(self.expired(entry)),
                (None, _) if !cases.contains(&new.case) => faults.push(stranger(&new.case)),
                (None, _) => {
                    add(&mut document, &new);
                    accepted.push(Accepted::Added(new));
                }
            }
        }
        match faults.is_empty() {
            true => Ok((document.to_string(), accepted)),
            false => Err(faults),
        }
    }

    /// The text of this baseline without stale, unmatched and expired entries and those of unknown cases; and the reasons.
    /// # Errors
    /// The text is not TOML.
    pub fn prune(
        &self,
        text: &str,
        report: &Report,
        cases: &[String],
        today: Date,
    ) -> Result<(String, Vec<Removed>), Vec<EditFault>> {
        let mut document = parse(text)?;
        let problems = reconcile(&mut report.cases.clone(), self, today);
        let why = |entry: &Known| {
            let problem = problems
                .iter()
                .find(|problem| problem.case == entry.case && problem.code == entry.code);
            match problem {
                Some(problem) => Some(problem.kind.code()),
                None => (!cases.contains(&entry.case)).then_some("unknown-case"),
            }
        };
        let mut removed = Vec::new();
        // From the end, so that the positions of the others stay valid.
        for (index, entry) in self.known.iter().enumerate().rev() {
            if let Some(why) = why(entry) {
                remove(&mut document, index);
                let entry = entry.clone();
                removed.push(Removed { entry, why });
            }
        }
        removed.reverse();
        Ok((document.to_string(), removed))
    }

    fn expired(&self, entry: &Known) -> EditFault {
        EditFault::Expired {
            path: self.path.clone(),
            line: entry.line,
            case: entry.case.clone(),
            code: entry.code.clone(),
        }
    }
}

fn parse(text: &str) -> Result<DocumentMut, Vec<EditFault>> {
    text.parse()
        .map_err(|error: TomlError| vec![EditFault::Syntax(error)])
}

fn is_twin(one: &Known, other: &Known) -> bool {
    one.case == other.case && one.code == other.code
}

fn stranger(case: &str) -> EditFault {
    let fix = match case.starts_with("probe/") {
        true => "if the probe fails, no case is judged, so this failure cannot be accepted",
        false => "give its folder with --cases",
    };
    EditFault::Stranger {
        case: case.to_owned(),
        fix,
    }
}

/// The breaches of a report as entries, each once, in the order of case ids.
fn failures(report: &Report, terms: &Terms) -> Vec<Known> {
    let mut all: Vec<Known> = Vec::new();
    let failed = |case: &&CaseResult| case.verdict.failed();
    for case in report.by_id().into_iter().filter(failed) {
        for finding in case.findings.iter().filter(|finding| is_breach(finding)) {
            let known = Known {
                case: case.id.clone(),
                code: finding.code.clone(),
                reason: reason(case, &finding.code, &finding.actual, terms),
                until: terms.until,
                line: 0,
            };
            if !all.iter().any(|entry| is_twin(entry, &known)) {
                all.push(known);
            }
        }
    }
    all
}

/// The given reason; without it, that of the baseline of the run; without this, a quotation.
fn reason(case: &CaseResult, code: &str, actual: &str, terms: &Terms) -> String {
    if let Some(reason) = &terms.reason {
        return reason.clone();
    }
    if let Some(known) = case.known.iter().find(|known| known.code == code) {
        return known.reason.clone();
    }
    let words: Vec<&str> = actual.split_whitespace().collect();
    let line = words.join(" ");
    let quote: String = line.chars().take(QUOTE_CHARS_MAX).collect();
    let rest = if quote.len() < line.len() { " ..." } else { "" };
    format!("not explained yet; seen on {}: {quote}{rest}", terms.today)
}

#[cfg(test)]
mod tests {
    use super::super::super::Outcome;
    use super::super::super::tests::{self, judged, result};
    use super::*;
    use crate::law::Level;

    const FILE: &str = r#"# What is known of this release.

# Both go with the next release.
[[known]]
case = "next/a" # its number
code = "gone"
reason = "issue 1"

# Of the transport:

# a proxy is in the way
[[known]]
case = "next/b"
code = "stays"
reason = "issue 2"
until = 2020-01-01 # soon
# the end
"#;

    fn report(outcomes: Vec<(&str, Outcome)>) -> Report {
        let cases = outcomes
            .into_iter()
            .map(|(id, outcome)| result(id, outcome));
        tests::report(cases.collect())
    }

    fn ids() -> Vec<String> {
        ["next/a", "next/b", "next/c"].map(str::to_owned).to_vec()
    }

    fn read(text: &str) -> Baseline {
        Baseline::read("known.toml", text, &ids()).expect("a baseline")
    }

    fn terms(reason: Option<&str>, until: Option<&str>) -> Terms {
        Terms {
            reason: reason.map(str::to_owned),
            until: until.and_then(Date::parse),
            today: Date::parse("2026-11-25").expect("a day"),
        }
    }

    fn must(code: &str) -> Outcome {
        judged(&[(code, Level::Must), ("remark", Level::Info)])
    }

    #[track_caller]
    fn accept(text: &str, cases: Vec<(&str, Outcome)>, terms: &Terms) -> Result<String, String> {
        let done = read(text).accept(text, &report(cases), &ids(), terms);
        let (text, _) = done.map_err(|faults| {
            let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
            all.join("\n")
        })?;
        // The new text is a valid baseline.
        read(&text);
        Ok(text)
    }

    #[test]
    fn a_new_failure_goes_to_the_end_and_all_else_stays() {
        let new = vec![("next/c", must("late")), ("next/a", must("gone"))];
        let text = accept(FILE, new, &terms(Some("issue \"3\""), Some("2027-01-31")));
        let (head, tail) = FILE.split_at(FILE.find("# the end").expect("an end"));
        assert_eq!(
            text.expect("a text"),
            format!(
                "{head}\n[[known]]\ncase = \"next/c\"\ncode = \"late\"\nreason = 'issue \"3\"'\n\
                 until = \"2027-01-31\"\n{tail}"
            )
        );
    }

    #[test]
    fn the_first_entry_stands_below_the_head_of_the_file() {
        let entry = |head: &str| {
            format!(
                "{head}[[known]]\ncase = \"next/c\"\ncode = \"late\"\n\
                 reason = \"not explained yet; seen on 2026-11-25: two answers\"\n"
            )
        };
        let new = || vec![("next/c", must("late"))];
        let check = |before: &str, after: &str| {
            let text = accept(before, new(), &terms(None, None));
            assert_eq!(text.expect("a text"), after);
        };
        check("", &entry(""));
        check("# head\n", &entry("# head\n\n"));
        let inline = accept("known = [] # none\n", new(), &terms(Some("x"), None));
        assert_eq!(
            inline.expect("a text"),
            "known = [{ case = \"next/c\", code = \"late\", reason = \"x\" }] # none\n"
        );
    }

    #[test]
    fn an_entry_past_its_day_is_moved_only_on_demand() {
        let still = || vec![("next/b", must("stays"))];
        assert_eq!(
            accept(FILE, still(), &terms(None, None)).expect_err("a fault"),
            "known.toml:12: the day of `next/b` with `stays` is past, but it still fails; give a later day with --until"
        );
        let text = accept(FILE, still(), &terms(None, Some("2027-01-31"))).expect("a text");
        assert_eq!(text, FILE.replace("2020-01-01", "\"2027-01-31\""));
    }

    #[test]
    fn only_failures_of_known_cases_are_accepted() {
        let quiet = vec![
            ("next/a", judged(&[("worth-knowing", Level::Info)])),
            ("next/b", Outcome::Skipped("x".to_owned())),
            ("next/c", Outcome::Fault("x".to_owned())),
        ];
        assert_eq!(accept(FILE, quiet, &terms(None, None)).as_deref(), Ok(FILE));
        let check = |id, part: &str| {
            let fault = accept(FILE, vec![(id, must("late"))], &terms(None, None));
            let fault = fault.expect_err("a fault");
            assert!(fault.contains(id) && fault.contains(part), "{fault}");
        };
        check("mine/x", "--cases");
        check("probe/describe", "probe");
    }

    #[track_caller]
    fn prune(text: &str, cases: Vec<(&str, Outcome)>) -> (String, Vec<String>) {
        let (text, removed) = read(text)
            .prune(text, &report(cases), &ids(), terms(None, None).today)
            .expect("it can be pruned");
        let removed = removed
            .iter()
            .map(|removed| format!("{} {}", removed.entry.case, removed.why));
        (text, removed.collect())
    }

    #[test]
    fn an_entry_goes_with_its_own_comment_and_no_other() {
        let (text, removed) = prune(FILE, vec![("next/a", judged(&[]))]);
        assert_eq!(removed, ["next/a unexpected-pass"]);
        let rest = FILE.split_once("# Of the transport").expect("a rest").1;
        assert_eq!(
            text,
            format!("# What is known of this release.\n\n# Of the transport{rest}")
        );
        let (text, removed) = prune(FILE, vec![("next/b", must("stays"))]);
        assert_eq!(removed, ["next/b expired"]);
        let start = FILE.split_once("\n\n# a proxy").expect("a start").0;
        assert_eq!(text, format!("{start}\n\n# the end\n"));
        let both = vec![("next/a", must("other")), ("next/b", judged(&[]))];
        let (text, removed) = prune(FILE, both);
        assert_eq!(removed, ["next/a unmatched", "next/b unexpected-pass"]);
        assert_eq!(
            text,
            "# What is known of this release.\n\n# Of the transport:\n\n# the end\n"
        );
        assert_eq!(read(&text).known, []);
    }

    #[test]
    fn an_entry_of_no_case_goes() {
        let entry = "[[known]]\ncase = \"next/renamed\"\ncode = \"gone\"\nreason = \"x\"\n";
        let text = format!("{entry}\n{FILE}");
        assert!(Baseline::read("known.toml", &text, &ids()).is_err());
        let any = Baseline::read_any("known.toml", &text).expect("a baseline of other cases");
        let (rest, removed) = any
            .prune(&text, &report(Vec::new()), &ids(), terms(None, None).today)
            .expect("it can be pruned");
        let removed: Vec<_> = removed.iter().map(|removed| removed.why).collect();
        assert_eq!(removed, ["unknown-case"]);
        assert_eq!(read(&rest).known.len(), 2);
    }

    #[test]
    fn what_the_report_does_not_speak_of_stays() {
        let silent = vec![
            ("next/a", Outcome::Skipped("x".to_owned())),
            ("next/c", must("late")),
        ];
        assert_eq!(prune(FILE, silent), (FILE.to_owned(), Vec::new()));
        let fits = "[[known]]\ncase = \"next/a\"\ncode = \"gone\"\nreason = \"x\"\n";
        let same = vec![("next/a", must("gone"))];
        assert_eq!(prune(fits, same), (fits.to_owned(), Vec::new()));
    }
}
