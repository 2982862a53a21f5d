//! The end of the report for people: tables, the baseline, the counts, and what decides the exit code.

use std::collections::BTreeMap;

use super::super::cause::causes;
use super::super::printable::Printable;
use super::super::style::{Hue, Look, Style};
use super::super::text::{COLUMNS, count, one_line, time, width, wrap};
use super::ruled::hue;
use crate::law::{self, Level};
use crate::verdict::{CaseResult, Conclusion, Report, Strictness, Summary, Verdict};

/// How much is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Detail {
    /// The important parts.
    #[default]
    Usual,
    /// Also the slowest cases and those that passed close to a limit.
    Verbose,
}

/// How many of the slowest cases are named.
const SLOWEST_MAX: usize = 10;
/// How many cases are named for a broken requirement.
const BROKEN_SHOWN: usize = 3;
/// How many requirements are named that were not tried for the same reasons.
const UNTRIED_SHOWN: usize = 24;

/// The summary, in lines that end with a line feed.
pub fn summary(report: &Report, look: impl Into<Look>, detail: Detail) -> Printable {
    let Look { style, columns } = look.into();
    let columns = columns.min(COLUMNS);
    let section = |title: Printable, lines: Vec<String>| section(title, &lines, columns);
    let plain = |title: &str, lines: Vec<String>| section(Printable::of(title), lines);
    // For an interrupted run it is clear why not everything was tried.
    let untried = match report.interrupted {
        true => Vec::new(),
        false => by_reason(report),
    };
    let mut parts = vec![
        table(report, style),
        plain("broken", broken(report)),
        plain("MUST requirements that no case tried", untried),
    ];
    if detail == Detail::Verbose {
        parts.push(plain("slowest", slowest(report)));
        parts.push(plain("margins", headroom(report)));
    }
    parts.push(plain("notes", report.notes.clone()));
    let problems = report.baseline_problems.iter();
    parts.push(section(
        style.paint(Hue::Red, "baseline"),
        problems.map(ToString::to_string).collect(),
    ));
    parts.push(conclusion(report, style, columns));
    parts.retain(|part| !part.is_empty());
    let mut text = Printable::default();
    for part in parts {
        if !text.is_empty() {
            text += "\n";
        }
        text += part;
    }
    text
}

/// Rows by area, then by level; columns for the verdicts that occur, and always for the usual three.
fn table(report: &Report, style: Style) -> Printable {
    if report.cases.is_empty() {
        return Printable::default();
    }
    let columns = columns(report.summary());
    let mut areas: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    let mut levels: BTreeMap<Level, Vec<&CaseResult>> = BTreeMap::new();
    for case in report.by_id() {
        areas.entry(case.area()).or_default().push(case);
        levels.entry(level(case)).or_default().push(case);
    }
    let widest = areas.keys().map(|area| width(&one_line(area))).max();
    let widest = widest.unwrap_or_default().max("SHOULD".len());

    let mut text = Printable::of(&" ".repeat(widest));
    for verdict in &columns {
        text += &format!("  {:>6}", verdict.word());
    }
    text += "\n";
    for (area, cases) in &areas {
        text += row(&one_line(area), widest, cases, &columns, style);
    }
    text += "\n";
    for (level, cases) in levels.iter().rev() {
        text += row(&level.to_string(), widest, cases, &columns, style);
    }
    text
}

/// The level at which a case counts: that of its breaches; if there are none, that of its requirements.
fn level(case: &CaseResult) -> Level {
    let broken = case.new_breaches().map(|finding| finding.level).max();
    broken.unwrap_or(case.level)
}

/// The verdicts that occur, and always the usual three.
pub(in super::super) fn columns(total: Summary) -> Vec<Verdict> {
    Verdict::ALL
        .into_iter()
        .filter(|verdict| match verdict {
            Verdict::Pass | Verdict::Fail | Verdict::Skip => true,
            Verdict::Flaky
            | Verdict::ExpectedFailure
            | Verdict::UnexpectedPass
            | Verdict::Inconclusive
            | Verdict::Error => total.count(*verdict) > 0,
        })
        .collect()
}

fn row(
    name: &str,
    widest: usize,
    cases: &[&CaseResult],
    columns: &[Verdict],
    style: Style,
) -> Printable {
    let summary = Summary::of(cases.iter().copied(), 0);
    let pad = " ".repeat(widest.saturating_sub(width(name)));
    let mut text = Printable::of(name) + &pad;
    for verdict in columns {
        let number = summary.count(*verdict);
        let width = verdict.word().len().max(6);
        let cell = match number {
            0 => "-".to_owned(),
            number => number.to_string(),
        };
        let counts = cases
            .iter()
            .any(|case| case.verdict == *verdict && case.counts(Strictness::Usual));
        let hue = match (number, verdict) {
            (0, _) | (_, Verdict::Pass) => Hue::None,
            (_, verdict) => hue(*verdict, counts),
        };
        text += &" ".repeat(2 + width - cell.len().min(width));
        text += style.paint(hue, &cell);
    }
    text + "\n"
}

/// Each broken requirement once, the strongest and most often broken first, with its fix: one fix often repairs all of its
/// cases.
fn broken(report: &Report) -> Vec<String> {
    let line = |cause: &super::super::Cause<'_>| {
        let cases = cause.cases.iter().flat_map(|(_, cases)| cases);
        let named: Vec<&str> = cases
            .take(BROKEN_SHOWN)
            .map(|case| case.id.as_str())
            .collect();
        let (requirement, level) = (cause.requirement, cause.level);
        let number = count(cause.count(), "case", "cases");
        let more = match cause.count() > named.len() {
            true => ", ...",
            false => "",
        };
        let line = one_line(&format!(
            "{requirement} {level}, {number}: {}{more}",
            named.join(", ")
        ));
        match law::requirements()
            .get(requirement)
            .and_then(|law| law.fix.as_deref())
        {
            Some(fix) => format!("{line}\n{}", one_line(fix)),
            None => line,
        }
    };
    causes(report.by_id()).iter().map(line).collect()
}

/// One line for each set of reasons, with the requirements that were not tried for these reasons.
pub(in super::super) fn by_reason(report: &Report) -> Vec<String> {
    let mut grouped: BTreeMap<&[String], Vec<&str>> = BTreeMap::new();
    for untried in &report.untried {
        let named = grouped.entry(&untried.reasons).or_default();
        named.push(&untried.requirement);
    }
    let line = |(reasons, named): (&[String], Vec<&str>)| {
        let more = match named.len().saturating_sub(UNTRIED_SHOWN) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let shown: Vec<&str> = named.into_iter().take(UNTRIED_SHOWN).collect();
        let text = format!("{}{more}: {}", shown.join(", "), reasons.join("; "));
        one_line(&text)
    };
    grouped.into_iter().map(line).collect()
}

fn slowest(report: &Report) -> Vec<String> {
    let mut cases = report.by_id();
    cases.retain(|case| case.duration_ms > 0);
    // The sort is stable: equal ones stay in the order of their ids.
    cases.sort_by_key(|case| std::cmp::Reverse(case.duration_ms));
    cases.iter().take(SLOWEST_MAX).map(cost).collect()
}

/// How long a case took, and how long its script only waits.
fn cost(case: &&CaseResult) -> String {
    let took = format!("{:>8}  {}", time(case.duration_ms), one_line(&case.id));
    match case.waits_ms {
        0 => took,
        waits => format!("{took}  (its script waits {})", time(waits)),
    }
}

fn headroom(report: &Report) -> Vec<String> {
    let of = |case: &CaseResult| {
        let headroom = case.headroom.iter();
        let lines = headroom.map(|line| one_line(&format!("{}: {line}", case.id)));
        lines.collect::<Vec<_>>()
    };
    report.by_id().into_iter().flat_map(of).collect()
}

/// A title, and lines under it; nothing if there are none.
fn section(title: Printable, lines: &[String], columns: usize) -> Printable {
    if lines.is_empty() {
        return Printable::default();
    }
    let mut text = title + "\n";
    for line in lines {
        for (index, part) in wrap(line, columns - 4).iter().enumerate() {
            let indent = if index == 0 { 2 } else { 4 };
            text += &" ".repeat(indent);
            text += part;
            text += "\n";
        }
    }
    text
}

/// The target, the counts, and the exit code with its reason.
fn conclusion(report: &Report, style: Style, columns: usize) -> Printable {
    let summary = report.summary();
    let runtime = report.target.told();
    let mut text = format!(
        "{} {} checked {} in {}\n",
        report.tool,
        report.version,
        one_line(&runtime),
        time(report.duration_ms)
    );
    let mut counts: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| summary.count(*verdict) > 0)
        .map(|verdict| format!("{} {}", summary.count(verdict), verdict.word()))
        .collect();
    if report.deselected > 0 {
        counts.push(format!("{} not selected", report.deselected));
    }
    let total = count(summary.total(), "case", "cases");
    text.push_str(&match counts.as_slice() {
        [] => format!("{total}\n"),
        counts => format!("{total}: {}\n", counts.join(", ")),
    });
    let conclusion = report.conclusion();
    let (hue, grounds) = grounds(report, conclusion);
    let exit = format!("exit {}", conclusion.exit_code());
    let grounds = wrap(&format!("{exit}: {grounds}"), columns).join("\n");
    let grounds = grounds.strip_prefix(&exit).unwrap_or(&grounds);
    Printable::of(&text) + style.paint(hue, &exit) + grounds + "\n"
}

/// The reason for the exit code.
pub(in super::super) fn grounds(report: &Report, conclusion: Conclusion) -> (Hue, String) {
    let summary = report.summary();
    match conclusion {
        Conclusion::AsExpected => (Hue::Green, as_expected(report)),
        Conclusion::Failed => (Hue::Red, failed(report)),
        Conclusion::BadInput => (Hue::Red, "the input is bad".to_owned()),
        Conclusion::OurFault if summary.error == 0 => (
            Hue::Red,
            "not everything could be written or played: see the notes".to_owned(),
        ),
        Conclusion::OurFault => (
            Hue::Red,
            format!(
                "{} could not be judged, through a fault of ricspec or of the machine; this says \
                 nothing about the runtime",
                count(summary.error, "case", "cases")
            ),
        ),
        Conclusion::NothingJudged if report.cases.is_empty() => {
            (Hue::Yellow, "no case was selected".to_owned())
        }
        Conclusion::NothingJudged => (
            Hue::Yellow,
            "nothing was judged: every case was skipped or inconclusive".to_owned(),
        ),
        Conclusion::Interrupted => (
            Hue::Yellow,
            "interrupted; this is not the whole run".to_owned(),
        ),
    }
}

fn as_expected(report: &Report) -> String {
    let summary = report.summary();
    let lenient: Vec<String> = [
        (summary.fail, "breaks a SHOULD", "break a SHOULD"),
        (summary.inconclusive, "is inconclusive", "are inconclusive"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| count(number, &format!("case {one}"), &format!("cases {many}")))
    .collect();
    match lenient.as_slice() {
        [] => "all as expected".to_owned(),
        lenient => format!(
            "all as expected; {}, which counts only with --strict",
            lenient.join(" and ")
        ),
    }
}

fn failed(report: &Report) -> String {
    let counted = |wanted: Verdict, strictness: Strictness| {
        report
            .cases
            .iter()
            .filter(|case| case.verdict == wanted && case.counts(strictness))
            .count()
    };
    let must = counted(Verdict::Fail, Strictness::Usual);
    let should = counted(Verdict::Fail, report.strictness) - must;
    let parts = [
        (must, "case breaks a MUST", "cases break a MUST"),
        (should, "case breaks a SHOULD", "cases break a SHOULD"),
        (
            counted(Verdict::Flaky, report.strictness),
            "case is flaky",
            "cases are flaky",
        ),
        (
            counted(Verdict::Inconclusive, report.strictness),
            "case is inconclusive",
            "cases are inconclusive",
        ),
        (
            report.baseline_problems.len(),
            "entry of the baseline no longer fits",
            "entries of the baseline no longer fit",
        ),
    ];
    parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect::<Vec<_>>()
        .join(", ")
}
