//! Batches: when each goes out, and what happens to one that is not taken.

use serde_json::{Value, json};

use super::super::{Feed, Task, Telemetry};
use super::{WHO, asked, document, sent, telemetry};
use crate::protocol::{Actor, Destination, Mode};

/// Telemetry with a subscriber to lines of the function.
fn subscribed(members: &Value) -> Telemetry {
    let mut telemetry = telemetry(Mode::OnDemand);
    let mut members = members.clone();
    members["types"] = json!(["function"]);
    let body = document("2022-12-13", &members);
    assert_eq!(asked(&mut telemetry, Feed::Telemetry, &body).0, 200);
    assert_eq!(telemetry.take_tasks(), []);
    telemetry
}

fn print(telemetry: &mut Telemetry, text: &str) {
    telemetry.line(Actor::Runtime, text.to_owned(), 0);
}

/// How many lines the batches have that go out now.
fn lines(telemetry: &mut Telemetry) -> Vec<usize> {
    let batches = sent(telemetry).into_iter();
    let count = |batch: String| {
        let batch: Value = serde_json::from_str(&batch).expect("an array");
        batch.as_array().expect("an array").len()
    };
    batches.map(count).collect()
}

#[test]
fn a_batch_goes_out_when_its_time_is_up() {
    let mut telemetry = subscribed(&json!({"buffering": {"timeoutMs": 30}}));
    print(&mut telemetry, "one");
    let timer = Task::Flush {
        subscription: 0,
        batch: 1,
        after_ms: 30,
    };
    assert_eq!(telemetry.take_tasks(), [timer]);
    print(&mut telemetry, "two");
    assert_eq!(telemetry.take_tasks(), []);
    telemetry.time_is_up(0, 1);
    assert_eq!(lines(&mut telemetry), [2]);
    // A timer of a batch that has gone means nothing.
    telemetry.posted(0, Some(3), None, 0);
    print(&mut telemetry, "three");
    telemetry.time_is_up(0, 1);
    assert_eq!(sent(&mut telemetry), [""; 0]);
    telemetry.time_is_up(0, 2);
    assert_eq!(lines(&mut telemetry), [1]);
}

#[test]
fn a_batch_goes_out_when_it_is_full() {
    let mut telemetry = subscribed(&json!({"buffering": {"maxItems": 1000}}));
    (0..1000).for_each(|_| print(&mut telemetry, "line"));
    assert_eq!(lines(&mut telemetry), [1000]);
    let mut telemetry = subscribed(&json!({}));
    print(&mut telemetry, &"a".repeat(262_144));
    assert_eq!(lines(&mut telemetry), [1]);
}

#[test]
fn the_next_batch_waits_and_takes_more_meanwhile() {
    let mut telemetry = subscribed(&json!({"buffering": {"maxItems": 1000}}));
    (0..1000).for_each(|_| print(&mut telemetry, "line"));
    assert_eq!(lines(&mut telemetry), [1000]);
    (0..1003).for_each(|_| print(&mut telemetry, "line"));
    assert_eq!(lines(&mut telemetry), [0; 0]);
    telemetry.posted(0, Some(1), None, 0);
    // Three found no room; only the platform stream would tell of it.
    assert_eq!(lines(&mut telemetry), [1000]);
    telemetry.posted(0, Some(2), None, 0);
    assert!(!telemetry.is_busy());
}

#[test]
fn what_found_no_room_is_told() {
    let mut telemetry = telemetry(Mode::OnDemand);
    let members = json!({"types": ["platform", "function"], "buffering": {"maxItems": 1000}});
    asked(
        &mut telemetry,
        Feed::Telemetry,
        &document("2022-12-13", &members),
    );
    (0..2100).for_each(|_| print(&mut telemetry, "a line"));
    assert_eq!(lines(&mut telemetry), [1000]);
    telemetry.posted(0, Some(1), None, 5);
    assert_eq!(lines(&mut telemetry), [1000]);
    telemetry.posted(0, Some(1), None, 5);
    telemetry.flush();
    let told = sent(&mut telemetry).concat();
    assert!(told.contains("platform.logsDropped"), "{told}");
    assert!(told.contains(r#""droppedRecords":101,"#), "{told}");
}

#[test]
fn a_batch_that_is_not_taken_is_tried_again_and_then_dropped() {
    let mut telemetry = telemetry(Mode::OnDemand);
    let body = document("2022-12-13", &json!({"types": ["platform"]}));
    asked(&mut telemetry, Feed::Telemetry, &body);
    telemetry.flush();
    assert_eq!(sent(&mut telemetry).len(), 1);
    for after_ms in [50, 100, 200, 400, 800] {
        telemetry.posted(0, None, Some("no listener".to_owned()), 0);
        let subscription = 0;
        let again = Task::Again {
            subscription,
            after_ms,
        };
        assert_eq!(telemetry.take_tasks(), [again]);
        telemetry.again(0);
        assert_eq!(sent(&mut telemetry).len(), 1);
    }
    assert!(telemetry.is_busy());
    telemetry.posted(0, None, Some("no listener".to_owned()), 0);
    // The loss is an event as well; nothing else waits for a subscriber that takes no batches.
    assert!(!telemetry.is_busy());
    telemetry.flush();
    let told = sent(&mut telemetry).concat();
    assert!(
        told.contains(r#""reason":"could not send events: no listener""#),
        "{told}"
    );
    assert!(told.contains(r#""droppedRecords":1,"#), "{told}");
}

#[test]
fn lines_go_to_a_port() {
    let to = json!({"destination": {"protocol": "TCP", "port": 4243}});
    let mut telemetry = subscribed(&to);
    print(&mut telemetry, "one");
    print(&mut telemetry, "two");
    telemetry.flush();
    let tasks = telemetry.take_tasks();
    let Some(Task::Post {
        destination, body, ..
    }) = tasks.last()
    else {
        panic!("no batch: {tasks:?}");
    };
    assert_eq!(*destination, Destination::Tcp { port: 4243 });
    let text = String::from_utf8_lossy(body);
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(text.ends_with('\n'));
    assert_eq!(records[1]["record"], "two");
    telemetry.posted(0, Some(1), None, 0);
    assert!(telemetry.give(WHO.actor, br#"[ {"a": 1}, 2 ]"#, 4));
    assert_eq!(sent(&mut telemetry), ["{\"a\": 1}\n2\n"]);
}

#[test]
fn a_batch_of_a_case_goes_out_as_it_is() {
    let mut telemetry = subscribed(&json!({}));
    assert!(!telemetry.give(Actor::Runtime, b"[]", 3));
    assert!(telemetry.give(WHO.actor, b"[ ]", 3));
    assert_eq!(sent(&mut telemetry), ["[ ]"]);
    assert_eq!(telemetry.answer_to(3), None);
    telemetry.posted(0, Some(9), None, 0);
    assert_eq!(telemetry.answer_to(3), Some(9));
    assert_eq!(telemetry.next_answer(WHO.actor, "", None), None);
}

#[test]
fn an_answer_is_found_by_what_its_batch_contains() {
    let mut telemetry = subscribed(&json!({}));
    for (text, exchange) in [("one", 1), ("two", 2)] {
        print(&mut telemetry, text);
        telemetry.flush();
        telemetry.posted(0, Some(exchange), None, 0);
    }
    let found = |text, after| telemetry.next_answer(WHO.actor, text, after);
    assert_eq!(found("", None), Some(1));
    assert_eq!(found("", Some(1)), Some(2));
    assert_eq!(found("two", None), Some(2));
    assert_eq!(found("one", Some(1)), Some(1));
    assert_eq!(found("one", Some(2)), None);
}

#[test]
fn a_subscriber_that_has_gone_gets_nothing() {
    let mut telemetry = subscribed(&json!({}));
    print(&mut telemetry, "one");
    telemetry.gone(WHO.actor);
    telemetry.flush();
    assert_eq!(sent(&mut telemetry), [""; 0]);
    assert!(!telemetry.is_busy());
}
