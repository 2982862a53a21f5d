//! The door as seen by a caller.

use std::error::Error;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::*;
use crate::protocol::{AnswerKind, Returned};
use crate::service::Clock;

type Notes = mpsc::UnboundedReceiver<Note>;

fn open() -> Result<(Door, Notes), BindError> {
    let (sender, notes) = mpsc::unbounded_channel();
    let traffic = Arc::new(Traffic::new(Clock::start(), sender, false, None));
    Ok((Door::open(&traffic, &TaskTracker::new())?, notes))
}

async fn ask(door: &Door, head: &str, body: &[u8]) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(door.address).await?;
    let length = body.len();
    let head =
        format!("{head}\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    // A refused caller may find its connection closed.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn a_caller_brings_an_event_and_gets_the_answer() -> Result<(), Box<dyn Error>> {
    let (door, mut notes) = open()?;
    let head = "POST /2015-03-31/functions/mine/invocations HTTP/1.1\r\nX-Amz-Client-Context: eyJhIjoxfQ==";
    for (kind, error) in [(AnswerKind::Response, false), (AnswerKind::Error, true)] {
        let serve = async {
            let Some(Note::Invoked { invoke, returns }) = notes.recv().await else {
                return None;
            };
            let body = "{}".into();
            returns?.send(Returned { kind, body }).ok()?;
            Some(invoke)
        };
        let (invoke, answer) = tokio::join!(serve, ask(&door, head, b"\"John\""));
        let (invoke, answer) = (invoke.ok_or("no event")?, answer?);
        assert_eq!(invoke.event.as_ref(), b"\"John\"");
        assert_eq!(
            (
                &*invoke.function,
                invoke.client_context.as_deref(),
                invoke.request_id
            ),
            ("mine", Some(r#"{"a":1}"#), None)
        );
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            answer.contains("\r\nX-Amz-Executed-Version: $LATEST\r\n"),
            "{answer}"
        );
        assert_eq!(
            answer.contains("\r\nX-Amz-Function-Error: Unhandled\r\n"),
            error
        );
        assert!(answer.ends_with("\r\n\r\n{}"), "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_invocation_is_refused() -> Result<(), Box<dyn Error>> {
    let (door, _notes) = open()?;
    let large = vec![b'1'; invoke::EVENT_BYTES_MAX + 1];
    let path = "/2015-03-31/functions/function/invocations HTTP/1.1";
    for (head, body, status) in [
        ("POST /elsewhere HTTP/1.1".to_owned(), &b"{}"[..], 404),
        (format!("PUT {path}"), b"{}", 405),
        (
            format!("POST {path}\r\nX-Amz-Client-Context: ?"),
            b"{}",
            400,
        ),
        (format!("POST {path}"), &large, 413),
    ] {
        let answer = ask(&door, &head, body).await?;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{head}: {answer}"
        );
    }
    Ok(())
}
