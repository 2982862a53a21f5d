//! The panels: one for each runtime, and one for each of its cells, with every finding in full.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::named::{Named, class};
use super::table::{bar, ending, spelt, words};
use crate::check::Finding;
use crate::law::{self, Level, Requirement};
use crate::report::human::grounds;
use crate::report::text::{beyond, count, step_of, time, visible};
use crate::verdict::{
    CaseResult, Conclusion, KnownBreach, Report, RowState, Standing, Tally, Verdict, is_breach,
};

pub(super) fn panels(named: &Named<'_>, areas: &[&str]) -> Markup {
    html! {
        (panel(&named.anchor, &visible(&named.row.name), &about(named, areas)))
        @if let RowState::Judged(report) = &named.row.state {
            @for area in areas {
                @let cases = cases_of(report, area);
                @if !cases.is_empty() {
                    (panel(&named.cell(area), &format!("{}: {}", visible(&named.row.name), words(area)), &area_of(&cases)))
                }
            }
        }
    }
}

/// The worst first, then by id.
fn cases_of<'a>(report: &'a Report, area: &str) -> Vec<&'a CaseResult> {
    let mut cases = report.by_id();
    cases.retain(|case| case.area() == area);
    cases.sort_by_key(|case| Reverse(Standing::of(case)));
    cases
}

/// A part of the page that is shown while it is the target of the address, with a link back.
fn panel(anchor: &str, title: &str, inner: &Markup) -> Markup {
    html! {
        section.panel id=(anchor) role="dialog" aria-modal="true" aria-labelledby={ (anchor) "--title" } {
            a.behind href="#runtimes" tabindex="-1" aria-hidden="true" {}
            div.sheet {
                a.close href="#runtimes" { "Close" }
                h2 id={ (anchor) "--title" } { (title) }
                (inner)
            }
        }
    }
}

fn about(named: &Named<'_>, areas: &[&str]) -> Markup {
    let row = named.row;
    html! {
        @if !row.about.is_empty() { p { (visible(&row.about)) } }
        @match &row.state {
            RowState::Missing(reason) => {
                p { strong { "Not judged." } " Nothing is known of it:" }
                pre.output { (visible(reason)) }
            }
            RowState::Judged(report) => {
                @let tally = row.tally();
                p { (spelt(&tally)) ", in " (time(report.duration_ms)) "." }
                (bar(&tally))
                (conclusion(report))
                dl {
                    @if let Some(runtime) = &report.target.runtime {
                        dt { "calls itself" } dd { code { (visible(runtime)) } }
                    }
                    dt { @if report.target.kind == "image" { "image" } @else { "command" } } dd { code { (visible(&report.target.command.join(" "))) } }
                }
                ul.areas {
                    @for area in areas {
                        @let cases = cases_of(report, area);
                        @if !cases.is_empty() {
                            li { a href={ "#" (named.cell(area)) } { (words(area)) } ": " (spelt(&Tally::of(cases))) }
                        }
                    }
                }
            }
        }
    }
}

/// The result of the run.
pub(super) fn conclusion(report: &Report) -> Markup {
    let conclusion = report.conclusion();
    let (word, class) = ending(conclusion);
    let (_, grounds) = grounds(report, conclusion);
    html! {
        @if conclusion == Conclusion::AsExpected {
            p.(class) { (visible(&grounds)) }
        } @else {
            p { strong.(class) { (word) } ": " (visible(&grounds)) }
        }
        @if !report.baseline_problems.is_empty() {
            ul {
                @for problem in &report.baseline_problems { li { (visible(&problem.to_string())) } }
            }
        }
    }
}

fn area_of(cases: &[&CaseResult]) -> Markup {
    let (quiet, loud): (Vec<&CaseResult>, Vec<&CaseResult>) = cases
        .iter()
        .partition(|case| matches!(Standing::of(case), Standing::Pass | Standing::Skip));
    let (passed, skipped): (Vec<&CaseResult>, Vec<&CaseResult>) = quiet
        .into_iter()
        .partition(|case| Standing::of(case) == Standing::Pass);
    html! {
        p { (spelt(&Tally::of(cases.iter().copied()))) "." }
        @for (index, case) in loud.iter().enumerate() { (case_of(case, index == 0)) }
        (group("pass", "passes", &passed, loud.is_empty()))
        (group("skip", "is skipped", &skipped, loud.is_empty()))
    }
}

/// Cases with little to say.
fn group(class: &str, one: &str, cases: &[&CaseResult], open: bool) -> Markup {
    let many = if class == "pass" {
        "pass"
    } else {
        "are skipped"
    };
    let (one, many) = (format!("case {one}"), format!("cases {many}"));
    html! {
        @if !cases.is_empty() {
            details.group.(class) open[open] {
                summary { (count(cases.len(), &one, &many)) }
                ul {
                    @for case in cases {
                        li {
                            code { (visible(&case.id)) } " " (visible(&case.title))
                            @if !case.reason.is_empty() { br; em { (visible(&case.reason)) } }
                            @for finding in &case.findings {
                                br; em { (finding.level) " " (visible(&finding.code)) ": " (visible(&finding.actual)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn case_of(case: &CaseResult, open: bool) -> Markup {
    let standing = Standing::of(case);
    let badge = match standing {
        Standing::Must => "MUST",
        Standing::Should => "SHOULD",
        Standing::Error => "error",
        Standing::Inconclusive => "inconclusive",
        Standing::Pass => "pass",
        Standing::Skip => "skip",
    };
    html! {
        details.case open[open] {
            summary {
                span.mark.(class(standing)) { (badge) } " "
                code { (visible(&case.id)) }
                @if case.verdict == Verdict::ExpectedFailure { " " span.known { "known" } }
                @if case.verdict == Verdict::Flaky { " " span.known { "flaky" } }
                span.title { (visible(&case.title)) }
            }
            div.body {
                @if !case.why.is_empty() { p.why { (visible(&case.why)) } }
                @if case.beyond.is_some() { p.why { (visible(&beyond(case.beyond.as_deref()))) } }
                @if !case.reason.is_empty() { p { (visible(&case.reason)) } }
                @for finding in &case.findings { (finding_of(finding, case)) }
                @if !case.output.is_empty() {
                    details { summary { "the last output of the process" } pre.output { (visible(&case.output.join("\n"))) } }
                }
                @if !case.reproduce.is_empty() {
                    details { summary { "play it again" } pre.output { (visible(&case.reproduce)) } }
                }
            }
        }
    }
}

/// A finding of a case.
pub(super) fn finding_of(found: &Finding, case: &CaseResult) -> Markup {
    finding(found, &case.known)
}

/// A finding with its bytes, its rule and its sources, and the reason if it is known.
pub fn finding(finding: &Finding, known: &[KnownBreach]) -> Markup {
    let law = law::requirements().get(&finding.requirement);
    let level = match finding.level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May | Level::Info => "skip",
    };
    let known = known.iter().filter(|known| known.code == finding.code);
    html! {
        div.finding.(level) {
            h3 {
                (visible(&finding.requirement)) " "
                span.level { (finding.level) } " "
                code { (visible(&finding.code)) }
                @if !is_breach(finding) { " (a remark)" }
            }
            dl {
                dt { "expected" } dd { (visible(&finding.expected)) }
                dt { "actual" } dd { (visible(&finding.actual)) }
                @if finding.step.is_some() { dt { "step" } dd { (visible(&step_of(finding))) } }
                @if !finding.evidence.lines.is_empty() {
                    dt { "wire" } dd { (wire(&finding.evidence.lines)) }
                }
                @if let Some(law) = law {
                    @if law.text != finding.expected { dt { "rule" } dd { (visible(&law.text)) } }
                    @if let Some(fix) = &law.fix { dt { "fix" } dd { (visible(fix)) } }
                    dt { "source" } dd.source { (sources(law)) }
                }
                @for known in known { dt { "known" } dd { (visible(&known.reason)) } }
            }
        }
    }
}

/// The sources of a requirement, with a link if they have a URL.
pub(in crate::report::format) fn sources(law: &Requirement) -> Markup {
    html! {
        @for (index, source) in law.source.iter().enumerate() {
            @let document = law::documents().get(&source.name);
            @if index > 0 { "; " }
            @match document.and_then(|document| document.url.as_deref()) {
                Some(url) => a href=(url) { (visible(&source.name)) },
                None => (visible(&source.name)),
            }
            @if let Some(place) = &source.place { " (" (visible(place)) ")" }
        }
    }
}

/// The lines of the evidence, each with the class of its mark: `>` from the runtime, `<` from the service.
pub(in crate::report::format) fn wire(lines: &[String]) -> Markup {
    let class = |line: &str| match line
        .trim_start_matches(|c: char| c.is_ascii_digit() || " ms".contains(c))
    {
        rest if rest.starts_with('>') => "sent",
        rest if rest.starts_with('<') => "got",
        _ => "fact",
    };
    html! {
        pre.wire {
            @for line in lines { span.(class(line)) { (visible(line)) "\n" } }
        }
    }
}
