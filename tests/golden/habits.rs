//! Behaviour that Lambda accepts, and causes that a finding names.

use ricspec::case::{Case, embedded, read};
use ricspec::check::{Finding, judge};
use ricspec::law::Level;
use ricspec::run::outcome_of;
use ricspec::verdict::Outcome;
use serde_json::{Value, json};

use super::broken::{check_echo, to_error};
use super::edit::Tape;
use super::{findings, recording, transcript};

const ECHO: &str = "response/echo_object";

/// The findings of an echo's recording after an edit.
fn found(edit: impl FnOnce(&mut Tape)) -> Vec<Finding> {
    let mut tape = Tape(recording(ECHO));
    edit(&mut tape);
    findings(ECHO, &tape.0)
}

/// The only finding with a requirement and a code.
#[track_caller]
fn one(found: &[Finding], requirement: &str, code: &str) -> Finding {
    let is_it = |finding: &&Finding| finding.requirement == requirement && finding.code == code;
    let mut all = found.iter().filter(is_it);
    let one = all
        .next()
        .unwrap_or_else(|| panic!("no {requirement} {code} in {found:#?}"));
    assert!(all.next().is_none(), "{requirement} {code} twice");
    one.clone()
}

#[track_caller]
fn is_should(found: &[Finding], requirement: &str, code: &str) {
    assert_eq!(one(found, requirement, code).level, Level::Should);
}

#[test]
fn a_report_without_a_body_breaks_a_should_and_a_wrong_one_a_must() {
    is_should(&found(|tape| to_error(tape, "")), "ERR-02", "not-json");
    let wrong = found(|tape| to_error(tape, "failed"));
    assert_eq!(one(&wrong, "ERR-02", "not-json").level, Level::Must);
}

#[test]
fn what_the_service_serves_breaks_a_should() {
    let old = found(|tape| {
        tape.set("/exchanges/0/minor", 0);
    });
    is_should(&old, "BOOT-03", "http-version");
    let with_body = found(|tape| {
        tape.set("/exchanges/0/body", json!({"bytes": 2, "text": "{}"}));
    });
    is_should(&with_body, "NEXT-02", "body-on-next");
}

#[test]
fn a_body_above_the_limit_is_too_long_by_so_much() {
    let long = found(|tape| {
        let body = json!({"bytes": 6_291_999, "text": "\"xxx", "sha256": "0".repeat(64)});
        tape.set("/exchanges/1/body", body);
    });
    let finding = one(&long, "RESP-07", "too-long");
    assert_eq!(long.len(), 1, "{long:#?}");
    assert_eq!(finding.actual, "6291999 bytes, 443 too many");
}

/// The answer comes again on a new connection, after one that got no reply.
fn sent_again(tape: &mut Tape, first_connection: u64) {
    tape.insert(1, 1)["connection"] = 1.into();
    tape.set("/exchanges/1/reply", Value::Null);
    tape.set("/exchanges/1/connection", first_connection);
    let connection = tape.at("/connections/0").clone();
    let all = tape.list("/connections");
    all.resize(3, connection);
}

#[test]
fn an_answer_may_be_sent_once_more_where_a_used_connection_gave_no_byte() {
    check_echo(|tape| sent_again(tape, 0), &[]);
    check_echo(
        |tape| sent_again(tape, 2),
        &[("RESP-23", "re-sent-after-break")],
    );
}

#[test]
fn an_answer_after_the_invocation_has_ended_breaks_a_should() {
    let late = found(|tape| {
        let poll = tape.offset("/exchanges/2/at");
        let mut again = tape.at("/exchanges/1").clone();
        again["at"] = (poll + 1).into();
        let target = again["target"].as_str().expect("a path");
        again["target"] = target.replace("/response", "/error").into();
        tape.exchanges().push(again);
    });
    is_should(&late, "ERR-12", "answered-twice");
}

fn shipped(id: &str) -> Case {
    let sources: Vec<_> = embedded().into_iter().filter(|one| one.id == id).collect();
    read(&sources).expect("a case").remove(0)
}

#[test]
fn a_clock_that_is_set_is_not_the_fault_of_the_runtime() {
    let case = shipped("context/remaining_time_falls");
    let body = r#"{"remaining_ms": 10000, "remaining_later_ms": 3609628}"#;
    let mut tape = Tape(recording(ECHO));
    tape.set(
        "/exchanges/1/body",
        json!({"bytes": body.len(), "text": body}),
    );
    let began = tape.offset("/began_unix_ms");
    let end = tape.offset("/end/at") / 1000;

    tape.at("/end")["unix_ms"] = (began + end).into();
    let steady = judge(&case, &transcript(&tape.0));
    assert_eq!(one(&steady, "CTX-03", "out-of-range").level, Level::Must);

    tape.at("/end")["unix_ms"] = (began + end - 3_600_000).into();
    let set_back = transcript(&tape.0);
    assert_eq!(judge(&case, &set_back), []);
    let Outcome::Fault(reason) = outcome_of(&case, &set_back) else {
        panic!("a verdict on a clock that was set");
    };
    assert!(reason.contains("set back by 3600000 ms"), "{reason}");
}

#[test]
fn a_poll_ends_with_a_process_that_the_service_kills() {
    check_echo(
        |tape| {
            let killed = tape.offset("/exchanges/2/at") + 3_000_000;
            tape.set("/exchanges/2/dropped", killed + 10)
                .set("/connections/0/closed", killed + 10)
                .set("/end/at", killed + 1_000_000)
                .list("/actors/0/signals")
                .push(json!({"at": killed, "signal": "KILL"}));
        },
        &[],
    );
}
