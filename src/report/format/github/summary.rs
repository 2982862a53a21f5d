//! The summary of a step, in Markdown: counts by area, and failures by cause, each with its fix and a command to play it
//! again.

use std::collections::BTreeMap;

use super::{fails, fix, names, short};
use crate::report::cause::{Cause, Trouble, causes, troubles};
use crate::report::human;
use crate::report::text::{beyond, count, time, unmarked, visible};
use crate::verdict::{CaseResult, Report, Summary, Verdict};

/// GitHub accepts one mebibyte for a step, and other programs may need some of it.
const BYTES_MAX: usize = 500_000;

/// The summary, in lines that end with a line feed.
pub fn summary(report: &Report) -> String {
    let conclusion = report.conclusion();
    let (_, grounds) = human::grounds(report, conclusion);
    let runtime = report.target.told();
    let mut text = format!(
        "### {} checked {} in {}\n\n**exit {}**: {}\n\n{}",
        plain(&report.tool),
        plain(&runtime),
        time(report.duration_ms),
        conclusion.exit_code(),
        plain(&grounds),
        table(report)
    );
    let notes = report
        .notes
        .iter()
        .map(|note| format!("- {}\n", plain(note)));
    add(&mut text, "Notes", "\n", &notes.collect::<Vec<_>>());
    let untried = human::by_reason(report).into_iter();
    let untried = untried.map(|line| format!("- {}\n", plain(&line)));
    add(
        &mut text,
        "MUST requirements that no case tried",
        "\n",
        &untried.collect::<Vec<_>>(),
    );
    let problems: Vec<String> = report
        .baseline_problems
        .iter()
        .map(|problem| format!("- {}\n", plain(&problem.to_string())))
        .collect();
    add(&mut text, "The baseline no longer fits", "\n", &problems);

    let cases = report.by_id();
    let (fail, lenient) = told(report, &cases);
    add(&mut text, "What fails the run", "\n", &fail);
    fold(&mut text, "What counts only with --strict", &lenient);
    let known = cases.into_iter();
    let known = known.filter(|case| case.verdict == Verdict::ExpectedFailure);
    let known: Vec<String> = known.map(known_failure).collect();
    fold(&mut text, "Known failures", &known);
    text
}

/// Failures by cause: those that fail the run, and the others.
fn told(report: &Report, cases: &[&CaseResult]) -> (Vec<String>, Vec<String>) {
    let (mut fail, mut lenient) = (Vec::new(), Vec::new());
    for cause in causes(cases.iter().copied()) {
        match fails(&cause, report) {
            true => fail.push(of_cause(&cause)),
            false => lenient.push(of_cause(&cause)),
        }
    }
    for trouble in troubles(cases.iter().copied()) {
        let mut cases = trouble.cases.iter();
        match cases.any(|case| case.counts(report.strictness)) {
            true => fail.push(of_trouble(&trouble)),
            false => lenient.push(of_trouble(&trouble)),
        }
    }
    (fail, lenient)
}

/// Rows by area, columns for the verdicts that occur.
fn table(report: &Report) -> String {
    if report.cases.is_empty() {
        return String::new();
    }
    let columns = human::columns(report.summary());
    let mut areas: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    for case in report.by_id() {
        areas.entry(case.area()).or_default().push(case);
    }
    let mut text = String::from("| area |");
    for verdict in &columns {
        text.push_str(&format!(" {} |", verdict.word()));
    }
    text.push_str(&format!("\n|---|{}\n", "--:|".repeat(columns.len())));
    for (area, cases) in &areas {
        text.push_str(&row(&plain(area), cases, &columns));
    }
    text.push_str(&row("**all**", &report.by_id(), &columns));
    text
}

fn row(name: &str, cases: &[&CaseResult], columns: &[Verdict]) -> String {
    let summary = Summary::of(cases.iter().copied(), 0);
    let mut text = format!("| {name} |");
    for verdict in columns {
        match summary.count(*verdict) {
            0 => text.push_str(" - |"),
            number => text.push_str(&format!(" {number} |")),
        }
    }
    text.push('\n');
    text
}

/// A title and its lines, as many as fit; nothing if there are none.
fn add(text: &mut String, title: &str, between: &str, parts: &[String]) {
    if parts.is_empty() {
        return;
    }
    text.push_str(&format!("\n#### {title}\n"));
    text.push_str(between);
    push(text, parts);
}

/// The same, below a title that can be opened.
fn fold(text: &mut String, title: &str, parts: &[String]) {
    if parts.is_empty() {
        return;
    }
    let number = parts.len();
    text.push_str(&format!(
        "\n<details><summary>{title}: {number}</summary>\n\n"
    ));
    push(text, parts);
    text.push_str("\n</details>\n");
}

fn push(text: &mut String, parts: &[String]) {
    for (index, part) in parts.iter().enumerate() {
        if text.len() + part.len() > BYTES_MAX {
            let more = parts.len() - index;
            text.push_str(&format!("\nand {more} more, which the reports have\n"));
            return;
        }
        text.push_str(part);
    }
}

/// A broken requirement: the fix, the cases, and an example.
fn of_cause(cause: &Cause<'_>) -> String {
    let Cause {
        requirement,
        level,
        case,
        finding,
        ..
    } = cause;
    let mut text = format!(
        "- **{level}** {} {}: {}\n",
        plain(requirement),
        plain(&finding.code),
        count(cause.count(), "case", "cases")
    );
    let cases = cause.all();
    add_line(&mut text, "fix", fix(finding).unwrap_or_default());
    add_line(&mut text, "expected", &finding.expected);
    add_line(&mut text, "actual", &finding.actual);
    add_line(
        &mut text,
        "seen in",
        &format!("{}: {}", case.id, case.title),
    );
    add_line(&mut text, "beyond", &beyond(case.beyond.as_deref()));
    if cases.len() > 1 {
        add_line(&mut text, "cases", &names(&cases));
    }
    add_command(&mut text, case);
    text
}

/// Cases that failed without a breach.
fn of_trouble(trouble: &Trouble<'_>) -> String {
    let cases = &trouble.cases;
    let what = match cases.as_slice() {
        [case] => format!(" {}: {}", plain(&case.id), plain(&case.title)),
        cases => format!(": {} cases", cases.len()),
    };
    let mut text = format!("- **{}**{what}\n", trouble.verdict.word());
    add_line(&mut text, "reason", trouble.reason);
    if cases.len() > 1 {
        add_line(&mut text, "cases", &names(cases));
    }
    if let Some(case) = cases.first() {
        add_command(&mut text, case);
    }
    text
}

fn add_line(text: &mut String, label: &str, words: &str) {
    if !words.is_empty() {
        text.push_str(&format!("  - {label}: {}\n", plain(&short(words))));
    }
}

/// The command that plays a case again.
fn add_command(text: &mut String, case: &CaseResult) {
    if !case.reproduce.is_empty() {
        let command = visible(&case.reproduce);
        let fence = fence(&command);
        let command = command.replace('\n', "\n    ");
        text.push_str(&format!("\n    {fence}sh\n    {command}\n    {fence}\n\n"));
    }
}

fn known_failure(case: &CaseResult) -> String {
    let known: Vec<String> = case
        .known
        .iter()
        .map(|known| plain(&short(&format!("{}: {}", known.code, known.reason))))
        .collect();
    format!("- {}: {}\n", plain(&case.id), known.join("; "))
}

/// A code fence that the text cannot close.
fn fence(text: &str) -> String {
    let longest = text
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat(3.max(longest + 1))
}

/// One line that Markdown and HTML show as plain text.
fn plain(text: &str) -> String {
    unmarked(text, "\\`*_[]|~$#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_is_plain_text() {
        assert_eq!(
            plain("a|b\n<i>`x`</i> [y](z) *c* _d_ & $e$"),
            "a\\|b &lt;i>\\`x\\`&lt;/i> \\[y\\](z) \\*c\\* \\_d\\_ &amp; \\$e\\$"
        );
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ```` b ` c"), "`````");
    }

    #[test]
    fn a_summary_stays_within_what_github_takes() {
        let part = format!("{}\n", "x".repeat(BYTES_MAX / 4));
        let mut text = String::new();
        add(
            &mut text,
            "title",
            "",
            &[part.clone(), part.clone(), part.clone(), part],
        );
        assert!(text.len() < BYTES_MAX + 100);
        assert!(text.ends_with("and 1 more, which the reports have\n"));
    }
}
