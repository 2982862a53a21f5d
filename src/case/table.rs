//! A table of values: one file that stands for several cases, which differ in these values only.
//!
//! In the text, `${name}` stands for a value of the row. A text that is only this becomes the value itself, of whatever type;
//! in a longer text it becomes its words. The lines of the file stay the same, so that every fault and finding has its line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::Source;

/// The name of the member with the rows.
const TABLE: &str = "table";

/// How many cases a file may stand for.
const ROWS_MAX: usize = 256;

/// A row: its values by name.
type Row = BTreeMap<String, Value>;

#[derive(Deserialize)]
struct Tabled {
    #[serde(default)]
    table: Option<Vec<Row>>,
}

/// The cases for which a file stands, each with its text; a file without a table stands for itself.
///
/// # Errors
/// A pointer into the file, and what is wrong with its table.
pub(super) fn rows(source: &Source) -> Result<Vec<Source>, (String, String)> {
    // What is not JSON is told with its line later; a table of another shape is told by the schema.
    let has_one = source.text.contains("\"table\"");
    let tabled = has_one.then(|| serde_json::from_str::<Tabled>(&source.text));
    let Some(Ok(Tabled { table: Some(table) })) = tabled else {
        return Ok(vec![source.clone()]);
    };
    if table.is_empty() || table.len() > ROWS_MAX {
        let message = format!("a table needs 1 to {ROWS_MAX} rows, not {}", table.len());
        return Err((format!("/{TABLE}"), message));
    }
    let rows = table.iter().enumerate();
    rows.map(|(index, row)| {
        let columns = |row: &Row| row.keys().cloned().collect::<BTreeSet<String>>();
        if table.first().map(columns) != Some(columns(row)) {
            let message = "each row needs the same names as the first";
            return Err((format!("/{TABLE}/{index}"), message.to_owned()));
        }
        written_out(source, index, row)
    })
    .collect()
}

/// The case of one row.
fn written_out(source: &Source, index: usize, row: &Row) -> Result<Source, (String, String)> {
    let mut text = String::with_capacity(source.text.len());
    let mut used = BTreeSet::new();
    let mut rest: &str = &source.text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let Some(value) = row.get(name) else {
            let known: Vec<&str> = row.keys().map(String::as_str).collect();
            let message = format!(
                "`${{{name}}}` is in no row; the table has {}",
                known.join(", ")
            );
            return Err((format!("/{TABLE}/{index}"), message));
        };
        used.insert(name);
        rest = match (before.strip_suffix('"'), after.strip_prefix('"')) {
            (Some(before), Some(after)) if !before.ends_with('\\') => {
                text.push_str(before);
                text.push_str(&value.to_string());
                after
            }
            _ => {
                text.push_str(before);
                text.push_str(&words(value));
                after
            }
        };
    }
    text.push_str(rest);
    if let Some(unused) = row.keys().find(|name| !used.contains(name.as_str())) {
        let message = format!("nothing in the case says `${{{unused}}}`");
        return Err((format!("/{TABLE}/{index}"), message));
    }
    Ok(Source {
        id: id_of(&text, source),
        text: Cow::Owned(text),
        ..source.clone()
    })
}

/// A value within a longer text in JSON.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let quoted = Value::from(text.as_str()).to_string();
            let inner = quoted
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            inner.unwrap_or_default().to_owned()
        }
        other => Value::from(other.to_string())
            .to_string()
            .trim_matches('"')
            .to_owned(),
    }
}

/// The id that a row must have: its own one, if it is in the area of its file.
fn id_of(text: &str, source: &Source) -> String {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    let named = serde_json::from_str::<Named>(text).map(|named| named.id);
    let area = |id: &str| id.split_once('/').map(|(area, _)| area.to_owned());
    named
        .ok()
        .filter(|id| area(id) == area(&source.id))
        .unwrap_or_else(|| source.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Trust, read};

    fn source(text: &str) -> Source {
        Source {
            path: "cases/next/status.json".to_owned(),
            id: "next/status".to_owned(),
            text: Cow::Owned(text.to_owned()),
            trust: Trust::Theirs,
        }
    }

    const FILE: &str = r#"{
  "$schema": "", "id": "next/status_${status}", "title": "After ${status} it says ${what}", "why": "w",
  "requirements": ["NEXT-13"],
  "table": [
    {"status": 403, "what": "a \"b\""},
    {"status": 500, "what": "c"}
  ],
  "steps": [
    {"refuse": {"status": "${status}"}},
    {"expect": {"call": "exit", "cites": "NEXT-13"}}
  ]
}"#;

    #[test]
    fn a_file_with_a_table_is_a_case_for_each_row() {
        let cases = read(&[source(FILE)]).expect("two cases");
        let told: Vec<(&str, &str)> = cases
            .iter()
            .map(|case| (case.id.as_str(), case.title.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("next/status_403", "After 403 it says a \"b\""),
                ("next/status_500", "After 500 it says c"),
            ]
        );
        assert_eq!(cases[0].line_of_step(1), Some(10));
    }

    #[test]
    fn a_table_that_does_not_fit_is_told_with_its_line() {
        let check = |from: &str, to: &str, line: usize, part: &str| {
            let faults = read(&[source(&FILE.replace(from, to))]).expect_err(part);
            let right = faults
                .iter()
                .any(|fault| fault.line == line && fault.message.contains(part));
            assert!(right, "{part}: {faults:?}");
        };
        check(
            "says ${what}",
            "says it",
            5,
            "nothing in the case says `${what}`",
        );
        check("says ${what}", "says ${wat}", 5, "`${wat}` is in no row");
        check("{\"status\": 500, ", "{", 6, "the same names as the first");
        check("\"status\": 500", "\"status\": \"x\"", 9, "");
        check(
            "\"id\": \"next/status_${status}\"",
            "\"id\": \"other/${status}\"",
            2,
            "the id must",
        );
        check(
            "\"status\": 500",
            "\"status\": 403",
            2,
            "duplicate id `next/status_403`",
        );
        let from = FILE.find("[\n").expect("the table");
        let to = FILE.find("],\n  \"steps\"").expect("its end");
        check(&FILE[from..to], "[", 4, "1 to 256 rows, not 0");
    }
}
