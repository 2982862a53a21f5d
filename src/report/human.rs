//! The report for people: a line as each case ends, failures by cause or by case, and a summary.

mod causes;
mod matrix;
mod ruled;
mod serving;
mod summary;

pub use causes::causes_of;
pub use matrix::{matrix, row};
pub use serving::{Measures, breach, end, start};
pub use summary::{Detail, summary};
pub(super) use summary::{by_reason, columns, grounds};

use super::block::Block;
use super::printable::Printable;
use super::style::{Look, Style};
use super::text::{beyond, one_line, step_of, time};
use crate::check::Finding;
use crate::law::{self, Requirement};
use crate::verdict::{CaseResult, Report, Verdict};
use ruled::{hue_of, reason};

/// The order of failures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Failures {
    /// By cause: each broken requirement once.
    #[default]
    ByCause,
    /// Every case in full.
    All,
}

/// How many of the last lines of output a case shows.
const OUTPUT_LINES_MAX: usize = 60;

/// Everything that is printed at the end of a run: failures, then the summary.
pub fn report(report: &Report, look: Look, failures: Failures, detail: Detail) -> Printable {
    let cases = report.by_id();
    let mut text = match failures {
        Failures::ByCause => causes_of(cases.iter().copied(), look),
        Failures::All => all_of(cases.iter().copied(), look),
    };
    for case in cases {
        if detail == Detail::Verbose && case.verdict == Verdict::ExpectedFailure {
            text += "\n";
            text += failure(case, look);
        }
    }
    text + "\n" + summary(report, look, detail)
}

/// Every case that is not as expected, in full.
pub fn all_of<'a>(cases: impl IntoIterator<Item = &'a CaseResult>, look: Look) -> Printable {
    let mut text = Printable::default();
    for case in cases {
        match case.verdict {
            Verdict::Fail
            | Verdict::Flaky
            | Verdict::Error
            | Verdict::UnexpectedPass
            | Verdict::Inconclusive => {
                text += "\n";
                text += failure(case, look);
            }
            Verdict::Pass | Verdict::Skip | Verdict::ExpectedFailure => {}
        }
    }
    text
}

/// One line about a case, with a line feed: verdict, time, name, and a short reason.
pub fn line(case: &CaseResult, style: Style) -> Printable {
    let time = match case.verdict {
        Verdict::Skip => "-".to_owned(),
        Verdict::Pass
        | Verdict::Flaky
        | Verdict::Fail
        | Verdict::ExpectedFailure
        | Verdict::UnexpectedPass
        | Verdict::Inconclusive
        | Verdict::Error => time(case.duration_ms),
    };
    // The longest verdict is `expected failure`; times in minutes have eleven characters, but no case should take that long.
    let word = case.verdict.word();
    let pad = " ".repeat(16_usize.saturating_sub(word.len()));
    let rest = format!("{pad} {time:>8}  {}  {}", one_line(&case.id), remark(case));
    style.paint(hue_of(case), word) + rest.trim_end() + "\n"
}

fn remark(case: &CaseResult) -> String {
    let words = match case.verdict {
        Verdict::Pass => case.headroom.join(", "),
        Verdict::Fail => {
            let mut parts: Vec<String> = Vec::new();
            for finding in case.new_breaches() {
                let part = format!("{} {}", finding.level, finding.code);
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            parts.join(", ")
        }
        Verdict::ExpectedFailure => {
            let codes: Vec<&str> = case.known.iter().map(|known| known.code.as_str()).collect();
            codes.join(", ")
        }
        Verdict::Flaky
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Inconclusive
        | Verdict::Error => case.reason.clone(),
    };
    one_line(&words)
}

/// Everything about a case, in lines that end with a line feed.
pub fn failure(case: &CaseResult, look: impl Into<Look>) -> Printable {
    failure_by(case, look.into(), |id| law::requirements().get(id))
}

fn failure_by<'a>(
    case: &CaseResult,
    look: Look,
    law: impl Fn(&str) -> Option<&'a Requirement>,
) -> Printable {
    let mut block = Block::new(look);
    let word = look.style.paint(hue_of(case), case.verdict.word());
    block.line(word + &format!("  {}", one_line(&case.id)));
    block.title(&case.title);
    block.prose("why", &case.why);
    block.prose("beyond", &beyond(case.beyond.as_deref()));
    let (label, reason) = reason(case.verdict, &case.reason);
    block.prose(label, &reason);
    let mut told: Vec<&Finding> = Vec::new();
    for finding in &case.findings {
        if !case.is_known(finding) {
            add_finding(
                &mut block,
                finding,
                look.style,
                &told,
                law(&finding.requirement),
            );
            told.push(finding);
        }
    }
    if !(case.known.is_empty() && case.output.is_empty() && case.reproduce.is_empty()) {
        block.gap();
    }
    for known in &case.known {
        block.prose("known", &format!("{}: {}", known.code, known.reason));
    }
    block.output(&case.output, OUTPUT_LINES_MAX);
    block.verbatim("reproduce", &case.reproduce);
    block.text
}

/// A finding, without what earlier findings have said.
fn add_finding(
    block: &mut Block,
    finding: &Finding,
    style: Style,
    told: &[&Finding],
    law: Option<&Requirement>,
) {
    block.gap();
    let requirement = Printable::line(&finding.requirement);
    let level = style.level(finding.level);
    let code = Printable::line(&finding.code);
    block.line(Printable::of("  ") + requirement + "  " + level + "  " + code);
    block.prose("expected", &finding.expected);
    block.prose("actual", &finding.actual);
    block.prose("step", &step_of(finding));
    let lines = &finding.evidence.lines;
    match told.iter().any(|before| before.evidence.lines == *lines) {
        true => block.prose("wire", "as above"),
        false => block.wire(lines),
    }
    let Some(law) = law.filter(|law| !told.iter().any(|before| before.requirement == law.id))
    else {
        return;
    };
    if law.text != finding.expected {
        block.prose("rule", &law.text);
    }
    block.prose("fix", law.fix.as_deref().unwrap_or_default());
    block.prose("source", &law.sources());
    block.prose("explain", &format!("ricspec explain {}", law.id));
}

#[cfg(test)]
mod tests {
    use super::super::block::LINE_BYTES_MAX;
    use super::*;
    use crate::check::Evidence;
    use crate::law::Level;

    fn case() -> CaseResult {
        CaseResult {
            id: "next/a".to_owned(),
            file: None,
            title: "Asks again".to_owned(),
            why: String::new(),
            level: Level::Must,
            requirements: vec!["NEXT-00".to_owned()],
            profile: "core".to_owned(),
            beyond: None,
            verdict: Verdict::Fail,
            duration_ms: 7,
            findings: vec![Finding {
                requirement: "NEXT-00".to_owned(),
                level: Level::Must,
                code: "no-poll".to_owned(),
                expected: "a poll".to_owned(),
                actual: "none".to_owned(),
                evidence: Evidence::default(),
                step: None,
            }],
            known: Vec::new(),
            reason: String::new(),
            output: vec!["\x1b[31mred\x1b[0m\nnext".to_owned()],
            headroom: Vec::new(),
            waits_ms: 0,
            reproduce: String::new(),
            complete: true,
            transcript: None,
        }
    }

    #[test]
    fn a_finding_cites_the_law() {
        let law: Requirement = serde_json::from_str(
            r#"{"id": "NEXT-00", "level": "must", "text": "The runtime asks for the next event.",
                "fix": "Loop.", "observe": ["wire"], "source": [{"name": "docs", "place": "Next"}],
                "evidence": ["documented"]}"#,
        )
        .expect("a requirement");
        let text = failure_by(&case(), Style::Plain.into(), |_| Some(&law));
        assert_eq!(
            text.to_string(),
            "fail  next/a\n\
             \x20 Asks again\n\
             \n\
             \x20 NEXT-00  MUST  no-poll\n\
             \x20 expected  a poll\n\
             \x20 actual    none\n\
             \x20 rule      The runtime asks for the next event.\n\
             \x20 fix       Loop.\n\
             \x20 source    docs (Next)\n\
             \x20 explain   ricspec explain NEXT-00\n\
             \n\
             \x20 output    \\x1b[31mred\\x1b[0m\n\
             \x20           next\n"
        );
    }

    #[test]
    fn a_line_without_end_is_cut_and_says_so() {
        let long = CaseResult {
            output: vec![format!("{}\nnext", "\u{e9}".repeat(LINE_BYTES_MAX / 2 + 3))],
            ..case()
        };
        let text = failure_by(&long, Style::Plain.into(), |_| None).to_string();
        assert_eq!(text.matches('\u{e9}').count(), LINE_BYTES_MAX / 2);
        assert!(
            text.ends_with("\u{e9}... (6 bytes more)\n            next\n"),
            "{text}"
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }

    #[test]
    fn colour_is_on_words_and_keeps_the_columns() {
        let told = |style| line(&case(), style).to_string();
        let (plain, coloured) = (told(Style::Plain), told(Style::Colour));
        assert_eq!(plain, "fail                 7 ms  next/a  MUST no-poll\n");
        assert_eq!(
            coloured,
            "\x1b[31mfail\x1b[0m                 7 ms  next/a  MUST no-poll\n"
        );
    }
}
