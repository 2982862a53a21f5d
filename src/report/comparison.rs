//! What has changed between two reports, as text for people, as JSON and as Markdown.

use super::printable::Printable;
use super::style::{Hue, Style};
use super::text::{count, one_line, unmarked};
use crate::verdict::{Breach, Change, Comparison, Single};

/// The version of the JSON form.
const COMPARISON_SCHEMA: u32 = 1;

/// As `specs/schemas/comparison.schema.json` describes it.
pub fn json(comparison: &Comparison) -> String {
    let mut value = serde_json::to_value(comparison).expect("texts, numbers and lists are JSON");
    value["schema"] = COMPARISON_SCHEMA.into();
    format!("{value:#}")
}

/// The parts that have something to tell, with their titles, worst first.
fn parts(comparison: &Comparison) -> Vec<(&'static str, Hue, Vec<String>)> {
    let changes = |all: &[Change]| all.iter().map(changed).collect::<Vec<_>>();
    let singles = |all: &[Single]| all.iter().map(singled).collect::<Vec<_>>();
    let mut parts = vec![
        ("worse", Hue::Red, changes(&comparison.worse)),
        ("better", Hue::Green, changes(&comparison.better)),
        ("new", Hue::Yellow, singles(&comparison.new)),
        ("gone", Hue::Yellow, singles(&comparison.gone)),
        ("notes", Hue::None, comparison.notes.clone()),
    ];
    parts.retain(|(_, _, lines)| !lines.is_empty());
    parts
}

/// A case that has changed, in one line.
pub(super) fn changed(change: &Change) -> String {
    let breaches = |mark: &str, all: &[Breach]| {
        let told = |breach: &Breach| {
            format!(
                "{mark}{} {} {}",
                breach.requirement, breach.level, breach.code
            )
        };
        all.iter().map(told).collect::<Vec<_>>()
    };
    let mut what = breaches("+", &change.added);
    what.extend(breaches("-", &change.removed));
    what.extend((!change.reason.is_empty()).then(|| change.reason.clone()));
    let (from, to) = (change.from.word(), change.to.word());
    let verdicts = match from == to {
        true => to.to_owned(),
        false => format!("{from}, now {to}"),
    };
    match what.is_empty() {
        true => format!("{}: {verdicts}", change.case),
        false => format!("{}: {verdicts} ({})", change.case, what.join(", ")),
    }
}

/// A case that only one report has, in one line.
pub(super) fn singled(single: &Single) -> String {
    format!("{}: {}", single.case, single.verdict.word())
}

/// The counts in one line.
fn total(comparison: &Comparison) -> String {
    format!(
        "{}: {} worse, {} better, {} new, {} gone, {} the same",
        count(
            comparison.worse.len() + comparison.better.len() + comparison.same,
            "case in both",
            "cases in both"
        ),
        comparison.worse.len(),
        comparison.better.len(),
        comparison.new.len(),
        comparison.gone.len(),
        comparison.same
    )
}

/// For people, in lines that end with a line feed.
pub fn text(comparison: &Comparison, style: Style) -> Printable {
    let mut text = Printable::default();
    for (title, hue, lines) in parts(comparison) {
        text += style.paint(hue, title);
        text += "\n";
        for line in lines {
            text += &format!("  {}\n", one_line(&line));
        }
        text += "\n";
    }
    text += &total(comparison);
    text + "\n"
}

/// As Markdown, for a comment.
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = format!("{}\n", total(comparison));
    for (title, _, lines) in parts(comparison) {
        text.push_str(&format!("\n**{title}**\n\n"));
        for line in lines {
            text.push_str(&format!("- {}\n", unmarked(&line, "\\`*_[]|~#")));
        }
    }
    text
}
