//! Broken runtimes, each made from a good recording by a small edit, with exactly the expected breaches.

use serde_json::{Value, json};

use super::edit::Tape;
use super::{check_beyond, check_valid, findings, pairs, recording};

const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";
const NEXT: &str = "/2018-06-01/runtime/invocation/next";

/// Makes a broken recording and compares all of its findings.
#[track_caller]
pub(super) fn check(id: &str, edit: impl FnOnce(&mut Tape), expected: &[(&str, &str)]) {
    let mut tape = Tape(recording(id));
    edit(&mut tape);
    check_valid("transcript.schema.json", None, &tape.0);
    let found = findings(id, &tape.0);
    assert_eq!(pairs(&found), expected, "{found:#?}");
    super::windows::check(&super::case(id), &super::transcript(&tape.0));
    for finding in found {
        let proof = &finding.evidence.lines;
        assert!(!proof.is_empty(), "{} without proof", finding.code);
    }
    check_beyond(id, &tape.0, expected);
}

#[track_caller]
pub(super) fn check_echo(edit: impl FnOnce(&mut Tape), expected: &[(&str, &str)]) {
    check("response/echo_object", edit, expected);
}

/// A correct error document.
pub(super) const DOCUMENT: &str = r#"{"errorMessage": "as asked", "errorType": "RicspecError"}"#;

fn post(exchange: &mut Value, target: &str) {
    exchange["method"] = "POST".into();
    exchange["target"] = target.into();
}

fn body(exchange: &mut Value, text: &str) {
    exchange["body"] = json!({"bytes": text.len(), "text": text});
}

/// Turns the response into an error with this document.
pub(super) fn to_error(tape: &mut Tape, document: &str) {
    let target = tape.at("/exchanges/1/target").as_str().unwrap_or_default();
    let target = target.replace("/response", "/error");
    tape.set("/exchanges/1/target", target);
    body(tape.at("/exchanges/1"), document);
}

#[test]
fn a_lost_invocation() {
    check_echo(
        |tape| {
            tape.only(1, 1).exited(1);
        },
        &[("RESP-01", "invocation-lost")],
    );
}

#[test]
fn no_answer_from_a_runtime_that_lives_on() {
    check_echo(
        |tape| {
            tape.only(1, 1).timed_out();
        },
        &[("RESP-01", "no-answer")],
    );
}

#[test]
fn a_second_answer() {
    check_echo(
        |tape| {
            tape.insert(1, 1);
        },
        &[("RESP-02", "answered-twice")],
    );
}

#[test]
fn an_error_after_the_answer() {
    check_echo(
        |tape| {
            let second = tape.insert(1, 1);
            let target = second["target"].as_str().unwrap_or_default();
            let target = target.replace("/response", "/error");
            post(second, &target);
            body(second, DOCUMENT);
        },
        &[("ERR-12", "answered-twice")],
    );
}

#[test]
fn a_poll_before_the_answer_was_taken() {
    check_echo(
        |tape| {
            let polled = tape.offset("/exchanges/2/at");
            tape.set("/exchanges/1/reply/at", polled + 500);
        },
        &[("NEXT-10", "next-before-ack")],
    );
}

#[test]
fn a_poll_in_place_of_an_answer() {
    check_echo(
        |tape| {
            tape.only(3, 1).timed_out();
            tape.exchanges().remove(1);
        },
        &[("NEXT-10", "invocation-dropped")],
    );
}

#[test]
fn an_answer_to_an_id_that_was_never_delivered() {
    check_echo(
        |tape| {
            tape.only(2, 1).timed_out();
            let unknown =
                "/2018-06-01/runtime/invocation/00000000-0000-0000-0000-000000000000/response";
            tape.set("/exchanges/1/target", unknown)
                .set("/exchanges/1/reply/status", 400);
        },
        &[("NEXT-05", "unknown-id")],
    );
}

#[test]
fn a_wrong_content_length() {
    check_echo(
        |tape| {
            let torn = "the connection ended after 51 of 60 bytes";
            let polled = tape.offset("/exchanges/2/at");
            tape.set("/exchanges/1/broken", torn)
                .set("/exchanges/1/reply", Value::Null)
                .set("/connections/0/closed", polled - 100);
            let second = json!({"opened": polled - 50, "peer": null, "closed": null, "closed_by": null, "garbage": null});
            tape.list("/connections").push(second);
            tape.set("/exchanges/2/connection", 1);
        },
        &[("RESP-06", "broken-framing")],
    );
}

#[test]
fn more_bytes_than_the_content_length_says() {
    check_echo(
        |tape| {
            tape.set(
                "/connections/0/garbage",
                json!({"bytes": 7, "text": " true]}"}),
            );
        },
        &[("RESP-06", "bytes-after-body")],
    );
}

#[test]
fn a_body_that_never_ends() {
    check_echo(
        |tape| {
            tape.only(2, 1).timed_out();
            tape.set("/exchanges/1/broken", "the case ended before the body did")
                .set("/exchanges/1/complete", Value::Null)
                .set("/exchanges/1/reply", Value::Null);
        },
        &[("RESP-06", "body-without-end")],
    );
}

#[test]
fn a_body_that_waits_for_leave() {
    check_echo(
        |tape| {
            tape.only(2, 1).timed_out();
            body(tape.at("/exchanges/1"), "");
            let expect = json!({"name": "Expect", "value": "100-continue"});
            tape.list("/exchanges/1/headers").push(expect);
            tape.set("/exchanges/1/broken", "the case ended before the body did")
                .set("/exchanges/1/complete", Value::Null)
                .set("/exchanges/1/reply", Value::Null);
        },
        &[("BOOT-15", "waits-for-continue")],
    );
}

#[test]
fn another_value_than_the_function_returned() {
    check_echo(
        |tape| body(tape.at("/exchanges/1"), r#"{"greeting": "hello"}"#),
        &[("RESP-03", "wrong-value")],
    );
}

#[test]
fn an_answer_that_is_no_json() {
    check_echo(
        |tape| body(tape.at("/exchanges/1"), "{'greeting': 'hello'}"),
        &[("RESP-03", "not-json")],
    );
}

#[test]
fn a_phantom_init_error() {
    check_echo(
        |tape| post(tape.insert(1, 1), INIT_ERROR),
        &[("INIT-06", "init-error-after-next")],
    );
    check_echo(
        |tape| post(tape.insert(1, 0), INIT_ERROR),
        &[("ERR-13", "init-error-in-invocation")],
    );
}

#[test]
fn an_init_error_that_comes_twice() {
    check(
        "init/failure_reported",
        |tape| {
            tape.insert(0, 0);
        },
        &[("INIT-05", "init-error-twice")],
    );
}

#[test]
fn a_poll_after_the_init_error() {
    check(
        "init/failure_reported",
        |tape| {
            let poll = tape.insert(0, 0);
            post(poll, NEXT);
            poll["method"] = "GET".into();
            body(poll, "");
        },
        &[("INIT-04", "next-after-init-error")],
    );
}

#[test]
fn a_setup_that_fails_in_silence() {
    check(
        "init/failure_reported",
        |tape| {
            tape.only(0, 0).exited(1);
        },
        &[("INIT-01", "init-failure-not-reported")],
    );
}

#[test]
fn no_poll_after_the_answer() {
    check_echo(
        |tape| {
            tape.only(2, 2).timed_out();
        },
        &[("NEXT-11", "no-next")],
    );
}

#[test]
fn two_polls_at_a_time() {
    check_echo(
        |tape| {
            let mut second = tape.at("/exchanges/2").clone();
            second["at"] = (tape.offset("/exchanges/2/at") + 10).into();
            second["dropped"] = Value::Null;
            tape.exchanges().push(second);
            tape.set("/exchanges/2/dropped", Value::Null);
        },
        &[("NEXT-10", "second-poll")],
    );
}

#[test]
fn a_poll_that_is_given_up() {
    check_echo(
        |tape| {
            let given_up = tape.offset("/exchanges/2/at") + 3_000_000;
            tape.set("/exchanges/2/dropped", given_up)
                .set("/connections/0/closed", given_up)
                .set("/end/at", given_up + 1_000_000);
        },
        &[("NEXT-03", "poll-given-up")],
    );
}

#[test]
fn a_hot_loop_on_a_refused_answer() {
    check(
        "service_errors/response_refused_with_410",
        |tape| {
            for after in 1..200 {
                tape.insert(1, after);
            }
            tape.set("/actors/0/exit", Value::Null)
                .set("/end/reason", "flood");
        },
        &[
            ("NEXT-18", "hot-loop"),
            ("RESP-20", "re-sent-after-refusal"),
        ],
    );
}

#[test]
fn bytes_that_are_no_http() {
    let hello = |bytes: &str| json!({"bytes": 4, "base64": bytes});
    let check = |garbage: Value, code: &str| {
        check_echo(
            |tape| {
                tape.only(0, 0).set("/connections/0/garbage", garbage);
                let end = tape.offset("/end/at");
                tape.set("/end", json!({"at": end, "reason": "never_called"}));
            },
            &[("BOOT-03", code)],
        );
    };
    // The first bytes of a TLS handshake, and four that mean nothing.
    check(hello("FgMB/w=="), "tls");
    check(hello("/wCA/g=="), "not-http");
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    check(json!({"bytes": preface.len(), "text": preface}), "http2");
}

#[test]
fn a_runtime_that_never_calls() {
    check_echo(
        |tape| {
            let end = tape.only(0, 0).offset("/end/at");
            tape.set("/connections", json!([]))
                .set("/end", json!({"at": end, "reason": "never_called"}));
        },
        &[("BOOT-01", "never-called")],
    );
}

#[test]
fn a_process_that_is_left_behind() {
    check_echo(
        |tape| {
            tape.set("/actors/0/leaked", json!(["4242 sleep 600"]));
        },
        &[("LIFE-06", "process-left-behind")],
    );
}

#[test]
fn an_exit_between_two_events() {
    check(
        "next/five_in_a_row",
        |tape| {
            tape.only(4, 4).exited(0);
        },
        &[("LIFE-01", "exit-in-health")],
    );
}

#[test]
fn a_new_process_for_every_event() {
    check(
        "next/five_in_a_row",
        |tape| body(tape.at("/exchanges/3"), r#"{"count": 1, "inits": 1}"#),
        &[("INIT-12", "not-the-same-process")],
    );
}

#[test]
fn a_failure_sent_as_a_success() {
    check(
        "error/reported",
        |tape| {
            let target = tape.at("/exchanges/1/target").as_str().unwrap_or_default();
            let target = target.replace("/error", "/response");
            tape.set("/exchanges/1/target", target);
        },
        &[("ERR-01", "response-instead-of-error")],
    );
}

#[test]
fn an_exit_after_the_error_of_a_function() {
    check(
        "error/reported",
        |tape| {
            tape.only(2, 2).exited(1);
        },
        &[("ERR-08", "exit-after-error")],
    );
}
