//! Runtimes side by side for people: a line as each ends, and a table.

use super::super::printable::Printable;
use super::super::style::{Hue, Style};
use super::super::text::{COLUMNS, count, one_line, time, width, wrap};
use super::grounds;
use crate::verdict::{Conclusion, Matrix, Row, RowState, Standing};

/// The result of one runtime, in lines that end with a line feed.
pub fn row(row: &Row, style: Style) -> Printable {
    match &row.state {
        RowState::Judged(report) => {
            let (hue, grounds) = grounds(report, report.conclusion());
            let counts = Standing::ALL
                .into_iter()
                .map(|standing| (standing, row.tally().count(standing)))
                .filter(|(_, number)| *number > 0)
                .map(|(standing, number)| standing.words(number));
            let counts = counts.collect::<Vec<_>>().join(", ");
            let time = time(report.duration_ms);
            style.paint(hue, &row.name)
                + &format!(": {counts}, in {time}\n{}\n", indented(&grounds))
        }
        RowState::Missing(reason) => {
            style.paint(Hue::Red, &row.name) + &format!(": not judged\n{}\n", indented(reason))
        }
    }
}

fn indented(text: &str) -> String {
    let lines = wrap(text, COLUMNS - 2);
    let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

/// All rows as a table, the worst first, and the total.
pub fn matrix(matrix: &Matrix, style: Style) -> Printable {
    let rows = matrix.worst_first();
    let names: Vec<String> = rows.iter().map(|row| one_line(&row.name)).collect();
    let widest = names.iter().map(|name| width(name)).max();
    let widest = widest.unwrap_or_default();
    let columns = [
        ("MUST", Standing::Must),
        ("SHOULD", Standing::Should),
        ("pass", Standing::Pass),
        ("skip", Standing::Skip),
        ("unclear", Standing::Inconclusive),
        ("error", Standing::Error),
    ];
    let mut text = " ".repeat(widest);
    for (title, _) in columns {
        text.push_str(&format!("  {title:>7}"));
    }
    text.push('\n');
    for (row, name) in rows.iter().zip(&names) {
        text.push_str(name);
        text.push_str(&" ".repeat(widest - width(name)));
        let tally = row.tally();
        match &row.state {
            RowState::Judged(_) => {
                for (_, standing) in columns {
                    let number = match tally.count(standing) {
                        0 => "-".to_owned(),
                        number => number.to_string(),
                    };
                    text.push_str(&format!("  {number:>7}"));
                }
            }
            RowState::Missing(_) => text.push_str("  not judged"),
        }
        text.push('\n');
    }
    Printable::of(&text) + "\n" + ending(matrix, style)
}

fn ending(matrix: &Matrix, style: Style) -> Printable {
    let ended = |wanted| {
        let reports = matrix.rows.iter().filter_map(Row::report);
        reports
            .filter(|report| report.conclusion() == wanted)
            .count()
    };
    let judged = matrix.rows.iter().filter_map(Row::report).count();
    let parts = [
        (ended(Conclusion::AsExpected), "as expected"),
        (ended(Conclusion::Failed), "not as expected"),
        (
            ended(Conclusion::OurFault),
            "with cases that could not be judged",
        ),
        (ended(Conclusion::NothingJudged), "with nothing judged"),
        (ended(Conclusion::Interrupted), "interrupted"),
        (matrix.rows.len() - judged, "missing"),
    ];
    let mut parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    if !matrix.lost.is_empty() {
        let lost = count(
            matrix.lost.len(),
            "report not written",
            "reports not written",
        );
        parts.push(lost);
    }
    let conclusion = matrix.conclusion();
    let hue = match conclusion {
        Conclusion::AsExpected => Hue::Green,
        Conclusion::Failed | Conclusion::BadInput | Conclusion::OurFault => Hue::Red,
        Conclusion::NothingJudged | Conclusion::Interrupted => Hue::Yellow,
    };
    let exit = format!("exit {}", conclusion.exit_code());
    let number = count(matrix.rows.len(), "runtime", "runtimes");
    style.paint(hue, &exit) + &format!(": {number}: {}\n", parts.join(", "))
}
