//! A case that plays what the real service never does says so, and no other case does: its findings are then no MUST.
//!
//! What a layer, an extension, a proxy or Managed Instances may bring is not beyond: signals, invocation ids, other letter
//! case of header names, chunks, empty headers, the documented refusals, idle connections that are closed.

use std::collections::BTreeSet;

use ricspec::case::{
    Ack, Address, Case, Close, Cut, CutHow, Framing, Payload, Refuse, Serve, Shape, Step, What,
};
use ricspec::law::{Level, requirements};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{cases, none};

/// The longest time that the service gives an invocation: 90 minutes, on Managed Instances.
const TIMEOUT_MS_MAX: i64 = 5_400_000;

/// Variables that a function in Lambda may lack: SnapStart does not set the first two and the credentials.
const OPTIONAL_VARIABLES: [&str; 5] = [
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// The statuses of the service for a poll, without 200.
const REFUSALS_OF_NEXT: [u16; 2] = [403, 500];

/// The statuses of the service for a POST.
const ANSWERS_TO_POST: [u16; 6] = [202, 400, 403, 410, 413, 500];

/// Headers that every event of the service has.
const ALWAYS_SENT: [&str; 4] = [
    "lambda-runtime-aws-request-id",
    "lambda-runtime-deadline-ms",
    "lambda-runtime-invoked-function-arn",
    "content-type",
];

/// Requirements that still need lawful cases, each with what these would be.
const WITHOUT_LAWFUL_CASE: [(&str, &str); 1] =
    [("CTX-08", "a legal client context of an unexpected shape")];

/// What a case does that the real service never does.
fn beyond(case: &Case) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let unset = case.env.iter().filter(|(_, value)| value.is_none());
    for (name, _) in unset.filter(|(name, _)| !OPTIONAL_VARIABLES.contains(&name.as_str())) {
        found.insert(format!("no variable {name}"));
    }
    if case.address == Address::Refused {
        found.insert("nobody listens".to_owned());
    }
    if case.withhold_continue {
        found.insert("no 100 Continue".to_owned());
    }
    if !case.extensions {
        found.insert("no Extensions API".to_owned());
    }
    if !case.telemetry {
        found.insert("no Telemetry API".to_owned());
    }
    for step in case.earlier.iter().chain(&case.steps) {
        found.extend(match step {
            Step::Serve(serve) => of_event(serve),
            Step::Refuse(refuse) => of_refusal(refuse),
            Step::Expect(expect) if expect.call == What::RestoreNext && expect.ack.is_some() => {
                vec!["a call for a restore that is refused".to_owned()]
            }
            Step::Expect(expect) => expect.ack.as_ref().map(of_ack).unwrap_or_default(),
            Step::Quiet(_)
            | Step::Signal(_)
            | Step::Freeze(_)
            | Step::Measure(_)
            | Step::Shutdown(_)
            | Step::Deliver(_) => Vec::new(),
        });
    }
    found
}

/// The remarks whose condition holds.
fn remarks<const N: usize>(all: [(bool, &str); N]) -> Vec<String> {
    let held = all.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, words)| words.to_owned()).collect()
}

fn of_event(serve: &Serve) -> Vec<String> {
    let id = serve.request_id.as_deref();
    let mut found = remarks([
        (!is_json(&serve.event), "an event that is not JSON"),
        (!id.is_none_or(is_uuid), "a request id that is not a UUID"),
        (serve.timeout_ms <= 0, "a deadline in the past"),
        (serve.timeout_ms > TIMEOUT_MS_MAX, "a deadline too far away"),
        (serve.shape.cut.is_some(), "an event that breaks off"),
    ]);
    for (name, value) in &serve.headers {
        let name = name.to_ascii_lowercase();
        let text = value.as_deref();
        if text.is_none() && ALWAYS_SENT.contains(&name.as_str()) {
            found.push(format!("no {name}"));
        }
        let json = name.ends_with("client-context") || name.ends_with("cognito-identity");
        if json && !text.is_none_or(|text| text.is_empty() || is_object(text)) {
            found.push(format!("a {name} that is not a JSON object"));
        }
        if name.ends_with("invocation-id") && !text.is_none_or(str::is_ascii) {
            found.push("an invocation id that is not a UUID".to_owned());
        }
    }
    found.extend(of_shape(&serve.shape));
    found
}

fn of_refusal(refuse: &Refuse) -> Vec<String> {
    // Managed Instances close the polls once at the end.
    let closed = |cut: &Cut| {
        cut.head_bytes == Some(0) && cut.how == CutHow::Close && refuse.for_ms.is_none()
    };
    let cut = refuse.shape.cut.as_ref();
    let mut found = remarks([
        (
            !REFUSALS_OF_NEXT.contains(&refuse.status),
            "a status that /next does not have",
        ),
        (
            !cut.is_none_or(closed),
            "a refusal that breaks off, or polls that are closed again and again",
        ),
    ]);
    found.extend(of_shape(&refuse.shape));
    found
}

fn of_ack(ack: &Ack) -> Vec<String> {
    let is_json_type = |value: &Option<String>| value.as_deref() == Some("application/json");
    let kind = ack
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let reason = ack.members.get("shutdownReason");
    let mut found = remarks([
        (
            !ack.status
                .is_none_or(|status| ANSWERS_TO_POST.contains(&status)),
            "a status that POST does not have",
        ),
        (
            !ack.body.as_ref().is_none_or(is_document),
            "a reply that is not the document of the service",
        ),
        (
            !kind.is_none_or(|(_, value)| is_json_type(value)),
            "a reply that is not application/json",
        ),
        (ack.shape.cut.is_some(), "a reply that breaks off"),
        (
            !reason.is_none_or(is_known_reason),
            "a reason for a shutdown that the service does not have",
        ),
    ]);
    found.extend(of_shape(&ack.shape));
    found
}

fn of_shape(shape: &Shape) -> Vec<String> {
    remarks([
        (shape.http_1_0, "HTTP/1.0"),
        (shape.dateless, "no Date"),
        (shape.close == Close::Half, "a half-closed connection"),
        (
            matches!(&shape.framing, Framing::Chunked(sizes) if sizes.is_empty()),
            "chunks without a size",
        ),
        (
            !shape.raw.as_ref().is_none_or(is_plain_chunked),
            "bytes that Go's net/http and proxies do not write",
        ),
    ])
}

fn bytes(payload: &Payload) -> Vec<u8> {
    payload.bytes().expect("a payload that was read")
}

/// Whether it is JSON, to whatever depth.
fn is_json(payload: &Payload) -> bool {
    serde_json::from_slice::<Box<RawValue>>(&bytes(payload)).is_ok()
}

fn is_object(text: &str) -> bool {
    matches!(serde_json::from_str(text), Ok(Value::Object(_)))
}

fn is_uuid(id: &str) -> bool {
    let hex = |letter: char| matches!(letter, '0'..='9' | 'a'..='f');
    let groups: Vec<&str> = id.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.chars().all(hex))
}

/// The documentation writes the reasons in capitals, the service does not.
fn is_known_reason(reason: &Value) -> bool {
    let reason = reason.as_str().unwrap_or_default().to_ascii_lowercase();
    ["spindown", "timeout", "failure"].contains(&&*reason)
}

/// Whether it is what the service says about an answer: that it is accepted, or why not.
fn is_document(payload: &Payload) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_slice(&bytes(payload)) else {
        return false;
    };
    members.get("status").is_some_and(|status| status == "OK") || members.contains_key("errorType")
}

/// Whether it is an HTTP/1.1 reply in chunks without leading zeros, extensions or trailers.
fn is_plain_chunked(raw: &Payload) -> bool {
    let text = String::from_utf8_lossy(&bytes(raw)).into_owned();
    let Some((head, mut rest)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    if !head.starts_with("HTTP/1.1 ") || !head.contains("\r\nTransfer-Encoding: chunked") {
        return false;
    }
    while let Some((line, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(line, 16).ok();
        match size.filter(|_| line == "0" || !line.starts_with('0')) {
            Some(0) => return after == "\r\n",
            Some(size) => match after.get(size..).and_then(|rest| rest.strip_prefix("\r\n")) {
                Some(after) => rest = after,
                None => return false,
            },
            None => return false,
        }
    }
    false
}

#[test]
fn a_case_says_that_it_is_beyond_the_service_exactly_when_it_is() {
    let mut faults = Vec::new();
    for case in cases() {
        let found: Vec<String> = beyond(&case).into_iter().collect();
        match (&case.beyond, found.as_slice()) {
            (None, []) => {}
            (Some(why), [_, ..]) => {
                let sentence = why.starts_with(|c: char| c.is_uppercase()) && why.ends_with('.');
                if !sentence {
                    faults.push(format!("{}: `beyond` is a sentence: {why}", case.id));
                }
            }
            (None, found) => faults.push(format!(
                "{}: it needs a `beyond`, for the service never does this: {}",
                case.id,
                found.join(", ")
            )),
            (Some(_), []) => faults.push(format!(
                "{}: nothing in it is beyond what reaches a runtime in Lambda",
                case.id
            )),
        }
    }
    none(&faults);
}

/// Otherwise its level could never apply.
#[test]
fn every_must_with_a_case_has_one_that_is_not_beyond_the_service() {
    let cases = cases();
    let tries = |id: &str, beyond: bool| {
        cases.iter().any(|case| {
            case.beyond.is_some() == beyond && case.requirements.iter().any(|tried| tried == id)
        })
    };
    let musts = requirements()
        .values()
        .filter(|requirement| requirement.level == Level::Must);
    let faults: Vec<String> = musts
        .map(|requirement| requirement.id.as_str())
        .filter(|id| tries(id, true) && !tries(id, false))
        .filter(|id| !WITHOUT_LAWFUL_CASE.iter().any(|(known, _)| known == id))
        .map(|id| format!("{id}: all of its cases are beyond what the service does"))
        .collect();
    none(&faults);
}

#[test]
fn a_case_beyond_the_service_is_a_should_at_most() {
    for case in cases().iter().filter(|case| case.beyond.is_some()) {
        assert!(case.level() <= Level::Should, "{}", case.id);
    }
}
