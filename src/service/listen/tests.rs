//! Connections from outside: what is noted of them, and that they get their replies.

use std::error::Error;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::service::Outgoing;
use crate::transcript::Body;

fn case() -> serde_json::Result<Case> {
    let text = r#"{"$schema": "", "id": "boot/test", "title": "", "why": "", "requirements": []}"#;
    serde_json::from_str(text)
}

/// A request whose sender ends its side at once gets its reply all the same.
async fn half_closed(request: &str) -> Result<String, Box<dyn Error>> {
    let case = case()?;
    let (sender, mut notes) = mpsc::unbounded_channel();
    let service = Service::bind(&case, &Reach::Shared, None, Clock::start(), sender).await?;
    let mut runtime = TcpStream::connect(&service.api).await?;
    runtime.write_all(request.as_bytes()).await?;
    runtime.shutdown().await?;
    let (mut waiting, mut closed) = (None, false);
    while !closed {
        match notes.recv().await.ok_or("no more notes")? {
            Note::Scanned { reply, .. } => waiting = reply.or(waiting),
            Note::Closed { .. } => closed = true,
            _ => {}
        }
    }
    let waiting = waiting.ok_or("no whole request")?;
    waiting.send(Outgoing::accepted()).map_err(|_| "gone")?;
    let mut reply = String::new();
    runtime.read_to_string(&mut reply).await?;
    service.close().await;
    Ok(reply)
}

/// Two connections that are read at once must not change places in the record.
#[tokio::test]
async fn heads_of_all_connections_are_noted_in_order() -> Result<(), Box<dyn Error>> {
    const EACH: usize = 2000;
    let case = case()?;
    let (sender, mut notes) = mpsc::unbounded_channel();
    let service = Service::bind(&case, &Reach::Shared, None, Clock::start(), sender).await?;
    std::thread::scope(|scope| {
        for connection in 0..4 {
            let shared = &service.shared;
            scope.spawn(move || {
                for _ in 0..EACH {
                    shared.note_head(connection, ScanEvent::Garbage(Body::default()));
                }
            });
        }
    });
    for expect in 0..4 * EACH {
        match notes.try_recv()? {
            Note::Scanned { exchange, .. } => assert_eq!(exchange, expect),
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_ends_its_side_gets_its_reply() -> Result<(), Box<dyn Error>> {
    for request in [
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        "GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let reply = half_closed(request).await?;
        assert!(reply.starts_with("HTTP/1.1 202 "), "{request}: {reply}");
    }
    Ok(())
}
