//! Connections from outside: what is noted of them, and that they get their replies.

use std::error::Error;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::http1::{Body, Event};
use crate::service::{Caller, Doorkeeper, Outgoing};

fn case() -> serde_json::Result<Case> {
    let text = r#"{"$schema": "", "id": "boot/test", "title": "", "why": "", "requirements": []}"#;
    serde_json::from_str(text)
}

/// A request whose sender closes its side at once still gets its reply.
async fn half_closed(request: &str) -> Result<String, Box<dyn Error>> {
    let case = case()?;
    let (sender, mut notes) = mpsc::unbounded_channel();
    let service = Service::bind(&case, &Addresses::Shared, None, Clock::start(), sender).await?;
    let mut runtime = TcpStream::connect(&service.api).await?;
    runtime.write_all(request.as_bytes()).await?;
    runtime.shutdown().await?;
    let (mut waiting, mut closed) = (None, false);
    while !closed {
        match notes.recv().await.ok_or("no more notes")? {
            Note::Read { reply, .. } => waiting = reply.or(waiting),
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

/// Two connections that are read at the same time must keep their order in the transcript.
#[tokio::test]
async fn heads_of_all_connections_are_noted_in_order() -> Result<(), Box<dyn Error>> {
    const EACH: usize = 2000;
    let case = case()?;
    let (sender, mut notes) = mpsc::unbounded_channel();
    let service = Service::bind(&case, &Addresses::Shared, None, Clock::start(), sender).await?;
    std::thread::scope(|scope| {
        for connection in 0..4 {
            let traffic = &service.traffic;
            scope.spawn(move || {
                for _ in 0..EACH {
                    traffic.note_head(connection, Event::Garbage(Body::default()), None);
                }
            });
        }
    });
    for expect in 0..4 * EACH {
        match notes.try_recv()? {
            Note::Read { exchange, .. } => assert_eq!(exchange, expect),
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

/// What a request gets from a service with this doorkeeper, if it has one, and who was noted as a stranger.
async fn guarded(
    doorkeeper: Option<Doorkeeper>,
    request: &str,
) -> Result<(String, Vec<String>), Box<dyn Error>> {
    let case = case()?;
    let (sender, mut notes) = mpsc::unbounded_channel();
    let service = Service::bind(&case, &Addresses::Shared, None, Clock::start(), sender).await?;
    if let Some(doorkeeper) = doorkeeper {
        service.guard(doorkeeper);
    }
    let mut caller = TcpStream::connect(&service.api).await?;
    caller.write_all(request.as_bytes()).await?;
    let mut strangers = Vec::new();
    loop {
        match notes.recv().await.ok_or("no more notes")? {
            Note::Read {
                reply: Some(waiting),
                ..
            } => {
                waiting.send(Outgoing::accepted()).map_err(|_| "gone")?;
                break;
            }
            Note::Stranger(stranger) => {
                assert!(request.starts_with(&stranger.first.text()), "{stranger:?}");
                strangers.push(stranger.who);
                break;
            }
            _ => {}
        }
    }
    let mut reply = [0; 12];
    caller.read_exact(&mut reply).await?;
    service.close().await;
    Ok((String::from_utf8_lossy(&reply).into_owned(), strangers))
}

#[tokio::test]
async fn strangers_are_refused_and_noted() -> Result<(), Box<dyn Error>> {
    let plain = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    let of_a_page = "GET /x HTTP/1.1\r\nHost: a\r\noRigin: http://b\r\n\r\n";
    let says = |caller: Caller| Some(Arc::new(move |_, _| caller.clone()) as Doorkeeper);
    let page = "a page in a browser";
    for (doorkeeper, request, status, stranger) in [
        (None, plain, "202", None),
        (None, of_a_page, "403", Some(page)),
        (says(Caller::Unknown), plain, "202", None),
        (says(Caller::Unknown), of_a_page, "403", Some(page)),
        (says(Caller::Actor(Actor::Runtime)), of_a_page, "202", None),
        (
            says(Caller::Stranger("7 it".to_owned())),
            plain,
            "403",
            Some("7 it"),
        ),
    ] {
        let (reply, strangers) = guarded(doorkeeper, request).await?;
        assert_eq!(reply, format!("HTTP/1.1 {status}"), "{request}");
        assert_eq!(strangers, Vec::from_iter(stranger), "{request}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_refused_before_the_script_sees_it_is_on_record() -> Result<(), Box<dyn Error>> {
    let case = case()?;
    let (sender, mut notes) = mpsc::unbounded_channel();
    let service = Service::bind(&case, &Addresses::Shared, None, Clock::start(), sender).await?;
    let mut runtime = TcpStream::connect(&service.api).await?;
    runtime
        .write_all(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx")
        .await?;
    let mut reply = String::new();
    runtime.read_to_string(&mut reply).await?;
    assert!(reply.starts_with("HTTP/1.1 400 "), "{reply}");
    service.close().await;
    let mut statuses = Vec::new();
    while let Ok(note) = notes.try_recv() {
        if let Note::Replying { status, .. } = note {
            statuses.push(status);
        }
    }
    assert_eq!(statuses, [400]);
    Ok(())
}
