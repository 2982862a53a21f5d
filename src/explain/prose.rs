//! A case in words: how the runtime is started, and what happens, step by step.

use crate::case::{Address, Case, ReadOnly, Reads, Step};
use crate::protocol::{Actor, FailsAt};

/// The longest repetition that is recognised, in steps.
const PERIOD_MAX: usize = 12;

/// The environment in which the runtime is started, if it is not the usual one.
pub(super) fn setting(case: &Case) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in &case.env {
        lines.push(match value {
            Some(value) => format!("{name}={value}"),
            None => format!("no {name}"),
        });
    }
    if let Some(handler) = &case.handler {
        lines.push(format!("the handler `{handler}`, which does not exist"));
    }
    lines.extend(address(case.address).map(str::to_owned));
    lines.extend(case.read_only.map(read_only).map(str::to_owned));
    if case.alone {
        lines.push("no other case at the same time".to_owned());
    }
    if case.withhold_continue {
        lines.push("no `100 Continue` for requests that ask for it".to_owned());
    }
    if let Some(Reads {
        at_once_kib,
        then_kib_a_second,
    }) = case.reads
    {
        lines.push(format!(
            "a service that reads {at_once_kib} KiB of a body at once, and then {then_kib_a_second} KiB a second"
        ));
    }
    if !case.extensions {
        lines.push("no API for extensions: each call to one gets 404".to_owned());
    }
    lines.extend(case.service_fails_at.map(|call| {
        let call = match call {
            FailsAt::Registration => "the registration",
            FailsAt::Poll => "each event/next",
        };
        format!("500 for {call} of an extension inside the runtime")
    }));
    if let Some(decoy) = &case.decoy {
        let listener = "a listener, {trap}, to which no call may come";
        lines.push(format!("{listener} ({}, {})", decoy.cites, decoy.code));
    }
    lines
}

fn read_only(what: ReadOnly) -> &'static str {
    match what {
        ReadOnly::TaskRoot => "the folder of the function read-only",
        ReadOnly::Root => "everything but /tmp read-only",
    }
}

fn address(address: Address) -> Option<&'static str> {
    match address {
        Address::Loopback => None,
        Address::OtherLoopback => Some("the Runtime API at 127.0.0.2"),
        Address::Hostname => Some("the Runtime API at localhost, by name"),
        Address::Ipv6 => Some("the Runtime API at [::1]"),
        Address::Outer => Some("the Runtime API at an address that is not loopback"),
        Address::Refused => Some("the Runtime API at a port where nobody listens"),
    }
}

/// What happens, one or two sentences for each step; repeated steps are told once.
pub(super) fn steps(case: &Case) -> Vec<String> {
    let mut lines = Vec::new();
    if case.fact.is_some() {
        lines.push("Looks at the container image before anything is started.".to_owned());
    }
    if !case.earlier.is_empty() {
        lines.push("First, to another process of the same environment:".to_owned());
        lines.extend(case.earlier.iter().map(Step::told));
        lines.push("Kills that process, and starts the runtime again.".to_owned());
    }
    for (actor, line) in case.lines() {
        let steps = case.steps.get(line).unwrap_or_default();
        match actor {
            Actor::Runtime => {}
            actor if actor == case.target() => {
                lines.push("Of the extension under test, by the Extensions API:".to_owned());
            }
            Actor::Extension(place) => {
                let named = case.actors.get(place).map(|actor| &*actor.name);
                let name = named.unwrap_or_default();
                lines.push(format!(
                    "Beside it, of the extension `{name}`, by the Extensions API:"
                ));
            }
        }
        lines.extend(told(steps));
    }
    lines
}

/// A sentence or two for each step; what is repeated is told once.
fn told(steps: &[Step]) -> Vec<String> {
    let mut lines = Vec::new();
    let told: Vec<String> = steps.iter().map(Step::told).collect();
    let mut rest = told.as_slice();
    while !rest.is_empty() {
        let (period, times) = repetition(rest);
        let (unit, _) = rest.split_at(period);
        match times {
            1 => lines.extend_from_slice(unit),
            _ => lines.push(format!("{times} times: {}", unit.join(" "))),
        }
        rest = rest.get(period * times..).unwrap_or_default();
    }
    lines
}

/// How many of the next steps are repeated, and how often: the choice that covers most steps.
fn repetition(steps: &[String]) -> (usize, usize) {
    let mut best = (1, 1);
    for period in 1..=PERIOD_MAX.min(steps.len()) {
        let (unit, _) = steps.split_at(period);
        let times = steps
            .chunks(period)
            .take_while(|chunk| *chunk == unit)
            .count();
        if times > 1 && period * times > best.0 * best.1 {
            best = (period, times);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(members: &str, expect: &[&str]) {
        let text = format!(
            r#"{{"$schema": "", "id": "next/a", "title": "", "why": "", "requirements": ["NEXT-01"], {members}}}"#
        );
        let case: Case = serde_json::from_str(&text).expect("a case");
        assert_eq!([setting(&case), steps(&case)].concat(), expect);
    }

    #[test]
    fn a_repetition_is_told_once() {
        check(
            r#""steps": [{"signal": "TERM"}, {"repeat": {"times": 200, "steps": [
                {"serve": {}}, {"expect": {"call": "answer", "cites": "RESP-01"}}]}}, {"measure": {}}]"#,
            &[
                "Sends SIGTERM to the runtime.",
                "200 times: Serves {}. Expects POST /response or /error (RESP-01).",
                "Measures what the runtime holds.",
            ],
        );
    }

    #[test]
    fn what_is_not_usual_is_told() {
        check(
            r#""env": {"TZ": null, "A": "1"}, "address": "ipv6", "steps": [
                {"serve": {"as": "one", "from": "caller", "event": {"json": {"a":  1}}, "timeout_ms": -5, "hold_ms": 9,
                    "headers": {"Content-Type": null}, "shape": {"framing": {"chunked": [1, 2]}}}},
                {"expect": {"call": "response", "of": "one", "cites": "RESP-01",
                    "checks": [{"cites": "RESP-03", "rule": {"equals": {"at": "/a", "value": 1}}},
                        {"cites": "RESP-10", "rule": {"size": {"max": 4}}}],
                    "ack": {"status": 413, "hold_ms": 7}}},
                {"expect": {"call": "returned", "cites": "RESP-03",
                    "checks": [{"cites": "STREAM-03", "rule": {"chunks": {"early_ms": 5}}},
                        {"cites": "STREAM-08", "rule": {"trailer": {"name": "A", "is": {"document": {"b": "c"}}}}}]}}]"#,
            &[
                "A=1",
                "no TZ",
                "the Runtime API at [::1]",
                "Serves {\"a\": 1}, called `one` with a deadline -5 ms from now, no Content-Type and a body in \
                 chunks of 1, 2 bytes, after 9 ms; a caller brings it to the invoke door.",
                "Expects POST /response for `one` (RESP-01), where `/a` is 1 (RESP-03) and the body has at most \
                 4 bytes (RESP-10). Answers it with 413 after 7 ms.",
                "Expects that the caller has its answer (RESP-03), where the first chunk of the body comes at \
                 least 5 ms before its end (STREAM-03) and the trailer A is base64 of a JSON object with b `c` \
                 (STREAM-08).",
            ],
        );
    }
}
