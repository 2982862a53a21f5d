//! Failures by cause: each broken requirement once, the fix first, with the best evidence.

use super::super::block::Block;
use super::super::cause::{Cause, Trouble, causes, troubles};
use super::super::printable::Printable;
use super::super::style::{Look, hue_of};
use super::super::text::{beyond, count, step_of};
use super::ruled::{hue, reason};
use crate::law::{self, Requirement};
use crate::verdict::{CaseResult, Strictness};

/// How many cases are named; `--all` names each.
const NAMES_MAX: usize = 8;

/// How many of the last lines of output are shown.
const OUTPUT_LINES_MAX: usize = 6;

/// The causes, each below a rule; nothing if all results are as expected.
pub fn causes_of<'a>(cases: impl IntoIterator<Item = &'a CaseResult>, look: Look) -> Printable {
    causes_by(cases, look, |id| law::requirements().get(id))
}

fn causes_by<'a, 'b>(
    cases: impl IntoIterator<Item = &'a CaseResult>,
    look: Look,
    law: impl Fn(&str) -> Option<&'b Requirement>,
) -> Printable {
    let cases: Vec<&CaseResult> = cases.into_iter().collect();
    let mut block = Block::new(look);
    let troubles = troubles(cases.iter().copied());
    for cause in causes(cases) {
        add_cause(&mut block, &cause, law(cause.requirement));
    }
    for trouble in &troubles {
        add_trouble(&mut block, trouble);
    }
    block.text
}

fn add_cause(block: &mut Block, cause: &Cause<'_>, law: Option<&Requirement>) {
    let Cause {
        requirement,
        level,
        case,
        finding,
        codes,
        cases,
    } = cause;
    block.gap();
    let title = format!("{requirement}  {level}  {}", finding.code);
    let number = count(cause.count(), "case", "cases");
    block.rule(hue_of(*level), &title, &number);
    if let Some(law) = law {
        block.title(&law.text);
        block.prose("fix", law.fix.as_deref().unwrap_or_default());
        block.gap();
    }
    block.prose("seen in", &format!("{}: {}", case.id, case.title));
    block.prose("why", &case.why);
    let (label, why) = reason(case.verdict, &case.reason);
    block.prose(label, &why);
    block.prose("beyond", &beyond(case.beyond.as_deref()));
    if law.is_none_or(|law| law.text != finding.expected) {
        block.prose("expected", &finding.expected);
    }
    block.prose("actual", &finding.actual);
    block.prose("step", &step_of(finding));
    block.wire(&finding.evidence.lines);
    block.output(&case.output, OUTPUT_LINES_MAX);
    block.gap();
    let others = codes.iter().filter(|(code, _)| *code != finding.code);
    let others: Vec<String> = others
        .filter_map(|(code, number)| {
            let (case, finding) = cause.example(code)?;
            let number = count(*number, "case", "cases");
            Some(format!(
                "{code} in {number}, such as {}: {}",
                case.id, finding.actual
            ))
        })
        .collect();
    block.list("also", &others);
    if cause.count() > 1 {
        let lines: Vec<String> = cases
            .iter()
            .map(|(level, cases)| format!("{level} in {}: {}", cases.len(), names(cases)))
            .collect();
        block.list("cases", &lines);
    }
    if let Some(law) = law {
        block.prose("source", &law.sources());
        block.prose("explain", &format!("ricspec explain {}", law.id));
    }
    block.verbatim("reproduce", &case.reproduce);
}

fn add_trouble(block: &mut Block, trouble: &Trouble<'_>) {
    let Trouble {
        verdict,
        reason: why,
        cases,
    } = trouble;
    let counts = cases.iter().any(|case| case.counts(Strictness::Usual));
    block.gap();
    block.rule(
        hue(*verdict, counts),
        verdict.word(),
        &count(cases.len(), "case", "cases"),
    );
    let (label, why) = reason(*verdict, why);
    block.prose(label, &why);
    block.prose("cases", &names(cases));
    let Some(first) = cases.first() else { return };
    block.output(&first.output, OUTPUT_LINES_MAX);
    block.verbatim("reproduce", &first.reproduce);
}

fn names(cases: &[&CaseResult]) -> String {
    let named: Vec<&str> = cases
        .iter()
        .take(NAMES_MAX)
        .map(|case| case.id.as_str())
        .collect();
    match cases.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
