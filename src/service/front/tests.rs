//! The front door as seen by a caller.

use std::error::Error;
use std::net::Ipv4Addr;

use http_body_util::{Either, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::protocol::{AnswerKind, Returned};

const PATH: &str = "POST /2015-03-31/functions/function/invocations HTTP/1.1";

fn open(room: usize) -> Result<(Front, mpsc::Receiver<Called>), BindError> {
    let (sender, calls) = mpsc::channel(room);
    let place = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let hosts = vec!["lambda".to_owned()];
    let allowed = Allowed {
        hosts,
        origins: Vec::new(),
    };
    let porch = Porch {
        allowed,
        page: None,
        http: false,
    };
    Ok((Front::open(place, porch, sender)?, calls))
}

async fn ask(front: &Front, head: &str, body: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(front.address).await?;
    let length = body.len();
    let text = format!("{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn a_caller_gets_the_result_and_the_log_that_it_asks_for() -> Result<(), Box<dyn Error>> {
    let (front, mut calls) = open(1)?;
    let serve = async {
        let called = calls.recv().await?;
        let returned = Returned {
            kind: AnswerKind::Error,
            body: "{}".into(),
        };
        let log = b"log".to_vec();
        let Returns::Whole(place) = called.returns else {
            return None;
        };
        place.send(Answered { returned, log }).ok()?;
        called.invoke.request_id
    };
    let head = format!("{PATH}\r\nHost: localhost:8080\r\nX-Amz-Log-Type: Tail");
    let (id, answer) = tokio::join!(serve, ask(&front, &head, "\"John\""));
    let answer = answer?;
    assert_eq!(id.ok_or("no id")?.len(), 36);
    assert_eq!(status(&answer), "200");
    for header in [
        "X-Amz-Log-Result: bG9n",
        "X-Amz-Function-Error: Unhandled",
        "X-Amz-Executed-Version: $LATEST",
    ] {
        assert!(answer.contains(&format!("\r\n{header}\r\n")), "{answer}");
    }
    front.close().await;
    Ok(())
}

#[tokio::test]
async fn only_one_of_the_three_types_waits() -> Result<(), Box<dyn Error>> {
    let (front, mut calls) = open(1)?;
    for (name, expect) in [("DryRun", "204"), ("Event", "202"), ("Other", "400")] {
        let head = format!("{PATH}\r\nHost: 127.0.0.1\r\nX-Amz-Invocation-Type: {name}");
        assert_eq!(status(&ask(&front, &head, "{}").await?), expect, "{name}");
    }
    let called = calls.recv().await.ok_or("no call")?;
    assert!(matches!(called.returns, Returns::Nowhere));
    assert!(calls.try_recv().is_err(), "only one of them is queued");
    Ok(())
}

#[tokio::test]
async fn a_caller_that_finds_the_queue_full_is_told() -> Result<(), Box<dyn Error>> {
    let (front, _calls) = open(1)?;
    let head = format!("{PATH}\r\nHost: localhost\r\nX-Amz-Invocation-Type: Event");
    ask(&front, &head, "1").await?;
    let answer = ask(&front, &head, "2").await?;
    assert_eq!(status(&answer), "429");
    assert!(answer.contains("TooManyRequestsException"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn strangers_and_what_is_not_json_are_refused() -> Result<(), Box<dyn Error>> {
    let (front, _calls) = open(9)?;
    let asynchronous = "X-Amz-Invocation-Type: Event";
    for (headers, body, expect) in [
        ("Host: lambda:8080", "{}", "202"),
        ("Host: [::1]:8080", "", "202"),
        ("Host: rebound.example", "{}", "403"),
        (
            "Host: localhost\r\nOrigin: http://evil.example",
            "{}",
            "403",
        ),
        (
            "Host: localhost:1\r\nOrigin: http://localhost:1",
            "{}",
            "202",
        ),
        ("Host: localhost\r\nOrigin: null", "{}", "403"),
        ("Host: localhost", "{", "400"),
    ] {
        let head = format!("{PATH}\r\n{headers}\r\n{asynchronous}");
        let answer = ask(&front, &head, body).await?;
        assert_eq!(status(&answer), expect, "{headers} {body}: {answer}");
    }
    Ok(())
}

/// The page of a test.
struct Words;

impl Page for Words {
    fn answer(&self, request: &Parts) -> Answer {
        Answer::new(Either::Left(Full::from(request.uri.path().to_owned())))
    }
}

const GUEST: &str = "Origin: http://shop.example:3000";

fn open_to_a_guest() -> Result<(Front, mpsc::Receiver<Called>), BindError> {
    let (sender, calls) = mpsc::channel(9);
    let place = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let origins = vec!["http://shop.example:3000".to_owned()];
    let porch = Porch {
        allowed: Allowed {
            hosts: Vec::new(),
            origins,
        },
        page: Some(Arc::new(Words)),
        http: false,
    };
    Ok((Front::open(place, porch, sender)?, calls))
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_invoke_and_read_the_answer() -> Result<(), Box<dyn Error>>
{
    let (front, _calls) = open_to_a_guest()?;
    let asks = format!(
        "OPTIONS {} HTTP/1.1\r\nHost: localhost\r\n{GUEST}\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: content-type,x-amz-log-type",
        "/2015-03-31/functions/function/invocations"
    );
    let answer = ask(&front, &asks, "").await?.to_lowercase();
    assert_eq!(status(&answer), "204");
    for header in [
        "access-control-allow-origin: http://shop.example:3000",
        "access-control-allow-methods: post",
        "access-control-allow-headers: content-type,x-amz-log-type",
        "vary: origin",
    ] {
        assert!(answer.contains(&format!("\r\n{header}\r\n")), "{answer}");
    }
    // A refusal, too, can be read.
    let head = format!("{PATH}\r\nHost: localhost\r\n{GUEST}");
    let answer = ask(&front, &head, "{").await?.to_lowercase();
    assert_eq!(status(&answer), "400");
    assert!(
        answer.contains("\r\naccess-control-allow-origin: http://shop.example:3000\r\n"),
        "{answer}"
    );
    let stranger = asks.replace("shop", "evil");
    let answer = ask(&front, &stranger, "").await?.to_lowercase();
    assert_eq!(status(&answer), "403");
    assert!(!answer.contains("access-control"), "{answer}");
    // Without a page that asks, the answer says only that it depends on who asks.
    let head = format!("{PATH}\r\nHost: localhost\r\nX-Amz-Invocation-Type: DryRun");
    let answer = ask(&front, &head, "{}").await?.to_lowercase();
    assert!(answer.contains("\r\nvary: origin\r\n"), "{answer}");
    assert!(!answer.contains("access-control"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn the_page_is_for_nobody_else() -> Result<(), Box<dyn Error>> {
    let (front, _calls) = open_to_a_guest()?;
    for (path, headers, expect) in [
        ("/_ricspec", "Host: localhost", "200"),
        ("/_ricspec/events", "Host: 127.0.0.1:8080", "200"),
        ("/_ricspec", "Host: a:1\r\nOrigin: http://a:1", "403"),
        ("/_ricspec", "Host: rebound.example", "403"),
        ("/_ricspec", &format!("Host: localhost\r\n{GUEST}"), "403"),
        ("/_ricspecial", "Host: localhost", "404"),
    ] {
        let answer = ask(&front, &format!("GET {path} HTTP/1.1\r\n{headers}"), "").await?;
        assert_eq!(status(&answer), expect, "{path} {headers}: {answer}");
    }
    Ok(())
}
