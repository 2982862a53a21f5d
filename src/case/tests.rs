//! Cases that are refused when read: values that no service can use, scripts that no runtime can complete, and cases that
//! are too large.

mod target;

use serde_json::{Value, json};

use super::{Case, CaseError, Source, Trust, read};

/// A case with these steps, and also these members.
fn file(steps: &Value, members: &Value) -> String {
    let mut case = json!({
        "$schema": "", "id": "a/b", "title": "t", "why": "w", "requirements": ["NEXT-01"], "steps": steps,
    });
    let all = case.as_object_mut().expect("an object");
    for (name, value) in members.as_object().expect("an object") {
        all.insert(name.clone(), value.clone());
    }
    case.to_string()
}

fn read_text(text: String, trust: Trust) -> Result<Vec<Case>, Vec<CaseError>> {
    read(&[Source {
        path: "b.json".to_owned(),
        id: "a/b".to_owned(),
        text: text.into(),
        trust,
    }])
}

/// The fault of a case has this place, and its message contains this text.
#[track_caller]
fn refused(steps: &Value, members: &Value, pointer: &str, message: &str) {
    let faults = read_text(file(steps, members), Trust::Theirs).expect_err("a fault");
    let right = |fault: &CaseError| fault.pointer == pointer && fault.message.contains(message);
    assert!(
        faults.iter().any(right),
        "{pointer}: {message}: {faults:#?}"
    );
}

#[track_caller]
fn fault_of(step: Value, pointer: &str, message: &str) {
    let steps = json!([{"serve": {}}, step]);
    refused(&steps, &json!({}), &format!("/steps/1{pointer}"), message);
}

#[track_caller]
fn taken(steps: &Value, members: &Value) {
    if let Err(faults) = read_text(file(steps, members), Trust::Theirs) {
        panic!("{faults:#?}");
    }
}

fn expect(call: &str) -> Value {
    json!({"expect": {"call": call, "cites": "RESP-01"}})
}

#[test]
fn so_many_steps_are_not_written_out() {
    for times in [
        json!(300_000),
        json!(1_u64 << 31),
        json!(1_u64 << 62),
        json!(u64::MAX),
    ] {
        let steps = json!([{"serve": {}}, {"repeat": {"times": times, "steps": [{"serve": {}}]}}]);
        let place = "/steps/1/repeat/times";
        refused(&steps, &json!({}), place, "the limit is 250000");
        let ours = read_text(file(&steps, &json!({})), Trust::Ours).expect_err("a fault");
        assert!(ours[0].message.contains("the limit is 250000"), "{ours:?}");
    }
    taken(
        &json!([{"repeat": {"times": 10_000, "steps": [{"serve": {}}]}}]),
        &json!({}),
    );
}

#[test]
fn so_many_bytes_are_not_sent() {
    for count in [
        json!(1 << 26),
        json!(1_u64 << 31),
        json!(1_u64 << 62),
        json!(u64::MAX),
    ] {
        let much = json!({"repeat": {"unit": "ab", "count": count}});
        let limit = "the limit is 33554432";
        fault_of(json!({"serve": {"event": much}}), "/serve/event", limit);
        fault_of(json!({"refuse": {"body": much}}), "/refuse/body", limit);
        let raw = json!({"serve": {"shape": {"raw": much}}});
        fault_of(raw, "/serve/shape/raw", limit);
        let mut answer = expect("response");
        answer["expect"]["ack"] = json!({"body": much});
        fault_of(answer, "/expect/ack/body", limit);
        let mut answer = expect("response");
        let rule = json!({"bytes": {"value": much}});
        answer["expect"]["checks"] = json!([{"cites": "RESP-01", "rule": rule}]);
        fault_of(answer, "/expect/checks/0/rule/bytes/value", limit);
    }
    let event = json!({"repeat": {"unit": "a", "count": 6_000_000}});
    let many = json!([{"repeat": {"times": 100, "steps": [{"serve": {"event": event}}]}}]);
    refused(&many, &json!({}), "/steps", "together");
}

#[test]
fn replies_that_cannot_be_written_are_refused() {
    for status in [100, 101, 199] {
        let text = "is not the status of a final reply";
        fault_of(
            json!({"refuse": {"status": status}}),
            "/refuse/status",
            text,
        );
        let mut answer = expect("response");
        answer["expect"]["ack"] = json!({"status": status});
        fault_of(answer, "/expect/ack/status", text);
    }
    let bodiless = json!({"refuse": {"status": 204, "body": {"text": "x"}}});
    fault_of(bodiless, "/refuse/status", "has no body");
    let header = |name: &str, value: &str, place: &str, message: &str| {
        let step = |kind: &str| json!({kind: {"headers": {name: value}}});
        fault_of(step("serve"), &format!("/serve/headers/{place}"), message);
        fault_of(step("refuse"), &format!("/refuse/headers/{place}"), message);
        let mut answer = expect("response");
        answer["expect"]["ack"] = json!({"headers": {name: value}});
        fault_of(answer, &format!("/expect/ack/headers/{place}"), message);
    };
    header("", "x", "", "no header can have this name");
    header("a b", "x", "a b", "no header can have this name");
    header("a/b", "x", "a~1b", "no header can have this name");
    header("\u{e9}", "x", "\u{e9}", "no header can have this name");
    header("A", "b\r\nC: d", "A", "line feed");
    header("A", "\u{0}", "A", "control character");
    for name in ["content-length", "Transfer-Encoding", "Date", "Connection"] {
        header(name, "5", name, "follows from the `shape`");
    }
    fault_of(
        json!({"serve": {"request_id": "a\nb"}}),
        "/serve/request_id",
        "line feed",
    );
    let without =
        json!([{"serve": {"headers": {"Content-Type": null, "X-\u{60}": "a\tb \u{e9}"}}}]);
    taken(&without, &json!({}));
}

#[test]
fn shapes_that_no_reply_has_are_refused() {
    let shape = |shape: Value, place: &str, message: &str| {
        let event = json!({"repeat": {"unit": "a", "count": 5_000_000}});
        let step = json!({"serve": {"event": event, "shape": shape}});
        fault_of(step, &format!("/serve/shape/{place}"), message);
    };
    shape(json!({"segment": {"bytes": 1}}), "segment", "pieces");
    shape(json!({"framing": {"chunked": [1, 5]}}), "framing", "pieces");
    let raw = json!({"raw": {"text": "x"}, "cut": {"body_bytes": 1}});
    shape(raw, "cut", "raw bytes cannot be cut");
    for sizes in [json!([]), json!([0])] {
        let steps = json!([{"serve": {"shape": {"framing": {"chunked": sizes}}}}]);
        let ours = read_text(file(&steps, &json!({})), Trust::Ours).expect_err("a fault");
        assert!(ours[0].message.contains("at least one byte"), "{ours:?}");
    }
}

#[test]
fn what_takes_longer_than_the_case_is_refused() {
    let late = |step: Value, pointer: &str| fault_of(step, pointer, "the case ends after 10000 ms");
    late(json!({"serve": {"hold_ms": 10_000}}), "/serve");
    late(json!({"refuse": {"hold_ms": 10_000}}), "/refuse");
    late(
        json!({"quiet": {"ms": 10_000, "cites": "NEXT-01"}}),
        "/quiet/ms",
    );
    late(json!({"freeze": {"ms": 10_000}}), "/freeze/ms");
    let mut answer = expect("response");
    answer["expect"]["ack"] = json!({"hold_ms": 10_000});
    late(answer, "/expect/ack/hold_ms");
    let slow = json!({"segment": {"bytes": 1, "delay_ms": 10}});
    let event = json!({"text": "x".repeat(1000)});
    late(json!({"serve": {"event": event, "shape": slow}}), "/serve");
    let quiet = json!({"quiet": {"ms": 6_000, "cites": "NEXT-01"}});
    let twice = json!([{"serve": {}}, quiet, quiet]);
    refused(&twice, &json!({}), "/steps/2/quiet/ms", "waits 12000 ms");
    taken(&twice, &json!({"deadline_ms": 13_000}));
    // No time is counted before the first call.
    let before = json!([quiet, quiet, {"serve": {}}]);
    taken(&before, &json!({}));
    for ms in [json!(90_000_000), json!(u64::MAX)] {
        let deadline = json!({"deadline_ms": ms});
        refused(
            &json!([{"serve": {}}]),
            &deadline,
            "/deadline_ms",
            "more than a day",
        );
        let mut answer = expect("response");
        answer["expect"]["within_ms"] = ms;
        fault_of(answer, "/expect/within_ms", "more than a day");
    }
}

#[test]
fn scripts_that_no_runtime_comes_through_are_refused() {
    let refused = |steps: Value, members: Value, message: &str| {
        let place = format!("/steps/{}", steps.as_array().map_or(0, Vec::len) - 1);
        refused(&steps, &members, &place, message);
    };
    for call in ["response", "error", "answer"] {
        refused(
            json!([expect(call)]),
            json!({}),
            "before an event was served",
        );
    }
    for before in [json!({"serve": {}}), json!({"refuse": {}}), expect("next")] {
        let steps = json!([before, expect("init_error")]);
        refused(steps, json!({}), "once the runtime has polled");
    }
    for after in [json!({"serve": {}}), json!({"refuse": {}}), expect("next")] {
        let steps = json!([expect("exit"), after]);
        refused(steps, json!({}), "after the end of the process");
    }
    let nobody = json!({"address": "refused"});
    refused(json!([{"serve": {}}]), nobody.clone(), "nobody listens");
    taken(&json!([expect("exit")]), &nobody);
    let growth = json!({"measure": {"growth": {"cites": "LIFE-06", "files": 1}}});
    refused(json!([growth]), json!({}), "no measure comes before");
    taken(&json!([{"measure": {}}, growth]), &json!({}));
}

/// An event of this name.
fn serve(name: &str) -> Value {
    json!({"serve": {"as": name}})
}

fn answer_of(name: &str) -> Value {
    json!({"expect": {"call": "answer", "of": name, "cites": "RESP-01"}})
}

#[test]
fn an_answer_is_waited_for_only_while_its_invocation_is_in_flight() {
    let late = json!([serve("a"), answer_of("a"), serve("b"), answer_of("a")]);
    refused(
        &late,
        &json!({}),
        "/steps/3/expect/of",
        "no answer to `a` is accepted here",
    );
    let early = json!([answer_of("a"), serve("a")]);
    refused(
        &early,
        &json!({}),
        "/steps/0/expect/of",
        "no invocation named `a`",
    );
    let again = json!([serve("a"), answer_of("a"), serve("a"), answer_of("a")]);
    taken(&again, &json!({}));
    let managed = json!({"mode": {"managed_instances": {"max_concurrency": 2}}});
    let both = json!([serve("a"), serve("b"), answer_of("a"), answer_of("b")]);
    taken(&both, &managed);
    refused(
        &both,
        &json!({}),
        "/steps/2/expect/of",
        "no answer to `a` is accepted here",
    );
}

#[test]
fn tracks_need_a_mode_in_which_they_go_on_side_by_side() {
    let tracks = json!([[serve("a"), answer_of("a")], [serve("b"), answer_of("b")]]);
    let case = |mode: Value, tracks: &Value| {
        let mut case: Value =
            serde_json::from_str(&file(&json!([]), &json!({"mode": mode}))).expect("JSON");
        let all = case.as_object_mut().expect("an object");
        all.remove("steps");
        all.insert("tracks".to_owned(), tracks.clone());
        read_text(case.to_string(), Trust::Theirs)
    };
    let managed = json!({"managed_instances": {"max_concurrency": 2}});
    let read = case(managed.clone(), &tracks).expect("a case");
    let lines: Vec<_> = read[0].lines().map(|(_, line)| line).collect();
    assert_eq!((lines, read[0].steps.len()), (vec![0..2, 2..4], 4));
    let faults = case(json!("on_demand"), &tracks).expect_err("a fault");
    assert_eq!(faults[0].pointer, "/tracks");
    // A name is known only in its own track.
    let other = json!([[serve("a"), answer_of("a")], [serve("b"), answer_of("a")]]);
    let faults = case(managed, &other).expect_err("a fault");
    assert_eq!(faults[0].pointer, "/tracks/1/1/expect/of");
}

#[test]
fn rules_that_never_hold_are_refused() {
    let rule = |rule: Value, place: &str, message: &str| {
        let mut answer = expect("response");
        answer["expect"]["checks"] = json!([{"cites": "RESP-01", "rule": rule}]);
        fault_of(answer, &format!("/expect/checks/0/rule/{place}"), message);
    };
    let range = json!({"range": {"at": "", "min": 2, "max": 1}});
    rule(range, "range", "no number is from 2 to 1");
    let exceeds = json!({"exceeds": {"at": "/a", "other": "/b", "min": 2, "max": 1}});
    rule(exceeds, "exceeds", "no number is from 2 to 1");
}

#[test]
fn variables_that_no_process_has_are_refused() {
    let steps = json!([{"serve": {}}]);
    let env = |name: &str, value: &str| json!({"env": {name: value}});
    refused(
        &steps,
        &env("", "x"),
        "/env/",
        "no variable can have this name",
    );
    refused(
        &steps,
        &env("A=B", "x"),
        "/env/A=B",
        "no variable can have this name",
    );
    refused(
        &steps,
        &env("A/B\0", "x"),
        "/env/A~1B\0",
        "no variable can have this name",
    );
    refused(&steps, &env("A", "\0"), "/env/A", "zero byte");
    refused(&steps, &json!({"handler": "a\0b"}), "/handler", "zero byte");
}

/// Each step of a long list has the same fault: it is reported a few times, and quickly.
#[test]
fn the_same_fault_in_many_steps_is_told_once() {
    let bad = json!({"serve": {"headers": {"a b": "x"}}});
    let steps = json!([{"repeat": {"times": 100_000, "steps": [bad]}}]);
    let faults = read_text(file(&steps, &json!({})), Trust::Theirs).expect_err("a fault");
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let many: Vec<Value> = (0..5_000).map(|_| bad.clone()).collect();
    let faults = read_text(file(&many.into(), &json!({})), Trust::Theirs).expect_err("a fault");
    assert!(faults.len() <= 102, "{}", faults.len());
}

#[test]
fn a_message_quotes_no_more_than_a_part_of_the_value() {
    let steps = json!([{"serve": "x".repeat(100_000)}]);
    let faults = read_text(file(&steps, &json!({})), Trust::Theirs).expect_err("a fault");
    let longest = faults.iter().map(|fault| fault.message.len()).max();
    assert!(longest < Some(1100), "{longest:?}");
    assert!(
        faults
            .iter()
            .any(|fault| fault.message.contains("bytes more"))
    );
}

#[test]
fn actors_beside_the_runtime_register_poll_and_end() {
    let steps = json!([serve("a"), answer_of("a"), {"shutdown": {"reason": "spindown"}}]);
    let wait = |call: &str| json!({"expect": {"call": call}});
    let own = json!([wait("register"), wait("next"), wait("exit")]);
    let actor = |name: &str| json!({"name": name, "kind": "extension", "steps": own});
    let one = json!({"actors": [actor("one")]});
    taken(&steps, &one);
    let two = json!({"actors": [actor("one"), actor("one")]});
    refused(&steps, &two, "/actors/1/name", "called `one`");
    let elsewhere = json!({"actors": [actor("one")], "mode": "snap_start"});
    refused(&steps, &elsewhere, "/actors", "another `mode`");
    let missing = json!({"actors": [actor("one")], "extensions": false});
    refused(&steps, &missing, "/actors", "the APIs for extensions");
    let serves = json!([{"name": "one", "kind": "extension", "steps": [serve("a")]}]);
    let serves = json!({ "actors": serves });
    refused(&steps, &serves, "/actors/0/steps/0", "serve");
    let registers = json!([{"expect": {"call": "register", "cites": "EXTI-01"}}]);
    let place = "/steps/0/expect/call";
    refused(&registers, &one, place, "is not one of");
    let after = json!([{"shutdown": {}}, serve("a")]);
    refused(&after, &json!({}), "/steps/1", "brings about");
}
