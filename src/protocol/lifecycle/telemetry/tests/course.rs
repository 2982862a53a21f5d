//! The events of the platform, from what happens in the environment.

use serde_json::{Value, json};

use super::super::{Feed, Outcome, Telemetry};
use super::{MANAGED, asked, document, sent, telemetry};
use crate::protocol::lifecycle::extension::Extensions;
use crate::protocol::{Actor, Function, Mode};

const TELEMETRY: &str = include_str!("../../../../../specs/schemas/telemetry-batch.schema.json");
const LOGS: &str = include_str!("../../../../../specs/schemas/logs-batch.schema.json");

/// Checks events against the schema of their API.
#[track_caller]
fn are_valid(feed: Feed, events: &[Value]) {
    let text = match feed {
        Feed::Telemetry => TELEMETRY,
        Feed::Logs => LOGS,
    };
    let schema = serde_json::from_str(text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for event in events {
        let batch = json!([event]);
        let faults: Vec<String> = validator
            .iter_errors(&batch)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{event}\n{}", faults.join("\n"));
    }
}

/// The events that go out now.
fn events(telemetry: &mut Telemetry) -> Vec<Value> {
    telemetry.flush();
    let mut events = Vec::new();
    for batch in sent(telemetry) {
        let batch: Value = serde_json::from_str(&batch).expect("an array");
        events.extend(batch.as_array().expect("an array").clone());
        telemetry.posted(0, None, None, 0);
    }
    events
}

fn types(events: &[Value]) -> Vec<&str> {
    let each = events.iter().map(|event| event["type"].as_str());
    each.map(Option::unwrap_or_default).collect()
}

fn none() -> Extensions {
    Extensions::new(Mode::OnDemand, Function::of_tests(), &[])
}

/// A run with two invocations; the second one reports an error.
fn run(mode: Mode, feed: Feed, version: &str) -> Vec<Value> {
    let (mut telemetry, extensions) = (telemetry(mode), none());
    telemetry.begin(1_000);
    telemetry.line(Actor::Runtime, r#"{"a": 1}"#.to_owned(), 1_010);
    asked(&mut telemetry, feed, &document(version, &json!({})));
    telemetry.polled(1_100);
    telemetry.settle(&extensions, 1_100);
    for (id, outcome) in [
        ("first", Outcome::default()),
        (
            "second",
            Outcome::error_of(telemetry.error_type(Some("Function.Odd"))),
        ),
    ] {
        telemetry.started(id, Some("Root=1"), 1_200);
        telemetry.answer_began(id, 1_210);
        telemetry.answered(id, outcome, 5, 1_230);
        telemetry.settle(&extensions, 1_230);
        telemetry.polled(1_240);
        telemetry.settle(&extensions, 1_245);
    }
    telemetry.lost(3, 40, 1_250);
    let told = events(&mut telemetry);
    are_valid(feed, &told);
    told.into_iter()
        .filter(|event| event["type"] != "platform.logsDropped")
        .collect()
}

/// What differs between the schemas: the events of one run.
#[test]
fn each_schema_tells_its_own_events() {
    let start = [
        "platform.initStart",
        "function",
        "platform.telemetrySubscription",
        "platform.initRuntimeDone",
        "platform.initReport",
    ];
    let invocation = ["platform.start", "platform.runtimeDone", "platform.report"];
    let usual: Vec<&str> = [&start[..], &invocation, &invocation].concat();
    for version in ["2022-07-01", "2022-12-13", "2025-01-29"] {
        let told = run(Mode::OnDemand, Feed::Telemetry, version);
        assert_eq!(types(&told), usual, "{version}");
        let is_object = told[1]["record"].is_object();
        assert!(!is_object, "the log format is text");
    }
    let managed: Vec<&str> = usual
        .iter()
        .filter(|name| **name != "platform.runtimeDone")
        .copied()
        .collect();
    assert_eq!(types(&run(MANAGED, Feed::Telemetry, "2025-01-29")), managed);
    let logs = ["function", "platform.logsSubscription"];
    let one = ["platform.start", "platform.end", "platform.report"];
    let expect = [&logs[..], &one, &one].concat();
    assert_eq!(
        types(&run(Mode::OnDemand, Feed::Logs, "2020-08-15")),
        expect
    );
    let one = [
        "platform.start",
        "platform.runtimeDone",
        "platform.end",
        "platform.report",
    ];
    let expect = [&logs[..], &one, &one].concat();
    let told = run(Mode::OnDemand, Feed::Logs, "2021-03-18");
    assert_eq!(types(&told), expect);
    assert_eq!(
        told[3]["record"],
        json!({"requestId": "first", "status": "success"})
    );
}

#[test]
fn an_invocation_is_measured() {
    let told = run(Mode::OnDemand, Feed::Telemetry, "2022-12-13");
    let tracing = json!({"type": "X-Amzn-Trace-Id", "value": "Root=1"});
    assert_eq!(told[0]["time"], "1970-01-01T00:00:01.000Z");
    assert_eq!(
        told[0]["record"],
        json!({
            "initializationType": "on-demand",
            "runtimeVersion": "",
            "runtimeVersionArn": "",
            "functionName": "function",
            "functionVersion": "$LATEST",
            "instanceId": "stream",
            "instanceMaxMemory": 134_217_728,
            "phase": "init"
        })
    );
    assert_eq!(
        told[5]["record"],
        json!({"requestId": "first", "version": "$LATEST", "tracing": tracing})
    );
    assert_eq!(
        told[6]["record"],
        json!({
            "requestId": "first",
            "status": "success",
            "metrics": {"durationMs": 40.0, "producedBytes": 5},
            "tracing": tracing,
            "spans": [
                {"name": "responseLatency", "start": "1970-01-01T00:00:01.200Z", "durationMs": 10.0},
                {"name": "responseDuration", "start": "1970-01-01T00:00:01.210Z", "durationMs": 20.0},
                {"name": "runtimeOverhead", "start": "1970-01-01T00:00:01.230Z", "durationMs": 10.0}
            ]
        })
    );
    assert_eq!(
        told[7]["record"]["metrics"],
        json!({
            "durationMs": 40.0,
            "billedDurationMs": 140,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 0,
            "initDurationMs": 100.0
        })
    );
    let second = &told[10]["record"];
    assert_eq!(second["status"], "error");
    assert_eq!(second["errorType"], "Function.Odd");
    assert_eq!(second["metrics"]["initDurationMs"], Value::Null);
}

/// As the emulator was seen to tell it.
#[test]
fn on_managed_instances_a_report_has_the_spans_of_the_answer() {
    let told = run(MANAGED, Feed::Telemetry, "2025-01-29");
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:function";
    assert_eq!(told[5]["record"]["functionArn"], arn);
    let report = &told[8]["record"];
    assert_eq!(report["metrics"], json!({"durationMs": 30.0}));
    let spans = report["spans"].as_array().expect("spans");
    let names: Vec<&Value> = spans.iter().map(|span| &span["name"]).collect();
    assert_eq!(names, ["responseLatency", "responseDuration"]);
    assert_eq!(report["errorType"], "Function.Odd");
}

#[test]
fn a_json_line_is_sent_as_json_from_the_second_schema_on() {
    let line = |version: &str| {
        let mut telemetry = telemetry(Mode::OnDemand);
        telemetry.setting.is_json = true;
        asked(
            &mut telemetry,
            Feed::Telemetry,
            &document(version, &json!({})),
        );
        telemetry.line(Actor::Extension(0), r#"{"a": 1}"#.to_owned(), 0);
        telemetry.line(Actor::Runtime, "[1]".to_owned(), 0);
        let told = events(&mut telemetry);
        assert_eq!(told[2]["record"], "[1]");
        told[1]["record"].clone()
    };
    assert_eq!(line("2022-07-01"), r#"{"a": 1}"#);
    assert_eq!(line("2022-12-13"), json!({"a": 1}));
}

#[test]
fn a_failed_initialisation_has_the_error_type_of_its_report() {
    let told = |said: Option<&str>| {
        let (mut telemetry, extensions) = (telemetry(Mode::OnDemand), none());
        telemetry.begin(0);
        asked(
            &mut telemetry,
            Feed::Telemetry,
            &document("2022-12-13", &json!({})),
        );
        said.into_iter()
            .for_each(|said| telemetry.cannot_start(Some(said)));
        telemetry.exited(&extensions, 20);
        let told = events(&mut telemetry);
        let names = ["platform.initRuntimeDone", "platform.initReport"];
        assert_eq!(types(&told)[2..], names);
        assert_eq!(told[2]["record"]["status"], "error");
        told[3]["record"]["errorType"].clone()
    };
    assert_eq!(told(None), "Runtime.ExitError");
    assert_eq!(told(Some("Runtime.NoSuchModule")), "Runtime.NoSuchModule");
    assert_eq!(told(Some("Unhandled")), "Runtime.Unknown");
}

#[test]
fn an_invocation_whose_process_is_gone_has_failed() {
    let told = |feed, version: &str| {
        let (mut telemetry, extensions) = (telemetry(Mode::OnDemand), none());
        asked(&mut telemetry, feed, &document(version, &json!({})));
        telemetry.polled(0);
        telemetry.settle(&extensions, 0);
        telemetry.started("first", None, 10);
        telemetry.exited(&extensions, 20);
        let told = events(&mut telemetry);
        are_valid(feed, &told);
        told
    };
    let of_telemetry = told(Feed::Telemetry, "2022-12-13");
    let report = &of_telemetry.last().expect("a report")["record"];
    assert_eq!(report["status"], "error");
    assert_eq!(report["errorType"], "Runtime.ExitError");
    let of_logs = told(Feed::Logs, "2020-08-15");
    let expect = ["platform.fault", "platform.end", "platform.report"];
    assert_eq!(types(&of_logs)[2..], expect);
}

#[test]
fn a_restore_is_told_where_there_is_one() {
    let (mut telemetry, extensions) = (telemetry(Mode::SnapStart), none());
    asked(
        &mut telemetry,
        Feed::Telemetry,
        &document("2022-12-13", &json!({})),
    );
    telemetry.polled(10);
    telemetry.settle(&extensions, 10);
    telemetry.restore(100);
    telemetry.polled(130);
    telemetry.started("first", None, 140);
    let told = events(&mut telemetry);
    let expect = [
        "platform.initRuntimeDone",
        "platform.initReport",
        "platform.restoreStart",
        "platform.restoreRuntimeDone",
        "platform.restoreReport",
        "platform.start",
    ];
    are_valid(Feed::Telemetry, &told);
    assert_eq!(types(&told)[1..], expect);
    assert_eq!(told[5]["record"]["metrics"]["durationMs"], 30.0);
}

#[test]
fn error_types_are_known_by_their_form() {
    let check = |said: &str, on_demand: &str, managed: &str| {
        let known = |mode| telemetry(mode).error_type(Some(said));
        assert_eq!(
            (&*known(Mode::OnDemand), &*known(MANAGED)),
            (on_demand, managed)
        );
    };
    check("Runtime.Some", "Runtime.Some", "Runtime.Some");
    check("Function.Xy", "Function.Xy", "Function.Xy");
    check("xRuntime.Foo", "xRuntime.Foo", "Runtime.Unknown");
    check("Runtime.Error2", "Runtime.Error2", "Runtime.Unknown");
    check("Runtime.some", "Runtime.Unknown", "Runtime.Unknown");
    check("Runtime.S", "Runtime.Unknown", "Runtime.Unknown");
}
