//! The report for people: a line as each case ends, every failure in full, and a summary.

mod matrix;
mod summary;

pub use matrix::{matrix, row};
pub use summary::summary;
pub(super) use summary::{by_reason, columns, grounds};

use super::block::{Block, Hue, Style};
use super::text::{beyond, one_line, time, visible};
use crate::check::Finding;
use crate::spec::{self, Requirement};
use crate::verdict::{CaseResult, Strictness, Verdict};

/// How much is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Detail {
    /// What matters.
    #[default]
    Usual,
    /// The slowest cases and the narrow escapes as well.
    Verbose,
}

/// Red is what fails the usual run, yellow what should be looked at.
fn hue(verdict: Verdict, counts: bool) -> Hue {
    match verdict {
        Verdict::Pass => Hue::Green,
        Verdict::Fail | Verdict::UnexpectedPass | Verdict::Error if counts => Hue::Red,
        Verdict::Fail
        | Verdict::UnexpectedPass
        | Verdict::Error
        | Verdict::ExpectedFailure
        | Verdict::Flaky
        | Verdict::Inconclusive => Hue::Yellow,
        Verdict::Skip => Hue::None,
    }
}

fn painted_word(case: &CaseResult, style: Style, width: usize) -> String {
    let word = case.verdict.word();
    let pad = " ".repeat(width.saturating_sub(word.len()));
    let hue = hue(case.verdict, case.counts(Strictness::Usual));
    style.paint(hue, word) + &pad
}

/// One line about a case, without a line feed: verdict, time, name, and what there is to say in a few words.
pub fn line(case: &CaseResult, style: Style) -> String {
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
    // The longest verdict is `expected failure`, and minutes have eleven characters, which no case should need.
    let word = painted_word(case, style, 16);
    let line = format!("{word} {time:>8}  {}", visible(&case.id));
    match remark(case) {
        remark if remark.is_empty() => line,
        remark => format!("{line}  {remark}"),
    }
}

fn remark(case: &CaseResult) -> String {
    match case.verdict {
        Verdict::Pass => case.margins.join(", "),
        Verdict::Fail => {
            let mut parts: Vec<String> = Vec::new();
            for finding in case.new_breaches() {
                let part = format!("{} {}", finding.level, visible(&finding.code));
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            parts.join(", ")
        }
        Verdict::ExpectedFailure => {
            let codes: Vec<_> = case
                .known
                .iter()
                .map(|known| visible(&known.code))
                .collect();
            codes.join(", ")
        }
        Verdict::Flaky
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Inconclusive
        | Verdict::Error => one_line(&case.reason),
    }
}

/// All that there is to say about a case, in lines that end with a line feed.
pub fn failure(case: &CaseResult, style: Style) -> String {
    failure_by(case, style, |id| spec::law().get(id))
}

fn failure_by<'a>(
    case: &CaseResult,
    style: Style,
    law: impl Fn(&str) -> Option<&'a Requirement>,
) -> String {
    let mut block = Block::default();
    block.line(&format!(
        "{}  {}",
        painted_word(case, style, 0),
        visible(&case.id)
    ));
    block.title(&case.title);
    block.prose("why", &case.why);
    block.prose("beyond", &beyond(case.beyond.as_deref()));
    let (label, reason) = reason(case);
    block.prose(label, &reason);
    let mut told: Vec<&Finding> = Vec::new();
    for finding in &case.findings {
        if !case.is_known(finding) {
            add_finding(&mut block, finding, style, &told, law(&finding.requirement));
            told.push(finding);
        }
    }
    if !(case.known.is_empty() && case.output.is_empty() && case.reproduce.is_empty()) {
        block.line("");
    }
    for known in &case.known {
        block.prose("known", &format!("{}: {}", known.code, known.reason));
    }
    block.heard("output", &case.output);
    if !case.reproduce.is_empty() {
        block.verbatim("reproduce", std::slice::from_ref(&case.reproduce));
    }
    block.text
}

fn reason(case: &CaseResult) -> (&'static str, String) {
    let fault =
        "This is a fault of ricspec or of the machine, and says nothing against the runtime.";
    match case.verdict {
        Verdict::Error => ("error", format!("{}\n{fault}", case.reason)),
        Verdict::Pass
        | Verdict::Flaky
        | Verdict::Fail
        | Verdict::ExpectedFailure
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Inconclusive => ("reason", case.reason.clone()),
    }
}

/// A finding, without what those that were told before it have said already.
fn add_finding(
    block: &mut Block,
    finding: &Finding,
    style: Style,
    told: &[&Finding],
    law: Option<&Requirement>,
) {
    block.line("");
    let level = style.level(finding.level);
    let (requirement, code) = (visible(&finding.requirement), visible(&finding.code));
    block.line(&format!("  {requirement}  {level}  {code}"));
    block.prose("expected", &finding.expected);
    block.prose("actual", &finding.actual);
    let lines = &finding.evidence.lines;
    match told.iter().any(|before| before.evidence.lines == *lines) {
        true => block.prose("wire", "as above"),
        false => block.heard("wire", lines),
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
    use super::super::block::LINE_CHARS_MAX;
    use super::*;
    use crate::check::Evidence;
    use crate::spec::Level;

    fn case() -> CaseResult {
        CaseResult {
            id: "next/a".to_owned(),
            title: "Asks again".to_owned(),
            why: String::new(),
            level: Level::Must,
            requirements: vec!["NEXT-00".to_owned()],
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
            }],
            known: Vec::new(),
            reason: String::new(),
            output: vec!["\x1b[31mred\x1b[0m\nnext".to_owned()],
            margins: Vec::new(),
            waits_ms: 0,
            reproduce: String::new(),
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
        let text = failure_by(&case(), Style::Plain, |_| Some(&law));
        assert_eq!(
            text,
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
            output: vec![format!("{}\nnext", "\u{e9}".repeat(LINE_CHARS_MAX + 3))],
            ..case()
        };
        let text = failure_by(&long, Style::Plain, |_| None);
        let shown = "\u{e9}".repeat(LINE_CHARS_MAX);
        assert!(text.ends_with(&format!(
            "  output    {shown} ... (6 bytes more)\n            next\n"
        )));
    }

    #[test]
    fn colour_is_on_words_and_keeps_the_columns() {
        let (plain, coloured) = (line(&case(), Style::Plain), line(&case(), Style::Colour));
        assert_eq!(plain, "fail                 7 ms  next/a  MUST no-poll");
        assert_eq!(
            coloured,
            "\x1b[31mfail\x1b[0m                 7 ms  next/a  MUST no-poll"
        );
    }
}
