//! The only reader of case files: checks schema, types and law, in this order.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::bounds::FILE_BYTES_MAX;
use super::faults::faults_of;
use super::locate::line_of;
use super::repeat::too_many;
use super::table::rows;
use super::{Case, CaseFile, Source, Trust};
use crate::cut::cut;
use crate::data;

static SCHEMA: &str = include_str!("../../specs/schemas/case.schema.json");

/// How many breaches of the schema are reported for a file.
const FAULTS_MAX: usize = 100;

/// How long a message may be, in bytes: it may quote the value.
const MESSAGE_BYTES_MAX: usize = 1000;

/// A fault in a case file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CaseError {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// JSON Pointer to the value.
    pub pointer: String,
    /// What is wrong, and how to fix it.
    pub message: String,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.path, self.line)?;
        if !self.pointer.is_empty() {
            write!(f, "at {}: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}

/// The built-in cases; tests check them against schema and law.
pub fn embedded() -> Vec<Source> {
    let files = data::CASES.files().iter();
    let source = |file: &data::File| {
        let id = file.path.strip_suffix(".json")?;
        Some(Source {
            id: id.to_owned(),
            path: format!("cases/{}", file.path),
            text: Cow::Borrowed(file.text),
            trust: Trust::Ours,
        })
    };
    files.filter_map(source).collect()
}

/// The ids of the built-in cases; a file with a table has several.
pub fn embedded_ids() -> Vec<String> {
    let sources = embedded();
    let rows = sources
        .iter()
        .flat_map(|source| rows(source).unwrap_or_default());
    rows.map(|row| row.id).collect()
}

/// Reads all files. The cases come in the order of their ids.
///
/// # Errors
/// All faults of all files, each with its place.
///
/// # Examples
/// ```
/// use ricspec::case::{embedded, read};
///
/// let cases = read(&embedded()).expect("the cases that ship with ricspec");
/// assert!(cases.iter().any(|case| case.id == "next/poll_held_again"));
/// ```
pub fn read(sources: &[Source]) -> Result<Vec<Case>, Vec<CaseError>> {
    let theirs = sources.iter().any(|source| source.trust == Trust::Theirs);
    let validator = theirs.then(|| {
        let schema: Value = serde_json::from_str(SCHEMA).expect("our schema is JSON");
        jsonschema::validator_for(&schema).expect("our schema is a schema")
    });
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    let mut errors = Vec::new();
    for source in sources {
        let validator = validator.as_ref().filter(|_| source.trust == Trust::Theirs);
        for (row, read) in read_all(source, validator) {
            match read {
                Ok(case) => {
                    if let Some(twin) = cases.insert(case.id.clone(), case) {
                        errors.push(row.error(
                            "/id",
                            format!("duplicate id `{}`: every case needs its own", twin.id),
                        ));
                    }
                }
                Err(faults) => errors.extend(faults),
            }
        }
    }
    errors.sort();
    errors.dedup();
    if errors.is_empty() {
        Ok(cases.into_values().collect())
    } else {
        Err(errors)
    }
}

impl Source {
    fn error(&self, pointer: &str, message: impl Into<String>) -> CaseError {
        let line = line_of(&self.text, pointer);
        CaseError {
            path: self.path.clone(),
            line,
            pointer: pointer.to_owned(),
            message: message.into(),
        }
    }
}

/// What a file gives: one case, or one for each row of its table.
fn read_all(
    source: &Source,
    validator: Option<&jsonschema::Validator>,
) -> Vec<(Source, Result<Case, Vec<CaseError>>)> {
    match rows(source) {
        Ok(rows) => {
            let read = |row: Source| {
                let case = read_one(&row, validator);
                (row, case)
            };
            rows.into_iter().map(read).collect()
        }
        Err((pointer, message)) => {
            let fault = source.error(&pointer, message);
            vec![(source.clone(), Err(vec![fault]))]
        }
    }
}

fn read_one(
    source: &Source,
    validator: Option<&jsonschema::Validator>,
) -> Result<Case, Vec<CaseError>> {
    let syntax = |error: serde_json::Error| {
        let message = format!("not a case: {error}");
        vec![CaseError {
            path: source.path.clone(),
            line: error.line().max(1),
            pointer: String::new(),
            message,
        }]
    };
    if source.text.len() > FILE_BYTES_MAX {
        let bytes = source.text.len();
        let message = format!("the file has {bytes} bytes; the limit is {FILE_BYTES_MAX}");
        return Err(vec![source.error("", message)]);
    }
    if let Some(validator) = validator {
        let value: Value = serde_json::from_str(&source.text).map_err(syntax)?;
        let faults: Vec<_> = validator
            .iter_errors(&value)
            .take(FAULTS_MAX)
            .map(|fault| {
                let message = cut(&fault.to_string(), MESSAGE_BYTES_MAX);
                source.error(&fault.instance_path().to_string(), message)
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        if let Some((pointer, message)) = too_many(&value) {
            return Err(vec![source.error(&pointer, message)]);
        }
    }
    let case: Case = serde_json::from_str(&source.text).map_err(syntax)?;
    let mut case = case.in_lines();
    case.file = Some(Arc::new(CaseFile {
        path: source.path.clone(),
        text: source.text.clone(),
    }));
    let faults = faults_of(&case, &source.id, &source.text);
    let faults = faults.into_iter();
    let mut faults: Vec<_> = faults
        .map(|(pointer, message)| source.error(&pointer, message))
        .collect();
    faults.sort();
    faults.dedup();
    if faults.is_empty() {
        Ok(case)
    } else {
        Err(faults)
    }
}
