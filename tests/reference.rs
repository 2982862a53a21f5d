//! The reference runtime answers as the standard says: every verb of the fixture, and every behaviour of the service. This
//! looks directly at the wire, without the checks, which are tested against the reference runtime.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ricspec::case::{Case, embedded, read};
use ricspec::play::{Stage, play};
use ricspec::runtime::Site;
use ricspec::transcript::{ActorKind, Direction, EndReason, Exchange, Reply, Signal, Transcript};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

fn play_case(case: &Case) -> Transcript {
    let stage = Stage {
        command: vec![
            env!("CARGO_BIN_EXE_ricspec").to_owned(),
            "reference".to_owned(),
        ],
        target: None,
        beside: Vec::new(),
        own_network: None,
        extension: vec![
            env!("CARGO_BIN_EXE_ricspec").to_owned(),
            "reference".to_owned(),
            "--extension".to_owned(),
        ],
        handler: "fixture.handler".to_owned(),
        task_root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        env: BTreeMap::new(),
        startup: Duration::from_secs(10),
        time_scale: 1.0,
        seed: 1,
        boots: Arc::new(Semaphore::new(4)),
        port: None,
        site: Site::Machine,
        memory_mb: 512,
        mask: Arc::default(),
        hurry: CancellationToken::new(),
    };
    let event_loop = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("an event loop");
    let transcript = event_loop
        .block_on(play(case, &stage, &CancellationToken::new()))
        .expect("the stage holds");
    let written = serde_json::to_value(&transcript).expect("JSON");
    let schema = include_str!("../specs/schemas/transcript.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<_> = schema
        .iter_errors(&written)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    transcript
}

/// Plays steps, with more members of a case.
fn act(steps: Value, members: Value) -> Transcript {
    let mut case = json!({
        "$schema": "", "id": "reference/here", "title": "", "why": "", "requirements": [], "steps": steps,
    });
    for (name, value) in members.as_object().expect("an object") {
        case[name] = value.clone();
    }
    let case: Case = serde_json::from_str(&case.to_string()).expect("a case");
    play_case(&case)
}

fn expect(call: &str) -> Value {
    json!({ "expect": { "call": call, "cites": "" } })
}

fn serve(event: &Value) -> Value {
    json!({ "serve": { "event": { "text": event.to_string() } } })
}

/// The answers that were posted.
fn answers(transcript: &Transcript) -> Vec<&Exchange> {
    let posted = |exchange: &&Exchange| exchange.head().method == "POST";
    transcript.exchanges.iter().filter(posted).collect()
}

fn verb_of(exchange: &Exchange) -> String {
    let target = exchange.head().target;
    target.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Plays one event, given as text, and gives the answer: where it went, and its body.
fn answer_to(event: &str) -> (String, String) {
    let steps = json!([
        { "serve": { "event": { "text": event } } },
        expect("answer"),
        expect("next"),
    ]);
    let transcript = act(steps, json!({}));
    assert_eq!(transcript.end.reason, EndReason::Complete, "{event}");
    let posted = answers(&transcript);
    assert_eq!(posted.len(), 1, "{event}: {posted:?}");
    let body = String::from_utf8(posted[0].body.kept.to_vec()).expect("UTF-8");
    (verb_of(posted[0]), body)
}

#[track_caller]
fn check(event: Value, response: &str) {
    let (verb, body) = answer_to(&event.to_string());
    assert_eq!((verb.as_str(), body.as_str()), ("response", response));
}

fn event(verb: &str, members: Value) -> Value {
    let mut event = members;
    event["ricspec"] = json!(1);
    event["do"] = json!(verb);
    event
}

#[test]
fn simple_verbs_are_answered() {
    check(event("null", json!({})), "null");
    check(event("sleep", json!({ "ms": 5 })), r#"{"slept_ms":5}"#);
    check(event("large", json!({ "bytes": 5 })), r#""xxxxx""#);
    check(event("count", json!({})), r#"{"count":1,"inits":1}"#);
    check(event("late", json!({})), r#"{"late":true}"#);
    let line = json!({ "message": "logged", "level": "info" });
    check(event("logger", line), r#"{"logged":true}"#);
    let names = json!({ "names": ["AWS_REGION", "RICSPEC_NO_SUCH"] });
    check(
        event("env", names),
        r#"{"AWS_REGION":"us-east-1","RICSPEC_NO_SUCH":null}"#,
    );
    let (verb, body) = answer_to(r#"{"ricspec":1,"do":"describe"}"#);
    assert_eq!(verb, "response");
    assert!(
        body.contains("missing-handler") && body.contains("ricspec-reference/"),
        "{body}"
    );
}

#[test]
fn the_record_names_who_called_and_from_where() {
    let served = serve(&event("null", json!({})));
    let transcript = act(json!([served, expect("response")]), json!({}));
    let runtime = transcript.runtime();
    assert_eq!(
        (&*runtime.name, runtime.kind),
        ("runtime", ActorKind::Runtime)
    );
    assert_eq!(
        runtime.command.last().map(String::as_str),
        Some("reference")
    );
    let poll = &transcript.exchanges[0];
    assert_eq!((poll.actor, poll.direction), (Some(0), Direction::Inbound));
    let peer = transcript.connections[0]
        .peer
        .as_deref()
        .unwrap_or_default();
    let port = peer.strip_prefix("127.0.0.1:").map(str::parse::<u16>);
    assert!(matches!(port, Some(Ok(1..))), "{peer}");
    let answer = answers(&transcript)[0];
    assert!(answer.body.bytes > 0 && answer.chunks().is_none());
}

#[test]
fn echo_keeps_every_byte() {
    for value in [
        "9007199254740993",
        "1e400",
        r#"{"b":1,"a":2,"b":3}"#,
        r#""\ud800 \u00e9 é 😀""#,
        "{}",
        "null",
        "[1, 2 ,3]",
        &format!("{}{}", "[".repeat(500), "]".repeat(500)),
    ] {
        let event = format!(r#"{{"ricspec":1,"do":"echo","value":{value}}}"#);
        assert_eq!(answer_to(&event), ("response".to_owned(), value.to_owned()));
    }
}

#[test]
fn what_is_no_event_or_no_json_is_an_error() {
    let check = |event: &str, kind: &str| {
        let (verb, body) = answer_to(event);
        let document: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(verb, "error", "{event}");
        assert_eq!(document["errorType"], kind, "{event}");
        assert!(document["errorMessage"].is_string() && document["stackTrace"].is_array());
    };
    check("", "Runtime.UnmarshalError");
    check("{", "Runtime.UnmarshalError");
    check("[1]", "Runtime.UnmarshalError");
    check("null", "Runtime.UnmarshalError");
    check(
        r#"{"ricspec":1,"do":"unserializable"}"#,
        "Runtime.MarshalError",
    );
    check(r#"{"ricspec":1,"do":"nan"}"#, "Runtime.MarshalError");
    check(r#"{"ricspec":1,"do":"dance"}"#, "UnknownVerb");
    check(
        r#"{"ricspec":1,"do":"fail","type":"Boom","message":"é\n\""}"#,
        "Boom",
    );
}

#[test]
fn a_failure_is_reported_with_its_headers_and_logged() {
    let steps = json!([
        {"serve": {
            "event": { "json": { "ricspec": 1, "do": "fail", "type": "Boom", "message": "a \u{e9}" } },
            "headers": { "Lambda-Runtime-Invocation-Id": "attempt" },
        }},
        expect("error"),
        serve(&event("count", json!({}))),
        expect("response"),
        expect("next"),
    ]);
    let transcript = act(steps, json!({}));
    assert_eq!(transcript.end.reason, EndReason::Complete);
    let posted = answers(&transcript);
    let header = |name: &str| posted[0].header(name).unwrap_or_default();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(
        header("Lambda-Runtime-Function-Error-Type"),
        "Function.Boom"
    );
    assert_eq!(header("Lambda-Runtime-Invocation-Id"), "attempt");
    assert!(header("User-Agent").starts_with("ricspec-reference/"));
    let cause: Value = serde_json::from_str(&header("Lambda-Runtime-Function-XRay-Error-Cause"))
        .expect("the cause is JSON");
    assert_eq!(cause["exceptions"][0]["message"], "a \u{e9}");
    assert!(transcript.runtime().stderr.contains("Boom: a \u{e9}"));
    assert_eq!(posted[1].header("Lambda-Runtime-Invocation-Id"), None);
    assert_eq!(&*posted[1].body.kept, br#"{"count":2,"inits":1}"#);
}

#[test]
fn the_context_is_of_this_invocation_only() {
    let context = event("context", json!({ "wait_ms": 30 }));
    let steps = json!([
        {"serve": {
            "event": { "text": context.to_string() },
            "request_id": "a b/c%",
            "headers": {
                "Lambda-Runtime-Client-Context": r#"{"custom":{"n":9007199254740993}}"#,
                "Lambda-Runtime-Cognito-Identity": r#"{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}"#,
                "Lambda-Runtime-Aws-Tenant-Id": "tenant",
            },
            "shape": { "names": "lower", "framing": { "chunked": [7] } },
        }},
        expect("response"),
        {"serve": {
            "event": { "text": context.to_string() },
            "headers": { "Lambda-Runtime-Trace-Id": null, "Lambda-Runtime-Deadline-Ms": null, "Lambda-Runtime-Invoked-Function-Arn": null },
        }},
        expect("response"),
        {"serve": { "event": { "text": context.to_string() }, "headers": { "Lambda-Runtime-Client-Context": "{" }}},
        expect("error"),
        expect("next"),
    ]);
    let transcript = act(steps, json!({}));
    assert_eq!(transcript.end.reason, EndReason::Complete);
    let posted = answers(&transcript);
    let view = |index: usize| -> Value {
        serde_json::from_slice(&posted[index].body.kept).expect("a JSON response")
    };
    let (first, second) = (view(0), view(1));
    assert_eq!(first["request_id"], "a b/c%");
    let text = String::from_utf8_lossy(&posted[0].body.kept);
    assert!(text.contains(r#""client_context":{"custom":{"n":9007199254740993}}"#));
    assert_eq!(first["identity"]["cognitoIdentityPoolId"], "p");
    assert_eq!(first["tenant_id"], "tenant");
    assert_eq!(first["memory_limit_mb"], 512);
    assert_eq!(
        first["trace_id"],
        transcript.invocations[0]
            .header("Lambda-Runtime-Trace-Id")
            .unwrap_or_default()
    );
    let ms = |name: &str| first[name].as_i64().expect("a number");
    assert!((ms("remaining_ms") - ms("remaining_later_ms") - 30).abs() < 25);
    for absent in [
        "client_context",
        "identity",
        "tenant_id",
        "trace_id",
        "deadline_ms",
    ] {
        assert_eq!(second[absent], Value::Null, "{absent}");
    }
}

#[test]
fn output_reaches_the_streams_and_a_full_pipe_does_no_harm() {
    let log = event(
        "log",
        json!({ "stdout": "to-out", "stderr": "to-err", "bytes": 300_000 }),
    );
    let steps = json!([serve(&log), expect("response"), expect("next")]);
    let plain = act(steps.clone(), json!({}));
    assert_eq!(plain.end.reason, EndReason::Complete);
    assert!(plain.runtime().stdout.contains("to-out\n"));
    assert!(plain.runtime().stderr.contains("to-err\n"));
    assert!(plain.runtime().stdout.bytes > 300_000);
    let json = act(steps, json!({ "env": { "AWS_LAMBDA_LOG_FORMAT": "JSON" } }));
    let first = json
        .runtime()
        .stdout
        .head
        .lines()
        .next()
        .unwrap_or_default();
    let line: Value = serde_json::from_str(first).expect("a JSON line");
    assert_eq!(line["message"], "to-out");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["requestId"], json.invocations[0].request_id.as_str());
    assert!(line["timestamp"].is_string());
}

#[test]
fn a_failed_init_is_reported_once_and_ends_the_runtime() {
    let check = |members: Value, kind: &str| {
        let transcript = act(json!([expect("init_error"), expect("exit")]), members);
        assert_eq!(transcript.end.reason, EndReason::Complete);
        assert_eq!(transcript.exchanges.len(), 1);
        let exit = transcript.runtime().exit.expect("it ended");
        assert_eq!(exit.code, Some(1));
        let header = transcript.exchanges[0].header("Lambda-Runtime-Function-Error-Type");
        assert_eq!(header.as_deref(), Some(kind));
    };
    check(
        json!({ "env": { "RICSPEC_INIT": "fail" } }),
        "Function.InitError",
    );
    check(json!({ "handler": "no.such" }), "Runtime.NoSuchHandler");
    let exit = json!({ "env": { "RICSPEC_INIT": "exit" } });
    let transcript = act(json!([expect("exit")]), exit);
    assert_eq!(
        transcript.runtime().exit.and_then(|exit| exit.code),
        Some(3)
    );
    let slow = json!({ "env": { "RICSPEC_INIT": "sleep:50" } });
    let transcript = act(json!([expect("next")]), slow);
    assert_eq!(transcript.end.reason, EndReason::Complete);
}

#[test]
fn the_function_may_end_the_process() {
    let exit = |event: Value| {
        let transcript = act(json!([serve(&event), expect("exit")]), json!({}));
        assert_eq!(transcript.exchanges.len(), 1, "no post");
        let exit = transcript.runtime().exit.expect("it ended");
        (exit.code, exit.signal)
    };
    assert_eq!(exit(event("exit", json!({ "code": 7 }))), (Some(7), None));
    assert_eq!(exit(event("abort", json!({}))), (None, Some(6)));
}

#[test]
fn a_child_stays_in_the_process_group() {
    let spawn = event("spawn", json!({ "seconds": 60 }));
    let steps = json!([serve(&spawn), expect("response"), expect("next")]);
    let transcript = act(steps, json!({}));
    assert_eq!(transcript.end.reason, EndReason::Complete);
    assert!(transcript.runtime().leaked.is_empty());
}

#[test]
fn a_late_failure_is_logged_and_harms_nothing() {
    let steps = json!([
        serve(&event("late", json!({}))),
        expect("response"),
        { "quiet": { "ms": 300, "cites": "" } },
        serve(&event("null", json!({}))),
        expect("response"),
        expect("next"),
    ]);
    let transcript = act(steps, json!({}));
    assert_eq!(transcript.end.reason, EndReason::Complete);
    assert_eq!(answers(&transcript).len(), 2);
    assert!(transcript.runtime().stderr.contains("LateError"));
}

#[test]
fn refused_answers_are_not_fatal_and_not_sent_again() {
    let event = serve(&event("null", json!({})));
    for status in [400, 403, 410, 413, 200, 204] {
        let refused =
            json!({ "expect": { "call": "response", "cites": "", "ack": { "status": status } } });
        let steps = json!([event, refused, event, expect("response"), expect("next")]);
        let transcript = act(steps, json!({}));
        assert_eq!(transcript.end.reason, EndReason::Complete, "{status}");
        // After a 400 the invocation is still open: the service delivers the event again.
        let expected = if status == 400 { 3 } else { 2 };
        assert_eq!(answers(&transcript).len(), expected, "{status}");
    }
    let refused =
        json!({ "expect": { "call": "response", "cites": "", "ack": { "status": 500 } } });
    let transcript = act(json!([event, refused, expect("exit")]), json!({}));
    assert_eq!(
        transcript.runtime().exit.and_then(|exit| exit.code),
        Some(1)
    );
}

#[test]
fn a_broken_service_is_left() {
    let check = |refuse: Value| {
        let steps = json!([{ "refuse": refuse }, expect("exit")]);
        let transcript = act(steps, json!({}));
        let code = transcript.runtime().exit.and_then(|exit| exit.code);
        assert_eq!(code, Some(1), "{transcript:?}");
    };
    check(json!({ "status": 500 }));
    check(json!({ "status": 403 }));
    check(json!({ "status": 204 }));
    check(json!({ "shape": { "raw": { "text": "\u{1}garbage\r\n\r\n" } } }));
    check(
        json!({ "status": 200, "body": { "text": "{}{}" }, "shape": { "cut": { "body_bytes": 2 } } }),
    );
    let transcript = act(json!([expect("exit")]), json!({ "address": "refused" }));
    assert_eq!(
        transcript.runtime().exit.and_then(|exit| exit.code),
        Some(1)
    );
    assert!(transcript.runtime().stderr.contains("cannot reach"));
}

#[test]
fn connections_may_close_and_addresses_vary() {
    let turn = |after_event: &str, after_answer: &str| {
        let serve =
            json!({ "event": { "json": { "do": "null" } }, "shape": { "close": after_event } });
        let answer = json!({
            "call": "response", "cites": "", "ack": { "shape": { "close": after_answer } },
        });
        let (serve, answer) = (json!({ "serve": serve }), json!({ "expect": answer }));
        json!([serve, answer, serve, answer, expect("next")])
    };
    // An unannounced close after an event may lose the answer, so it comes only after answers.
    for (after_event, after_answer, connections) in [
        ("announced", "announced", 5),
        ("never", "silent", 3),
        ("never", "never", 1),
    ] {
        let transcript = act(turn(after_event, after_answer), json!({}));
        assert_eq!(transcript.end.reason, EndReason::Complete, "{after_answer}");
        assert_eq!(transcript.exchanges.len(), 5, "{after_answer}");
        assert_eq!(transcript.connections.len(), connections, "{after_answer}");
    }
    for address in ["other_loopback", "hostname", "ipv6"] {
        let transcript = act(turn("never", "never"), json!({ "address": address }));
        assert_eq!(transcript.end.reason, EndReason::Complete, "{address}");
    }
}

#[test]
fn a_signal_ends_the_runtime_whether_idle_or_busy() {
    let term = json!({ "signal": "TERM" });
    let exit = json!({ "expect": { "call": "exit", "cites": "", "within_ms": 300 } });
    let idle = act(json!([expect("next"), term, exit]), json!({}));
    assert_eq!(idle.end.reason, EndReason::Complete);
    let sleep = serve(&event("sleep", json!({ "ms": 60_000 })));
    let busy = act(json!([sleep, term, exit]), json!({}));
    assert_eq!(busy.end.reason, EndReason::Complete);
    assert!(answers(&busy).is_empty());
}

#[test]
fn an_extension_beside_the_runtime_is_told_of_the_event_and_of_the_end() {
    let cases = read(&embedded()).expect("our cases");
    let mut cases = cases.iter();
    let case = cases.find(|case| case.id == "extensions/shut_down_beside_one");
    let transcript = play_case(case.expect("the case"));
    assert_eq!(transcript.end.reason, EndReason::Complete);
    let polls = transcript.exchanges.iter();
    let polls = polls.filter(|exchange| exchange.head().target.ends_with("/event/next"));
    let replies: Vec<_> = polls
        .map(|poll| (poll.actor, poll.reply.as_ref().expect("a reply")))
        .collect();
    let [(Some(1), invoke), (Some(1), end)] = replies.as_slice() else {
        panic!("{replies:?}");
    };
    let told = |reply: &Reply| -> Value {
        let text = reply.wire.text();
        let (_, body) = text.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).expect("JSON")
    };
    let invoke = told(invoke);
    let id = &transcript.invocations[0].request_id;
    assert_eq!(
        (&invoke["eventType"], &invoke["requestId"]),
        (&json!("INVOKE"), &json!(id))
    );
    assert_eq!(told(end)["shutdownReason"], "spindown");
    let actors: Vec<_> = transcript.actors.iter().collect();
    let [runtime, watcher] = actors.as_slice() else {
        panic!("two actors");
    };
    assert!(runtime.started > watcher.started);
    let signals: Vec<Signal> = runtime.signals.iter().map(|record| record.signal).collect();
    assert_eq!(signals, [Signal::Term]);
    assert!(runtime.exit.expect("its end").at <= end.at);
    assert_eq!(watcher.exit.expect("its end").code, Some(0));
    assert!(watcher.signals.is_empty());
    assert!(runtime.env.contains_key("_HANDLER") && !watcher.env.contains_key("_HANDLER"));
}
