//! The end of the report for people: tables, the baseline, the counts, and what decides the exit code.

use std::collections::BTreeMap;

use super::super::block::{Hue, Style};
use super::super::text::{COLUMNS, count, one_line, time, visible, wrap};
use super::{Detail, hue};
use crate::spec::Level;
use crate::verdict::{CaseResult, Conclusion, Report, Strictness, Summary, Verdict};

/// How many of the slowest cases are named.
const SLOWEST_MAX: usize = 10;
/// How many cases are named for a broken requirement.
const BROKEN_SHOWN: usize = 3;
/// How many requirements are named that were not tried for the same reasons.
const UNTRIED_SHOWN: usize = 24;

/// The summary, in lines that end with a line feed.
pub fn summary(report: &Report, style: Style, detail: Detail) -> String {
    let mut parts = vec![table(report, style), broken(report), untried(report)];
    if detail == Detail::Verbose {
        parts.push(slowest(report));
        parts.push(margins(report));
    }
    parts.push(section(
        "notes",
        report.notes.iter().map(|note| visible(note)),
    ));
    parts.push(baseline(report, style));
    parts.push(conclusion(report, style));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Rows by area, then by level; columns for the verdicts that occur, and always for the usual three.
fn table(report: &Report, style: Style) -> String {
    if report.cases.is_empty() {
        return String::new();
    }
    let columns = columns(report.summary());
    let mut areas: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    let mut levels: BTreeMap<Level, Vec<&CaseResult>> = BTreeMap::new();
    for case in report.by_id() {
        areas.entry(case.area()).or_default().push(case);
        levels.entry(level(case)).or_default().push(case);
    }
    let width = areas.keys().map(|area| visible(area).chars().count()).max();
    let width = width.unwrap_or_default().max("SHOULD".len());

    let mut text = " ".repeat(width);
    for verdict in &columns {
        text.push_str(&format!("  {:>6}", verdict.word()));
    }
    text.push('\n');
    for (area, cases) in &areas {
        text.push_str(&row(&visible(area), width, cases, &columns, style));
    }
    text.push('\n');
    for (level, cases) in levels.iter().rev() {
        text.push_str(&row(&level.to_string(), width, cases, &columns, style));
    }
    text
}

/// The level that a case is counted at: what it breaks decides, and else what it tries.
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
    width: usize,
    cases: &[&CaseResult],
    columns: &[Verdict],
    style: Style,
) -> String {
    let summary = Summary::of(cases.iter().copied(), 0);
    let mut text = format!("{name:<width$}");
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
        text.push_str("  ");
        text.push_str(&" ".repeat(width - cell.len().min(width)));
        text.push_str(&style.paint(hue, &cell));
    }
    text.push('\n');
    text
}

/// Each broken requirement once, strongest and most often broken first: one mend for all of its cases.
fn broken(report: &Report) -> String {
    let mut broken: BTreeMap<(Level, &str), Vec<&str>> = BTreeMap::new();
    let failed = report.by_id().into_iter();
    for case in failed.filter(|case| case.verdict == Verdict::Fail) {
        for finding in case.new_breaches() {
            let key = (finding.level, finding.requirement.as_str());
            let cases = broken.entry(key).or_default();
            if cases.last() != Some(&case.id.as_str()) {
                cases.push(&case.id);
            }
        }
    }
    let mut broken: Vec<_> = broken.into_iter().collect();
    broken.sort_by_key(|((level, _), cases)| std::cmp::Reverse((*level, cases.len())));
    let lines = broken.into_iter().map(|((level, requirement), cases)| {
        let number = count(cases.len(), "case", "cases");
        let named: Vec<_> = cases
            .iter()
            .take(BROKEN_SHOWN)
            .map(|id| visible(id))
            .collect();
        let more = if cases.len() > named.len() {
            ", ..."
        } else {
            ""
        };
        let requirement = visible(requirement);
        format!(
            "{requirement} {level}, {number}: {}{more}",
            named.join(", ")
        )
    });
    section("broken", lines)
}

/// MUST requirements that no case tried: those with the same reasons in one line.
fn untried(report: &Report) -> String {
    section(
        "MUST requirements that no case tried",
        by_reason(report).into_iter(),
    )
}

/// A line for each set of reasons, with the requirements that were not tried for them.
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

fn slowest(report: &Report) -> String {
    let mut cases = report.by_id();
    cases.retain(|case| case.duration_ms > 0);
    // The sort is stable, so that equals stay in the order of their ids.
    cases.sort_by_key(|case| std::cmp::Reverse(case.duration_ms));
    section("slowest", cases.iter().take(SLOWEST_MAX).map(cost))
}

/// What a case took, and how much of it its script only waits.
fn cost(case: &&CaseResult) -> String {
    let took = format!("{:>8}  {}", time(case.duration_ms), visible(&case.id));
    match case.waits_ms {
        0 => took,
        waits => format!("{took}  (its script waits {})", time(waits)),
    }
}

fn margins(report: &Report) -> String {
    section(
        "margins",
        report.by_id().into_iter().flat_map(|case| {
            case.margins
                .iter()
                .map(|margin| format!("{}: {}", visible(&case.id), visible(margin)))
        }),
    )
}

fn baseline(report: &Report, style: Style) -> String {
    section(
        &style.paint(Hue::Red, "baseline"),
        report.baseline_problems.iter().map(ToString::to_string),
    )
}

/// A title, and lines under it; nothing if there are none.
fn section(title: &str, lines: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for line in lines {
        for (index, part) in wrap(&line, COLUMNS - 4).iter().enumerate() {
            let indent = if index == 0 { 2 } else { 4 };
            text.push_str(&" ".repeat(indent));
            text.push_str(part);
            text.push('\n');
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("{title}\n{text}")
}

/// What was checked, the counts, and the exit code with its grounds.
fn conclusion(report: &Report, style: Style) -> String {
    let summary = report.summary();
    let runtime = report.target.runtime.as_deref().unwrap_or("the runtime");
    let mut text = format!(
        "{} {} checked {} in {}\n",
        report.tool,
        report.version,
        visible(runtime),
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
    let grounds = wrap(&format!("{exit}: {grounds}"), COLUMNS).join("\n");
    text.push_str(&grounds.replacen(&exit, &style.paint(hue, &exit), 1));
    text.push('\n');
    text
}

/// What decides the exit code.
pub(in super::super) fn grounds(report: &Report, conclusion: Conclusion) -> (Hue, String) {
    let summary = report.summary();
    match conclusion {
        Conclusion::AsExpected => (Hue::Green, as_expected(report)),
        Conclusion::Failed => (Hue::Red, failed(report)),
        Conclusion::BadInput => (Hue::Red, "the input is bad".to_owned()),
        Conclusion::OurFault if summary.error == 0 => (
            Hue::Red,
            "not all could be written, or played: see the notes".to_owned(),
        ),
        Conclusion::OurFault => (
            Hue::Red,
            format!(
                "{} could not be judged, through a fault of ricspec or of the machine; this says \
                 nothing against the runtime",
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
