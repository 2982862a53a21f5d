//! The first part of the page of a single run: its result, its failures by cause, and the cases that could not be judged.

use maud::{Markup, html};

use super::named::{Named, class};
use super::panel::{conclusion, finding_of};
use super::table::{bar, spelt};
use crate::law::{self, Level};
use crate::report::cause::{Cause, Trouble, causes, troubles};
use crate::report::human::by_reason;
use crate::report::text::{count, visible};
use crate::verdict::{CaseResult, Report, Standing, Verdict};

/// How many cases are shown without a click.
const NAMED_MAX: usize = 12;

pub(super) fn summary(named: &Named<'_>, report: &Report) -> Markup {
    let tally = named.row.tally();
    html! {
        section.summary {
            (conclusion(report))
            p { (spelt(&tally)) "." }
            (bar(&tally))
        }
    }
}

pub(super) fn failures(named: &Named<'_>, report: &Report) -> Markup {
    let cases = report.by_id();
    let causes = causes(cases.iter().copied());
    let troubles = troubles(cases.iter().copied());
    html! {
        @if !causes.is_empty() {
            section.failures {
                h2 { "What is broken" }
                p.facts { "Each broken requirement once, with the case that shows it best: one fix often repairs all of its cases." }
                @for (index, cause) in causes.iter().enumerate() { (cause_of(named, cause, index == 0)) }
            }
        }
        @if !troubles.is_empty() {
            section.failures {
                h2 { "What could not be judged" }
                @for trouble in &troubles { (trouble_of(named, trouble)) }
            }
        }
        (list("MUST requirements that no case tried", &by_reason(report)))
        (list("Notes", &report.notes))
    }
}

fn cause_of(named: &Named<'_>, cause: &Cause<'_>, is_first: bool) -> Markup {
    let standing = match cause.level {
        Level::Must => Standing::Must,
        Level::Should | Level::May | Level::Info => Standing::Should,
    };
    let text = law::requirements()
        .get(cause.requirement)
        .map(|law| &law.text);
    let open = is_first || cause.level == Level::Must;
    html! {
        details.case.cause open[open] {
            summary {
                span.mark.(class(standing)) { (cause.level) } " "
                strong { (visible(cause.requirement)) } " "
                span.number { (count(cause.count(), "case", "cases")) }
                @if let Some(text) = text { span.title { (visible(text)) } }
            }
            div.body {
                p.why { "As in " (link(named, cause.case)) ": " (visible(&cause.case.title)) "." }
                (finding_of(cause.finding, cause.case))
                @for (level, cases) in &cause.cases {
                    (cases_of(named, &format!("{} it as a {level}", broken_by(cases.len())), cases))
                }
            }
        }
    }
}

fn broken_by(number: usize) -> String {
    count(number, "case breaks", "cases break")
}

fn trouble_of(named: &Named<'_>, trouble: &Trouble<'_>) -> Markup {
    let (standing, badge) = match trouble.verdict {
        Verdict::Error => (Standing::Error, "not judged"),
        Verdict::UnexpectedPass => (Standing::Pass, "unexpected pass"),
        Verdict::Pass
        | Verdict::Flaky
        | Verdict::Fail
        | Verdict::ExpectedFailure
        | Verdict::Skip
        | Verdict::Inconclusive => (Standing::Inconclusive, trouble.verdict.word()),
    };
    html! {
        details.case open {
            summary {
                span.mark.(class(standing)) { (badge) } " "
                span.number { (count(trouble.cases.len(), "case", "cases")) }
                span.title { (visible(trouble.reason)) }
            }
            div.body { (cases_of(named, &count(trouble.cases.len(), "case", "cases"), &trouble.cases)) }
        }
    }
}

/// The cases as links to their area; many cases are folded.
fn cases_of(named: &Named<'_>, title: &str, cases: &[&CaseResult]) -> Markup {
    html! {
        details.named open[cases.len() <= NAMED_MAX] {
            summary { (title) }
            ul { @for case in cases { li { (link(named, case)) } } }
        }
    }
}

fn link(named: &Named<'_>, case: &CaseResult) -> Markup {
    html! { a href={ "#" (named.cell(case.area())) } { code { (visible(&case.id)) } } }
}

fn list(title: &str, lines: &[String]) -> Markup {
    html! {
        @if !lines.is_empty() {
            section.failures {
                h2 { (title) }
                ul { @for line in lines { li { (visible(line)) } } }
            }
        }
    }
}
