//! The page as a browser asks for it, without a browser.

use std::error::Error;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::Request;

use super::item::TEXT_BYTES_MAX;
use super::*;
use crate::check::{Evidence, Finding};
use crate::law::Level;
use crate::protocol::AnswerKind;
use crate::serve::feed::{Ended, ServeEvent};
use crate::transcript::read;

type Outcome = Result<(), Box<dyn Error>>;

/// A case with one invocation after the other.
static RECORD: &str = include_str!("../../../tests/golden/transcripts/next/five_in_a_row.json");

fn board() -> Board {
    Board {
        journal: Arc::new(Journal::new()),
        function: "./bootstrap <b>".to_owned(),
        memory_mb: 128,
    }
}

fn began(request_id: &str, event: &[u8]) -> ServeEvent {
    ServeEvent::Began {
        environment: 0,
        at_unix_ms: 3_723_000,
        request_id: request_id.to_owned(),
        event: Bytes::copy_from_slice(event),
    }
}

fn printed(request_id: Option<&str>, line: &str) -> ServeEvent {
    ServeEvent::Printed {
        environment: 0,
        at_unix_ms: 0,
        request_id: request_id.map(str::to_owned),
        line: line.to_owned(),
    }
}

fn ended(request_id: &str, returned: Option<(AnswerKind, &'static str)>) -> ServeEvent {
    ServeEvent::Ended(Box::new(Ended {
        environment: 0,
        at_unix_ms: 0,
        request_id: request_id.to_owned(),
        returned: returned.map(|(kind, body)| (kind, Bytes::from_static(body.as_bytes()))),
        duration: Duration::from_micros(1230),
        init: None,
        memory_kib: Some(2048),
        wire: read(RECORD).expect("a record").of_invocation(1),
    }))
}

fn breach(request_id: Option<&str>) -> ServeEvent {
    ServeEvent::Breach {
        environment: 0,
        request_id: request_id.map(str::to_owned),
        finding: Finding {
            requirement: "RESP-06".to_owned(),
            level: Level::Must,
            code: "two-framings".to_owned(),
            expected: "one".to_owned(),
            actual: "two".to_owned(),
            evidence: Evidence::default(),
            step: None,
        },
    }
}

fn hear(board: &Board, events: &[ServeEvent]) {
    events.iter().for_each(|event| board.journal.hear(event));
}

fn ask(board: &Board, method: Method, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.body(()).expect("a request");
    board.answer(&request.into_parts().0)
}

/// The status and the text of an answer that ends.
async fn get(board: &Board, path: &str) -> (u16, String) {
    let answer = ask(board, Method::GET, path);
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("it cannot fail");
    let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    (status, text)
}

/// The next piece of a stream.
async fn piece(stream: &mut Answer) -> Result<String, Box<dyn Error>> {
    let frame = stream.body_mut().frame().await.ok_or("it has ended")?;
    let frame = frame.map_err(|fault| fault.to_string())?;
    let data = frame.into_data().map_err(|_| "no data")?;
    Ok(String::from_utf8(data.into())?)
}

#[tokio::test]
async fn an_invocation_is_shown_with_all_that_is_known_of_it() {
    let board = board();
    let result = Some((AnswerKind::Response, "\"<John>\""));
    hear(
        &board,
        &[
            began("a", b"{\"a\":[1]}"),
            printed(Some("a"), "hello"),
            ended("a", result),
            breach(Some("a")),
        ],
    );
    let (status, whole) = get(&board, "/_ricspec").await;
    assert_eq!(status, 200);
    for part in [
        "./bootstrap &lt;b&gt;",
        "<b>1</b> invocation</span>",
        "\"&lt;John&gt;\"",
        "1.23 ms",
        "2 MB",
        "1 MUST",
        ">01:02:03</time>",
    ] {
        assert!(
            whole.contains(part) || whole.contains(&part.replace('"', "&quot;")),
            "{part}: {whole}"
        );
    }
    let (status, detail) = get(&board, "/_ricspec/invocations/1?part").await;
    assert_eq!(status, 200);
    for part in [
        "&quot;a&quot;: [\n    1\n  ]",
        "hello\n",
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1<i>\\r\\n</i>",
        "2 of 128 MB",
        "Count encoded bytes",
        "data-replay=\"/_ricspec/invocations/1\"",
    ] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    let event = get(&board, "/_ricspec/invocations/1/event").await;
    assert_eq!(event, (200, "{\"a\":[1]}".to_owned()));
}

#[tokio::test]
async fn memory_is_bounded_and_what_is_cut_says_so() {
    let board = board();
    let long = vec![b'1'; TEXT_BYTES_MAX + 1];
    hear(&board, &[began("long", &long), ended("long", None)]);
    let (_, detail) = get(&board, "/_ricspec/invocations/1?part").await;
    assert!(
        detail.contains("The first 65536 of 65537 bytes."),
        "{detail}"
    );
    assert!(!detail.contains("data-replay"), "{detail}");
    assert_eq!(get(&board, "/_ricspec/invocations/1/event").await.0, 404);
    for number in 0..300 {
        hear(&board, &[printed(None, &format!("line {number}"))]);
    }
    let (_, whole) = get(&board, "/_ricspec").await;
    assert!(whole.contains("The last 200 of 300 lines.") && !whole.contains("line 99\n"));
    for number in 0..ITEMS_MAX {
        hear(&board, &[began(&number.to_string(), b"{}")]);
    }
    assert_eq!(get(&board, "/_ricspec/invocations/1?part").await.0, 404);
    let (_, whole) = get(&board, "/_ricspec").await;
    assert_eq!(whole.matches("<li ").count(), ITEMS_MAX);
    assert!(whole.contains("<b>201</b> invocations"), "all are counted");
}

#[tokio::test]
async fn what_belongs_to_no_invocation_has_a_line_of_its_own() {
    let board = board();
    let how = "exited with code 3".to_owned();
    hear(
        &board,
        &[
            breach(Some("unknown")),
            breach(None),
            ServeEvent::Stopped {
                environment: 0,
                at_unix_ms: 0,
                how,
            },
        ],
    );
    board.journal.lost(7);
    let (_, whole) = get(&board, "/_ricspec").await;
    assert_eq!(
        whole.matches("li class=\"note breach\"").count(),
        2,
        "{whole}"
    );
    assert!(whole.contains("the runtime exited with code 3"), "{whole}");
    assert!(whole.contains("7 events came too fast"), "{whole}");
}

#[tokio::test]
async fn the_stream_tells_what_changed_since_the_page_was_made() -> Outcome {
    let board = board();
    hear(&board, &[began("a", b"1"), began("b", b"2")]);
    let path = format!("/_ricspec/events?{}-1", board.journal.run);
    let mut stream = ask(&board, Method::GET, &path);
    assert_eq!(stream.headers()[CONTENT_TYPE], "text/event-stream");
    let first = piece(&mut stream).await?;
    assert!(first.starts_with("event: facts\nid: 2\ndata: "), "{first}");
    assert!(
        first.contains("id=\"i2\"") && !first.contains("id=\"i1\""),
        "{first}"
    );
    hear(&board, &[printed(Some("a"), "x"), ended("a", None)]);
    let next = piece(&mut stream).await?;
    assert!(
        next.contains("id: 4\n") && next.contains("id=\"i1\""),
        "{next}"
    );
    assert!(!next.contains("id=\"i2\""), "{next}");
    let up_to_date = format!("/_ricspec/events?{}-4", board.journal.run);
    let mut stream = ask(&board, Method::GET, &up_to_date);
    assert_eq!(piece(&mut stream).await?, ": here\n\n");
    for path in ["/_ricspec/events?other-4", "/_ricspec/events"] {
        assert_eq!(get(&board, path).await.1, "event: other\ndata: run\n\n");
    }
    Ok(())
}

#[tokio::test]
async fn only_what_is_there_is_read_and_only_by_get() {
    let board = board();
    hear(&board, &[printed(None, "x")]);
    for path in [
        "/_ricspec/x",
        "/_ricspec/invocations/1",
        "/_ricspec/invocations/9",
        "/_ricspec/invocations/x",
    ] {
        assert_eq!(get(&board, path).await.0, 404, "{path}");
    }
    assert_eq!(ask(&board, Method::POST, "/_ricspec").status(), 405);
    let answer = ask(&board, Method::GET, "/_ricspec/");
    let policy = answer.headers()[CONTENT_SECURITY_POLICY]
        .to_str()
        .expect("text");
    assert!(
        policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
        "{policy}"
    );
}

#[test]
fn the_examples_are_json() {
    for (name, event) in EXAMPLES {
        let read = serde_json::from_str::<serde_json::Value>(event);
        assert!(read.is_ok(), "{name}");
    }
}
