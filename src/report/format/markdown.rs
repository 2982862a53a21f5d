//! Runtimes side by side as a table in Markdown, for a README.

use crate::law::Subject;
use crate::report::text::{count, unmarked};
use crate::verdict::{Maker, Matrix, Row, RowState, Standing, Tally};

/// The columns: these always, others if they occur.
const ALWAYS: [Standing; 4] = [
    Standing::Must,
    Standing::Should,
    Standing::Pass,
    Standing::Skip,
];

/// What not every runtime can do: each has a column, if a case of it was selected.
const FEATURES: [Feature; 2] = [
    Feature {
        area: "streaming",
        title: "streaming",
    },
    Feature {
        area: "restore",
        title: "SnapStart",
    },
];

/// What some runtimes can do.
#[derive(Clone, Copy)]
struct Feature {
    /// The area of its cases.
    area: &'static str,
    /// The title of its column.
    title: &'static str,
}

/// A line that says what was measured and when, and the table, the worst first, with a line feed at its end.
pub fn table(matrix: &Matrix) -> String {
    let rows = matrix.worst_first();
    let occurs = |standing| rows.iter().any(|row| row.tally().count(standing) > 0);
    let columns: Vec<Standing> = ALWAYS
        .into_iter()
        .chain(
            [Standing::Inconclusive, Standing::Error]
                .into_iter()
                .filter(|one| occurs(*one)),
        )
        .collect();
    let mut text = format!(
        "Measured by {} {} on {} on {}{}:\n\n",
        matrix.tool,
        matrix.version,
        count(matrix.cases(), "case", "cases"),
        matrix.day,
        if rows.len() > 1 { ", worst first" } else { "" }
    );
    let told = rows.iter().any(|row| !row.language.is_empty());
    let mut subjects = rows.iter().filter_map(|row| row.report());
    let what = match subjects.next().map(|report| report.subject()) {
        Some(Subject::Extension) => "extension",
        Some(Subject::Runtime | Subject::Image) | None => "runtime",
    };
    let (mut head, mut rule) = match told {
        true => (format!("| {what} | language |"), "|---|---|".to_owned()),
        false => (format!("| {what} |"), "|---|".to_owned()),
    };
    let areas = matrix.areas();
    let features: Vec<Feature> = FEATURES
        .into_iter()
        .filter(|feature| areas.contains(&feature.area))
        .collect();
    let titles = columns.iter().map(|column| title(*column));
    for title in titles.chain(features.iter().map(|feature| feature.title)) {
        head.push_str(&format!(" {title} |"));
        rule.push_str("---|");
    }
    text.push_str(&format!("{head}\n{rule}\n"));
    for row in rows {
        text.push_str(&line(row, told, &columns, &features));
    }
    text
}

/// How many cases of a feature pass, of those that were played.
fn of_feature(row: &Row, feature: Feature) -> String {
    let cases = row.report().into_iter().flat_map(|report| &report.cases);
    let tally = Tally::of(cases.filter(|case| case.area() == feature.area));
    match tally.total() - tally.count(Standing::Skip) {
        0 => "no".to_owned(),
        played => format!("{} of {played}", tally.count(Standing::Pass)),
    }
}

fn title(column: Standing) -> &'static str {
    match column {
        Standing::Must => "cases that break a MUST",
        Standing::Should => "a SHOULD",
        Standing::Pass => "pass",
        Standing::Skip => "skip",
        Standing::Inconclusive => "inconclusive",
        Standing::Error => "error",
    }
}

fn line(row: &Row, told: bool, columns: &[Standing], features: &[Feature]) -> String {
    let name = match row.kind {
        Maker::Official | Maker::Unsaid => escaped(&row.name),
        Maker::Community | Maker::Ours => format!("{} ({})", escaped(&row.name), row.kind.word()),
    };
    let mut line = match told {
        true => format!("| {name} | {} |", escaped(&row.language)),
        false => format!("| {name} |"),
    };
    match &row.state {
        RowState::Judged(_) => {
            let tally = row.tally();
            for column in columns {
                line.push_str(&format!(" {} |", tally.count(*column)));
            }
            for feature in features {
                line.push_str(&format!(" {} |", of_feature(row, *feature)));
            }
        }
        // The first line says what is wrong; the other lines come from some tool.
        RowState::Missing(reason) => {
            let reason = reason.lines().next().unwrap_or_default();
            line.push_str(&format!(" not judged: {} |", escaped(reason)));
            let empty = (columns.len() + features.len()).saturating_sub(1);
            line.push_str(&" |".repeat(empty));
        }
    }
    line.push('\n');
    line
}

/// One line that Markdown and HTML show as plain text.
fn escaped(text: &str) -> String {
    unmarked(text, "\\`*[]|~")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_are_plain_text() {
        assert_eq!(escaped("lambda_runtime 1.5.0"), "lambda_runtime 1.5.0");
        assert_eq!(
            escaped("a|b\n<i>`x`</i> [y](z)"),
            "a\\|b &lt;i>\\`x\\`&lt;/i> \\[y\\](z)"
        );
    }
}
