//! Recordings judged without a process or a socket, and reports as texts: these must not change by accident.
//!
//! `tests/golden/transcripts` holds recordings as `run --transcripts` writes them, without paths of a machine;
//! `tests/golden/v1` holds recordings of schema 1; `tests/golden/cases` holds the cases of that time, so that the shipped
//! ones may change.

#[path = "golden/beside.rs"]
mod beside;
#[path = "golden/broken.rs"]
mod broken;
#[path = "golden/content.rs"]
mod content;
#[path = "golden/edit.rs"]
mod edit;
#[path = "golden/habits.rs"]
mod habits;
#[path = "golden/matrix.rs"]
mod matrix;
#[path = "golden/reports.rs"]
mod reports;
#[path = "golden/v1.rs"]
mod v1;
#[path = "golden/windows.rs"]
mod windows;

use std::fs;
use std::path::{Path, PathBuf};

use ricspec::case::{Case, Source, Trust, read};
use ricspec::check::{Finding, judge};
use ricspec::law::Level;
use ricspec::transcript::Transcript;
use serde_json::Value;

/// Every recording, with its breaches.
const RECORDINGS: &[(&str, &[(&str, &str)])] = &[
    ("error/reported", &[]),
    ("golden/contract", &[]),
    ("init/failure_reported", &[]),
    ("logging/logger_id", &[]),
    ("next/five_in_a_row", &[]),
    ("response/echo_object", &[]),
    (
        "service_errors/response_refused_with_410",
        &[("RESP-13", "exit-in-health")],
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn golden(inner: &str) -> PathBuf {
    root().join("tests/golden").join(inner)
}

#[track_caller]
fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[track_caller]
fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The recording of a case.
fn recording(id: &str) -> Value {
    json(&golden(&format!("transcripts/{id}.json")))
}

/// The case, as it was when it was recorded.
fn case(id: &str) -> Case {
    let path = golden(&format!("cases/{id}.json"));
    let source = Source {
        path: path.display().to_string(),
        id: id.to_owned(),
        text: text(&path).into(),
        trust: Trust::Theirs,
    };
    read(&[source])
        .unwrap_or_else(|faults| panic!("{faults:?}"))
        .remove(0)
}

fn transcript(value: &Value) -> Transcript {
    serde_json::from_value(value.clone()).expect("a transcript")
}

/// The findings of a recording, judged twice.
#[track_caller]
fn findings(id: &str, value: &Value) -> Vec<Finding> {
    let (case, transcript) = (case(id), transcript(value));
    let found = judge(&case, &transcript);
    assert_eq!(found, judge(&case, &transcript), "{id}: not the same twice");
    found
}

/// The breaches as pairs of requirement and code, in order.
fn pairs(found: &[Finding]) -> Vec<(&str, &str)> {
    let mut pairs: Vec<(&str, &str)> = found
        .iter()
        .map(|finding| (finding.requirement.as_str(), finding.code.as_str()))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// If the real service never does what the case does, the findings are the same, and none is a MUST.
#[track_caller]
fn check_beyond(id: &str, tape: &Value, expected: &[(&str, &str)]) {
    let case = Case {
        beyond: Some("The service never does this.".to_owned()),
        ..case(id)
    };
    let found = judge(&case, &transcript(tape));
    assert_eq!(pairs(&found), expected);
    let most = found.iter().map(|finding| finding.level).max();
    assert!(most <= Some(Level::Should), "{found:#?}");
}

/// The faults of a value by one of our schemas, or by one of its definitions.
fn schema_faults(schema: &str, definition: Option<&str>, value: &Value) -> Vec<String> {
    let mut schema = json(&root().join("specs/schemas").join(schema));
    if let Some(name) = definition {
        let members = schema.as_object_mut().expect("an object");
        members.remove("anyOf");
        members.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    validator
        .iter_errors(value)
        .map(|fault| format!("at {}: {fault}", fault.instance_path()))
        .collect()
}

#[track_caller]
fn check_valid(schema: &str, definition: Option<&str>, value: &Value) {
    let faults = schema_faults(schema, definition, value);
    assert!(faults.is_empty(), "{}\n{value}", faults.join("\n"));
}

#[test]
fn recordings_show_what_they_showed() {
    for (id, expected) in RECORDINGS {
        let found = findings(id, &recording(id));
        assert_eq!(pairs(&found), *expected, "{id}: {found:#?}");
    }
}

#[test]
fn a_transcript_comes_back_from_json_as_it_was() {
    for (id, _) in RECORDINGS {
        let value = recording(id);
        let back = serde_json::to_value(transcript(&value)).expect("JSON");
        assert_eq!(back, value, "{id}");
    }
}

#[test]
fn recordings_keep_to_the_schema_of_transcripts() {
    for (id, _) in RECORDINGS {
        check_valid("transcript.schema.json", None, &recording(id));
    }
}

/// The body of an exchange, as JSON.
fn body(id: &str, exchange: usize) -> Value {
    let transcript = transcript(&recording(id));
    let exchange = transcript.exchanges.get(exchange).expect("an exchange");
    exchange.body.json().expect("a body that is JSON")
}

#[test]
fn answers_of_the_reference_runtime_keep_to_the_contract() {
    let (describe, context) = (body("golden/contract", 1), body("golden/contract", 3));
    let schema = "fixture-contract.schema.json";
    check_valid(schema, Some("describe_answer"), &describe);
    check_valid(schema, Some("context_answer"), &context);
    let wrong = schema_faults(schema, Some("context_answer"), &describe);
    assert!(!wrong.is_empty(), "one answer must not pass for the other");
}

#[test]
fn reports_of_failures_are_error_documents() {
    for (id, exchange) in [("error/reported", 1), ("init/failure_reported", 0)] {
        check_valid("error-document.schema.json", None, &body(id, exchange));
    }
}

#[test]
fn a_case_with_a_member_that_nobody_knows_is_refused() {
    for place in ["", "/steps/0", "/steps/0/serve", "/steps/1/expect"] {
        let mut case = json(&golden("cases/error/reported.json"));
        check_valid("case.schema.json", None, &case);
        let inner = case.pointer_mut(place).expect("a place of the case");
        inner["surprise"] = Value::Bool(true);
        let faults = schema_faults("case.schema.json", None, &case);
        assert!(!faults.is_empty(), "a stranger at `{place}` passes");
    }
}
