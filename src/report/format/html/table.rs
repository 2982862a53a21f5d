//! The overview: a row for each runtime, a column for each area.

use maud::{Markup, html};

use super::named::{Named, class};
use crate::report::text::visible;
use crate::verdict::{CaseResult, Conclusion, Maker, Report, RowState, Standing, Tally};

/// These counts stand before the areas.
const COUNTS: [(Standing, &str); 4] = [
    (Standing::Must, "MUST"),
    (Standing::Should, "SHOULD"),
    (Standing::Pass, "pass"),
    (Standing::Skip, "skip"),
];

pub(super) fn table(rows: &[Named<'_>], areas: &[&str]) -> Markup {
    html! {
        div.scroll #runtimes tabindex="0" role="region" aria-label="Runtimes and areas" {
            // On a narrow screen the style sheet takes the table apart; without these, its implicit roles would be lost.
            table role="table" {
                thead role="rowgroup" {
                    tr role="row" {
                        th.runtime role="columnheader" scope="col" { "runtime" }
                        @for (standing, title) in COUNTS {
                            th.count role="columnheader" scope="col" title=(meaning(standing)) { (title) }
                        }
                        @for area in areas {
                            th.area role="columnheader" scope="col" { span { (words(area)) } }
                        }
                    }
                }
                tbody role="rowgroup" { @for row in rows { (line(row, areas)) } }
            }
        }
    }
}

fn meaning(standing: Standing) -> String {
    standing.words(2).replacen("2 ", "how many ", 1)
}

/// An area's name with spaces, so that it may break into lines.
pub(super) fn words(area: &str) -> String {
    visible(area).replace('_', " ")
}

fn line(named: &Named<'_>, areas: &[&str]) -> Markup {
    let row = named.row;
    let tally = row.tally();
    html! {
        tr role="row" {
            th.runtime role="rowheader" scope="row" {
                a href={ "#" (named.anchor) } { (visible(&row.name)) }
                (remark(named))
                @if row.report().is_some() { (bar(&tally)) }
            }
            @match &row.state {
                RowState::Judged(report) => {
                    @for (standing, title) in COUNTS {
                        td.count.zero[tally.count(standing) == 0] role="cell" data-name=(title) { (tally.count(standing)) }
                    }
                    @for area in areas { (cell(named, report, area)) }
                }
                RowState::Missing(reason) => {
                    td.missing role="cell" colspan=(COUNTS.len() + areas.len()) {
                        strong { "not judged: " }
                        (visible(reason.lines().next().unwrap_or_default()))
                    }
                }
            }
        }
    }
}

/// Language, maker, and whether it is as its baseline says.
fn remark(named: &Named<'_>) -> Markup {
    let row = named.row;
    let maker = match row.kind {
        Maker::Official => "official",
        Maker::Community => "community",
        Maker::Ours | Maker::Unsaid => "",
    };
    let ended = row.report().map(|report| ending(report.conclusion()));
    let words: Vec<String> = [visible(&row.language), maker.to_owned()]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    html! {
        span.remark {
            (words.join(", "))
            @if let Some((word, class)) = ended {
                @if !words.is_empty() { ", " }
                span.(class) { (word) }
            }
        }
    }
}

pub(super) fn ending(conclusion: Conclusion) -> (&'static str, &'static str) {
    match conclusion {
        Conclusion::AsExpected => ("as expected", "good"),
        Conclusion::Failed => ("not as expected", "bad"),
        Conclusion::BadInput => ("bad input", "bad"),
        Conclusion::OurFault => ("not wholly judged", "open"),
        Conclusion::NothingJudged => ("nothing judged", "open"),
        Conclusion::Interrupted => ("interrupted", "open"),
    }
}

/// The shares of the standings, only for the eye: the numbers stand beside it.
pub(super) fn bar(tally: &Tally) -> Markup {
    html! {
        span.bar aria-hidden="true" {
            @for standing in Standing::ALL {
                @if tally.count(standing) > 0 {
                    span.(class(standing)) style={ "flex-grow:" (tally.count(standing)) } {}
                }
            }
        }
    }
}

fn cell(named: &Named<'_>, report: &Report, area: &str) -> Markup {
    let cases: Vec<&CaseResult> = report
        .cases
        .iter()
        .filter(|case| case.area() == area)
        .collect();
    let tally = Tally::of(cases);
    let Some(worst) = tally.worst() else {
        return html! { td.area.none role="cell" { span title="no case was selected" { "\u{a0}" } } };
    };
    let label = format!(
        "{}, {}: {}",
        visible(&named.row.name),
        words(area),
        spelt(&tally)
    );
    html! {
        td.area.(class(worst)) role="cell" {
            a href={ "#" (named.cell(area)) } title=(label) data-name=(words(area)) {
                span.spoken { (label) }
                span.marks aria-hidden="true" { @for mark in marks(&tally) { span { (mark) } } }
            }
        }
    }
}

/// `2 cases break a MUST, 7 cases pass`
pub(super) fn spelt(tally: &Tally) -> String {
    let parts = Standing::ALL
        .into_iter()
        .filter(|standing| tally.count(*standing) > 0)
        .map(|standing| standing.words(tally.count(standing)));
    parts.collect::<Vec<_>>().join(", ")
}

/// The text of a cell: numbers with a letter, so that the colour is not needed.
fn marks(tally: &Tally) -> Vec<String> {
    let marked = [
        (Standing::Must, 'M'),
        (Standing::Should, 'S'),
        (Standing::Error, '!'),
        (Standing::Inconclusive, '?'),
    ];
    let marks: Vec<String> = marked
        .into_iter()
        .map(|(standing, letter)| (tally.count(standing), letter))
        .filter(|(number, _)| *number > 0)
        .map(|(number, letter)| format!("{number}\u{a0}{letter}"))
        .collect();
    match (marks.as_slice(), tally.count(Standing::Pass)) {
        ([], 0) => vec!["\u{2013}".to_owned()],
        ([], _) => vec!["\u{2713}".to_owned()],
        _ => marks,
    }
}
