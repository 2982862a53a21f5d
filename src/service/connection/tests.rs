//! A raw client against the service: replies that come early or out of turn, and what follows on the connection.

use std::error::Error;
use std::io::{self, Write};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use crate::case::{Case, Close, Cut, CutHow, Shape};
use crate::http1::Event;
use crate::service::{Addresses, Clock, Note, Outgoing, Service};
use crate::transcript::Side;

type Done = Result<(), Box<dyn Error>>;

/// A client with one connection, and the service as seen by the one who answers.
struct Desk {
    service: Service,
    notes: mpsc::UnboundedReceiver<Note>,
    client: TcpStream,
    /// Where replies go, in the order of the requests.
    places: Vec<oneshot::Sender<Outgoing>>,
}

impl Desk {
    async fn open(member: &str) -> Result<Self, Box<dyn Error>> {
        let text = format!(
            r#"{{"$schema": "", "id": "boot/test", "title": "", "why": "", "requirements": []{member}}}"#
        );
        let case: Case = serde_json::from_str(&text)?;
        let (sender, notes) = mpsc::unbounded_channel();
        let service =
            Service::bind(&case, &Addresses::Shared, None, Clock::start(), sender).await?;
        let client = TcpStream::connect(&service.api).await?;
        Ok(Self {
            service,
            notes,
            client,
            places: Vec::new(),
        })
    }

    /// Sends this, and waits until so many events of its requests have been noted: gives their kinds.
    async fn send(&mut self, text: &str, events: usize) -> Result<Vec<String>, Box<dyn Error>> {
        self.client.write_all(text.as_bytes()).await?;
        let mut kinds = Vec::new();
        while kinds.len() < events {
            if let Note::Read { event, reply, .. } = self.notes.recv().await.ok_or("no more")? {
                self.places.extend(reply);
                kinds.push(match event {
                    Event::Head(head) => head.target,
                    Event::Data { bytes, .. } => format!("{bytes} bytes"),
                    Event::End { body, broken, .. } => match broken {
                        None => format!("end of {}", body.text()),
                        Some(fault) => fault,
                    },
                    Event::Lost(_) | Event::Garbage(_) => "no request".to_owned(),
                });
            }
        }
        Ok(kinds)
    }

    /// Answers the request that has waited longest, or a later one.
    fn answer(&mut self, place: usize, reply: Outgoing) {
        // A client that has gone is noted in another way.
        let _ = self.places.remove(place).send(reply);
    }

    /// What comes next, up to this end.
    async fn reads(&mut self, end: &str) -> io::Result<String> {
        let mut text = String::new();
        while !text.ends_with(end) {
            text.push(char::from(self.client.read_u8().await?));
        }
        Ok(text)
    }

    /// Who closed the connection.
    async fn closed_by(&mut self) -> Result<Side, Box<dyn Error>> {
        loop {
            if let Note::Closed { by, .. } = self.notes.recv().await.ok_or("no more")? {
                return Ok(by);
            }
        }
    }
}

const BEGUN: &str = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc";
const NEXT: &str = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";
const ACCEPTED: &str = "{\"status\":\"OK\"}\n";

fn too_large(shape: Shape) -> Outgoing {
    Outgoing {
        status: 413,
        body: "no".into(),
        shape,
        ..Outgoing::default()
    }
}

#[tokio::test]
async fn requests_are_answered_in_the_order_in_which_they_came() -> Done {
    let mut desk = Desk::open("").await?;
    let both = format!("{}{NEXT}", NEXT.replace("/b", "/a"));
    let seen = desk.send(&both, 4).await?;
    assert_eq!(seen, ["/a", "end of ", "/b", "end of "]);
    desk.answer(1, too_large(Shape::default()));
    desk.answer(0, Outgoing::accepted());
    assert!(desk.reads(ACCEPTED).await?.starts_with("HTTP/1.1 202 "));
    assert!(desk.reads("no").await?.starts_with("HTTP/1.1 413 "));
    Ok(())
}

#[tokio::test]
async fn a_reply_may_come_in_the_middle_of_a_body() -> Done {
    let mut desk = Desk::open("").await?;
    assert_eq!(desk.send(BEGUN, 2).await?, ["/a", "3 bytes"]);
    desk.answer(0, too_large(Shape::default()));
    assert!(desk.reads("no").await?.starts_with("HTTP/1.1 413 "));
    let rest = format!("def{NEXT}");
    let seen = desk.send(&rest, 4).await?;
    assert_eq!(seen, ["3 bytes", "end of abcdef", "/b", "end of "]);
    desk.answer(0, Outgoing::accepted());
    assert!(desk.reads(ACCEPTED).await?.starts_with("HTTP/1.1 202 "));
    Ok(())
}

#[tokio::test]
async fn a_reply_that_ends_the_connection_ends_the_body_as_well() -> Done {
    let mut desk = Desk::open("").await?;
    desk.send(BEGUN, 2).await?;
    desk.answer(
        0,
        too_large(Shape {
            close: Close::Announced,
            ..Shape::default()
        }),
    );
    let reply = desk.reads("no").await?;
    assert!(reply.contains("\r\nConnection: close\r\n"), "{reply}");
    assert!(desk.client.read_u8().await.is_err());
    let seen = desk.send("", 1).await?;
    assert_eq!(seen, ["3 of 6 bytes came, then the connection ended"]);
    assert_eq!(desk.closed_by().await?, Side::Service);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fast_writer_does_not_put_off_the_reply() -> Done {
    const BODY: usize = 64 * 1024 * 1024;
    let mut desk = Desk::open("").await?;
    let head = format!("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY}\r\n\r\n");
    desk.send(&head, 1).await?;
    let mut client = desk.client.into_std()?;
    client.set_nonblocking(false)?;
    // The service closes the connection under it.
    let writer = std::thread::spawn(move || client.write_all(&vec![b'x'; BODY]).is_err());
    let mut place = desk.places.pop();
    let mut after = 0;
    loop {
        let note = desk.notes.recv().await.ok_or("no more")?;
        if matches!(note, Note::Closed { .. }) {
            break;
        }
        if let Note::Read {
            event: Event::Data { bytes, .. },
            ..
        } = note
        {
            match place.take() {
                Some(place) => drop(place.send(too_large(Shape {
                    close: Close::Announced,
                    ..Shape::default()
                }))),
                None => after += bytes,
            }
        }
    }
    assert!(after <= 2 * 1024 * 1024, "{after} bytes came after it");
    assert!(writer.join().map_err(|_| "it panicked")?, "all was taken");
    Ok(())
}

#[tokio::test]
async fn a_connection_may_be_reset_in_the_middle_of_a_body() -> Done {
    let mut desk = Desk::open("").await?;
    desk.send(BEGUN, 2).await?;
    let cut = Cut {
        head_bytes: Some(0),
        body_bytes: 0,
        how: CutHow::Reset,
    };
    desk.answer(
        0,
        too_large(Shape {
            cut: Some(cut),
            ..Shape::default()
        }),
    );
    let read = desk.client.read_u8().await;
    let kind = read.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::ConnectionReset));
    Ok(())
}

#[tokio::test]
async fn a_client_that_waits_with_its_body_is_told_to_go_on() -> Done {
    let waits = BEGUN.replace("Host", "Expect: 100-continue\r\nHost");
    let (head, _) = waits.split_at(waits.len() - 3);
    for (member, head, told) in [
        ("", head, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 "),
        ("", waits.as_str(), "HTTP/1.1 202 "),
        (", \"withhold_continue\": true", head, "HTTP/1.1 202 "),
    ] {
        let mut desk = Desk::open(member).await?;
        let begun = head == waits;
        desk.send(head, if begun { 2 } else { 1 }).await?;
        let interim = match told.contains("100") {
            true => desk.reads("Continue\r\n\r\n").await?,
            false => String::new(),
        };
        let rest = if begun { "def" } else { "abcdef" };
        let seen = desk.send(rest, 2).await?;
        assert_eq!(seen.last().map(String::as_str), Some("end of abcdef"));
        desk.answer(0, Outgoing::accepted());
        let text = interim + &desk.reads(ACCEPTED).await?;
        assert!(text.starts_with(told), "{text}");
    }
    Ok(())
}

/// The two are sent together: a client that reads its reply finds that the connection has ended.
#[tokio::test]
async fn bytes_after_a_body_are_refused_with_its_reply() -> Done {
    let mut desk = Desk::open("").await?;
    let seen = desk.send(&format!("{BEGUN}def}}}}\r\n\r\n"), 3).await?;
    assert_eq!(seen.last().map(String::as_str), Some("end of abcdef"));
    desk.answer(0, Outgoing::accepted());
    let both = desk.reads("\r\n\r\n400 Bad Request").await?;
    assert!(both.starts_with("HTTP/1.1 202 "), "{both}");
    assert!(both.contains(&format!("{ACCEPTED}HTTP/1.1 400 Bad Request\r\n")));
    assert_eq!(desk.closed_by().await?, Side::Service);
    Ok(())
}

#[tokio::test]
async fn what_is_refused_comes_after_what_was_asked_before() -> Done {
    let mut desk = Desk::open("").await?;
    let both = format!("{NEXT}POST /c HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n");
    let seen = desk.send(&both, 4).await?;
    assert_eq!(seen.first().map(String::as_str), Some("/b"));
    desk.answer(0, Outgoing::accepted());
    assert!(desk.reads(ACCEPTED).await?.starts_with("HTTP/1.1 202 "));
    let refused = desk.reads("Unsupported transfer encoding").await?;
    let expect = "HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Connection: close\r\n\r\nUnsupported transfer encoding";
    assert_eq!(refused, expect);
    desk.service.close().await;
    Ok(())
}

/// A connection with a call is kept, and one without is closed.
#[tokio::test]
async fn hanging_up_closes_the_connections_without_a_call() -> Done {
    let mut desk = Desk::open("").await?;
    let mut idle = TcpStream::connect(&desk.service.api).await?;
    idle.write_all(NEXT.as_bytes()).await?;
    desk.send("", 2).await?;
    desk.send(NEXT, 2).await?;
    desk.answer(0, Outgoing::accepted());
    let mut text = String::new();
    while !text.ends_with(ACCEPTED) {
        text.push(char::from(idle.read_u8().await?));
    }
    desk.service.hang_up();
    assert!(idle.read_u8().await.is_err());
    desk.answer(0, Outgoing::accepted());
    assert!(desk.reads(ACCEPTED).await?.starts_with("HTTP/1.1 202 "));
    Ok(())
}
