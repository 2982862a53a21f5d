//! The calls of an extension beside the runtime: the audit of the runtime does not look at them.

use ricspec::run::outcome_of;
use ricspec::transcript::Transcript;
use ricspec::verdict::Outcome;
use serde_json::{Value, json};

use super::edit::Tape;
use super::{case, findings, pairs, recording, transcript, windows};

const ECHO: &str = "response/echo_object";

/// The recording with an extension beside the runtime that makes this call, and sends bytes that are not a request. The
/// runtime would break requirements with both.
fn beside(actor: usize, target: &str) -> Value {
    let mut tape = Tape(recording(ECHO));
    let mut extension = tape.at("/actors/0").clone();
    (extension["name"], extension["kind"]) = (json!("watcher"), json!("extension"));
    tape.list("/actors").push(extension);
    let end = tape.offset("/end/at");
    let mut connection = tape.at("/connections/0").clone();
    connection["actor"] = json!(actor);
    connection["garbage"] = json!({"bytes": 4, "text": "\u{16}\u{3}ab"});
    tape.list("/connections").push(connection);
    let mut call = tape.at("/exchanges/0").clone();
    for (member, value) in [
        ("actor", json!(actor)),
        ("connection", json!(1)),
        ("at", json!(end)),
        ("complete", json!(end)),
        ("target", json!(target)),
        ("minor", json!(0)),
        ("reply", Value::Null),
        ("delivered", Value::Null),
    ] {
        call[member] = value;
    }
    tape.exchanges().push(call);
    tape.0
}

fn outcome(transcript: &Transcript) -> Outcome {
    outcome_of(&case(ECHO), transcript)
}

#[track_caller]
fn is_fault(value: &Value, says: &str) {
    match outcome(&transcript(value)) {
        Outcome::Fault(reason) => assert!(reason.contains(says), "{reason}"),
        other => panic!("not a fault: {other:?}"),
    }
}

const NEXT: &str = "/2018-06-01/runtime/invocation/next";

#[test]
fn each_call_is_judged_as_that_of_its_actor() {
    for target in [NEXT, "/2020-01-01/extension/event/next"] {
        let tape = beside(1, target);
        assert_eq!(pairs(&findings(ECHO, &tape)), [], "{target}");
        windows::check(&case(ECHO), &transcript(&tape));
    }
    let own = findings(ECHO, &beside(0, NEXT));
    let own = pairs(&own);
    for breach in [("BOOT-03", "http-version"), ("BOOT-03", "tls")] {
        assert!(own.contains(&breach), "{own:?}");
    }
    windows::check(&case(ECHO), &transcript(&beside(0, NEXT)));
}

#[test]
fn an_extension_that_takes_the_calls_of_the_runtime_is_a_fault_of_ours() {
    is_fault(
        &beside(1, NEXT),
        "`watcher`, an extension beside the runtime, has called the Runtime API itself (GET /2018-06-01",
    );
    let beside = transcript(&beside(1, "/2020-01-01/extension/event/next"));
    assert!(matches!(outcome(&beside), Outcome::Judged { .. }));
}

#[test]
fn what_an_extension_holds_up_is_a_fault_of_ours_and_the_record_says_so() {
    let mut tape = Tape(recording(ECHO));
    tape.only(1, 1)
        .set("/end/reason", "deadline")
        .set("/end/at", 20_000_000);
    assert!(
        matches!(outcome(&transcript(&tape.0)), Outcome::Judged { findings, .. } if !findings.is_empty())
    );
    tape.0["held_up"] = json!("watcher");
    is_fault(
        &tape.0,
        "`watcher`, the extension beside the runtime, did not do its part",
    );
    let read: Transcript = transcript(&tape.0);
    let written = serde_json::to_value(&read).expect("JSON");
    assert_eq!(written["held_up"], "watcher");
}
