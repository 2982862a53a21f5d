//! The compliance report as a page that also prints well. It loads nothing and runs no script.

use maud::{Markup, html};

use super::model::{Compliance, Counts, DIGEST_AGAIN};
use crate::check::Finding;
use crate::law::Level;
use crate::law::requirements;
use crate::report::format::html::{frame, sources, wire};
use crate::report::text::{count, step_of, visible};
use crate::verdict::{CORE, Clause, Conformity};

static STYLE: &str = include_str!("style.css");

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A longer fact has a line of its own.
const WIDE: usize = 36;

/// How many cases of a requirement are named.
const NAMED_MAX: usize = 6;

/// One report after the other.
pub(super) fn page(all: &[Compliance<'_>]) -> String {
    let title = match all {
        [one] => format!("{}: compliance report", one.name),
        _ => "Compliance reports".to_owned(),
    };
    let body = html! { main { @for one in all { (report(one)) } } };
    frame(&title, Some(POLICY), STYLE, &body).into_string() + "\n"
}

fn report(one: &Compliance<'_>) -> Markup {
    html! {
        article {
            header {
                p.kind { "Compliance report" }
                h1 { (visible(&one.name)) }
                blockquote.(outcome(one)) { p { (visible(&one.sentence())) } }
            }
            dl.facts {
                @for (name, value) in one.facts() {
                    div.wide[value.len() > WIDE] { dt { (name) } dd { (visible(&value)) } }
                }
            }
            (tables(one))
            (broken(one))
            (by_reason(one, Conformity::NotTried, "Not tried"))
            (by_reason(one, Conformity::NotApplicable, "Not applicable"))
            (list("Conforms", &one.with(Conformity::Conforms)))
            (list("Newer than the set", &one.newer.iter().collect::<Vec<_>>()))
            (reproduce(one))
            (legend())
        }
    }
}

/// The class of the sentence.
fn outcome(one: &Compliance<'_>) -> &'static str {
    let of_core = one.counts(Level::Must, Some(CORE));
    let broken = one.counts(Level::Must, None).breaks;
    match (broken, of_core.not_tried) {
        (0, 0) => "good",
        (0, _) => "open",
        _ => "bad",
    }
}

fn tables(one: &Compliance<'_>) -> Markup {
    let levels = [Level::Must, Level::Should];
    html! {
        section {
            h2 { "Requirements" }
            table.counts {
                thead { tr {
                    th scope="col" { span.spoken { "level" } }
                    @for name in ["conform", "broken", "broken only beyond Lambda", "not tried", "not applicable"] {
                        th scope="col" { (name) }
                    }
                } }
                tbody {
                    @for level in levels { (row(&level.to_string(), one.counts(level, None), "whole")) }
                    @for profile in one.profiles() {
                        @for level in levels {
                            @let counts = one.counts(level, Some(profile));
                            @if counts.total() > 0 { (row(&format!("{level}, {}", visible(profile)), counts, "part")) }
                        }
                    }
                }
            }
            @if one.unseen() > 0 {
                p.quiet { (count(one.unseen(), "more requirement has no case", "more requirements have no case")) ": see “Not tried”." }
            }
        }
    }
}

fn row(name: &str, counts: Counts, class: &str) -> Markup {
    let cells = [
        ("conforms", "conform", counts.conforms),
        ("breaks", "broken", counts.breaks),
        ("beyond", "broken only beyond Lambda", counts.breaks_beyond),
        ("untried", "not tried", counts.not_tried),
        ("quiet", "not applicable", counts.not_applicable),
    ];
    html! {
        tr.(class) {
            th scope="row" {
                (name) " " span.quiet { (counts.total()) }
                @if class == "whole" {
                    span.bar aria-hidden="true" {
                        @for (class, _, number) in cells {
                            @if number > 0 { span.(class) style={ "flex-grow:" (number) } {} }
                        }
                    }
                }
            }
            @for (class, name, number) in cells {
                @if number > 0 { td.(class) data-name=(name) { (number) } }
                @else { td.zero data-name=(name) { "–" } }
            }
        }
    }
}

fn broken(one: &Compliance<'_>) -> Markup {
    let broken = one.broken();
    html! {
        @if !broken.is_empty() {
            section {
                h2 { "Broken" }
                @for clause in broken { (broken_clause(one, clause)) }
            }
        }
    }
}

fn broken_clause(one: &Compliance<'_>, clause: &Clause) -> Markup {
    let level = clause.broken_at.unwrap_or(clause.level);
    html! {
        section.clause.(level_class(level)) {
            h3 { (mark(level)) " " (visible(&clause.id)) }
            p.text { (visible(&clause.text)) }
            @if !clause.is_broken() {
                p.quiet { "A " (clause.level) ", broken only in cases that play what Lambda never does." }
            }
            @for (known, cases) in one.known(clause) {
                p.known {
                    strong { "Known in " (count(cases.len(), "case", "cases")) }
                    @if let Some(day) = known.until { ", until " time { (day) } }
                    ": " (visible(&known.reason))
                }
            }
            @if let Some((case, finding)) = one.evidence(clause) {
                p.quiet { "As in " code { (visible(&case.id)) } ": " (visible(&case.title)) "." }
                (finding_of(finding))
                @if !case.reproduce.is_empty() { pre.command { (visible(&case.reproduce)) } }
            }
            p.quiet { "Broken in " (named(clause)) }
        }
    }
}

/// What should have come, what came, and the bytes.
fn finding_of(finding: &Finding) -> Markup {
    let law = requirements().get(&finding.requirement);
    html! {
        dl.finding {
            dt { "expected" } dd { (visible(&finding.expected)) }
            dt { "actual" } dd { (visible(&finding.actual)) " (" code { (visible(&finding.code)) } ")" }
            @if finding.step.is_some() { dt { "step" } dd { (visible(&step_of(finding))) } }
            @if !finding.evidence.lines.is_empty() {
                dt { "wire" } dd { (wire(&finding.evidence.lines)) }
            }
            @if let Some(law) = law {
                @if let Some(fix) = &law.fix { dt { "fix" } dd { (visible(fix)) } }
                dt { "source" } dd.quiet { (sources(law)) }
            }
        }
    }
}

fn named(clause: &Clause) -> Markup {
    let more = clause.cases.len().saturating_sub(NAMED_MAX);
    html! {
        (count(clause.cases.len(), "case", "cases")) ": "
        @for (index, case) in clause.cases.iter().take(NAMED_MAX).enumerate() {
            @if index > 0 { ", " }
            code { (visible(case)) }
        }
        @if more > 0 { " and " (more) " more" }
        "."
    }
}

fn by_reason(one: &Compliance<'_>, conformity: Conformity, title: &str) -> Markup {
    let groups = one.by_reason(conformity);
    html! {
        @if !groups.is_empty() {
            section {
                h2 { (title) }
                dl.reasons {
                    @for (reason, clauses) in groups {
                        dt { (visible(&reason)) }
                        dd {
                            @for clause in clauses { span.id title=(visible(&clause.text)) { (mark(clause.level)) " " (visible(&clause.id)) } " " }
                        }
                    }
                }
            }
        }
    }
}

fn list(title: &str, clauses: &[&Clause]) -> Markup {
    html! {
        @if !clauses.is_empty() {
            section {
                h2 { (title) }
                table.list {
                    thead { tr { th scope="col" { "requirement" } th scope="col" { "text" } th scope="col" { "cases" } } }
                    tbody {
                        @for clause in clauses {
                            tr {
                                th scope="row" { (visible(&clause.id)) " " (mark(clause.level)) }
                                td { (visible(&clause.text)) }
                                td.number { (clause.cases.len()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn reproduce(one: &Compliance<'_>) -> Markup {
    let command = &one.report.reproduce;
    html! {
        @if !command.is_empty() || one.transcripts().is_some() {
            section {
                h2 { "Reproduce" }
                @if !command.is_empty() { pre.command { (visible(command)) } }
                @if one.transcripts().is_some() { pre.command { (DIGEST_AGAIN) } }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        section.legend {
            h2 { "How to read it" }
            p {
                "A requirement conforms if a case that is about it came to its end and no case breaks it. It is not tried if no "
                "case showed it; the reason stands beside it. A MUST is a rule whose breach matters in production, a SHOULD is "
                "good practice with evidence. Known failures are failures here. A set never changes once it is published."
            }
        }
    }
}

fn mark(level: Level) -> Markup {
    html! { span.mark.(level_class(level)) { (level) } }
}

fn level_class(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May | Level::Info => "remark",
    }
}
