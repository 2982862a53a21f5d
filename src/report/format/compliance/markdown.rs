//! The compliance report as Markdown.

use super::model::{Compliance, DIGEST_AGAIN};
use crate::law::Level;
use crate::report::text::{count, one_line, unmarked};
use crate::verdict::{Clause, Conformity};

/// How many cases of a requirement are named.
const NAMED_MAX: usize = 3;

/// One report after the other.
pub(super) fn text(all: &[Compliance<'_>]) -> String {
    let all: Vec<String> = all.iter().map(one).collect();
    all.join("\n")
}

fn one(one: &Compliance<'_>) -> String {
    let mut text = format!("# {}: compliance report\n\n", plain(&one.name));
    text.push_str(&format!(
        "> {}\n\n| | |\n|---|---|\n",
        plain(&one.sentence())
    ));
    for (name, value) in one.facts() {
        text.push_str(&format!("| {name} | {} |\n", plain(&value)));
    }
    text.push_str("\n| requirements | conform | broken | broken only beyond Lambda | not tried | not applicable |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for level in [Level::Must, Level::Should] {
        text.push_str(&row(one, level, None, &level.to_string()));
    }
    for profile in one.profiles() {
        for level in [Level::Must, Level::Should] {
            let name = format!("{level} of {}", plain(profile));
            text.push_str(&row(one, level, Some(profile), &name));
        }
    }
    text.push_str(&broken(one));
    for conformity in [Conformity::NotTried, Conformity::NotApplicable] {
        text.push_str(&by_reason(one, conformity));
    }
    text.push_str(&list("Conforms", &one.with(Conformity::Conforms)));
    if !one.newer.is_empty() {
        let newer: Vec<&Clause> = one.newer.iter().collect();
        text.push_str(&list("Newer than the set", &newer));
    }
    text.push_str(&reproduce(one));
    text
}

fn row(one: &Compliance<'_>, level: Level, profile: Option<&str>, name: &str) -> String {
    let counts = one.counts(level, profile);
    match counts.total() {
        0 => String::new(),
        _ => format!(
            "| {name} | {} | {} | {} | {} | {} |\n",
            counts.conforms,
            counts.breaks,
            counts.breaks_beyond,
            counts.not_tried,
            counts.not_applicable
        ),
    }
}

fn broken(one: &Compliance<'_>) -> String {
    let mut text = String::new();
    for clause in one.broken() {
        let level = clause.broken_at.unwrap_or(clause.level);
        text.push_str(&format!(
            "\n### {} {level}\n\n{}\n\n",
            plain(&clause.id),
            plain(&clause.text)
        ));
        if let Some((case, finding)) = one.evidence(clause) {
            let lines = [
                ("case", case.id.as_str()),
                ("expected", &finding.expected),
                ("actual", &finding.actual),
                ("reproduce", &case.reproduce),
            ];
            for (name, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
                text.push_str(&format!("- {name}: {}\n", plain(value)));
            }
        }
        text.push_str(&format!("- broken in {}\n", named(clause)));
        for (known, cases) in one.known(clause) {
            let until = known
                .until
                .map_or_else(String::new, |day| format!(", until {day}"));
            let cases = count(cases.len(), "case", "cases");
            text.push_str(&format!(
                "- known in {cases}{until}: {}\n",
                plain(&known.reason)
            ));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\n## Broken\n{text}"),
    }
}

/// The first cases, and how many more there are.
fn named(clause: &Clause) -> String {
    let shown: Vec<String> = clause
        .cases
        .iter()
        .take(NAMED_MAX)
        .map(|id| plain(id))
        .collect();
    match clause.cases.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn by_reason(one: &Compliance<'_>, conformity: Conformity) -> String {
    let groups = one.by_reason(conformity);
    let line = |(reason, clauses): &(String, Vec<&Clause>)| {
        let ids: Vec<String> = clauses
            .iter()
            .map(|clause| format!("{} {}", clause.id, clause.level))
            .collect();
        format!("- {}: {}\n", ids.join(", "), plain(reason))
    };
    let lines: String = groups.iter().map(line).collect();
    match lines.is_empty() {
        true => lines,
        false => {
            let title = match conformity {
                Conformity::NotApplicable => "Not applicable",
                Conformity::NotTried | Conformity::Breaks | Conformity::Conforms => "Not tried",
            };
            format!("\n## {title}\n\n{lines}")
        }
    }
}

fn list(title: &str, clauses: &[&Clause]) -> String {
    let line = |clause: &&Clause| {
        format!(
            "| {} | {} | {} | {} |\n",
            clause.id,
            clause.level,
            plain(&clause.text),
            clause.cases.len()
        )
    };
    let lines: String = clauses.iter().map(line).collect();
    match lines.is_empty() {
        true => lines,
        false => format!(
            "\n## {title}\n\n| requirement | level | text | cases |\n|---|---|---|---|\n{lines}"
        ),
    }
}

fn reproduce(one: &Compliance<'_>) -> String {
    let command = &one.report.reproduce;
    let mut lines = Vec::new();
    lines.extend((!command.is_empty()).then(|| one_line(command)));
    lines.extend(one.transcripts().map(|_| DIGEST_AGAIN.to_owned()));
    match lines.is_empty() {
        true => String::new(),
        false => format!("\n## Reproduce\n\n    {}\n", lines.join("\n    ")),
    }
}

/// One line that Markdown and HTML show as plain text.
fn plain(text: &str) -> String {
    unmarked(text, "\\`*_[]|~#")
}
