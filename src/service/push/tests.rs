//! Subscribers that take a batch, and some that do not.

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;
use crate::service::Clock;

const BATCH: &[u8] = b"[{\"a\":1}]";

/// Sends one batch to a subscriber that reads so many bytes and then writes these; gives what it read, and the notes.
async fn sent(lines: bool, read: usize, answer: &'static [u8]) -> (String, Vec<Note>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let subscriber = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut bytes = vec![0; read];
        let count = stream.read_exact(&mut bytes).await.expect("a batch");
        stream.write_all(answer).await.expect("an answer");
        bytes.truncate(count);
        String::from_utf8(bytes).expect("text")
    });
    let destination = match lines {
        true => Destination::Tcp { port },
        false => Destination::Http {
            host: "sandbox:1".to_owned(),
            port,
            path: "/p?a=b".to_owned(),
        },
    };
    let notes = posted(destination).await;
    (subscriber.await.expect("the subscriber"), notes)
}

/// The notes of a batch.
async fn posted(destination: Destination) -> Vec<Note> {
    let (sender, mut notes) = mpsc::unbounded_channel();
    let traffic = Arc::new(Traffic::new(Clock::start(), sender, false, None));
    let mut push = Push::new(&traffic, &TaskTracker::new());
    push.post(Post {
        subscription: 3,
        actor: Actor::Extension(0),
        destination,
        body: Bytes::from_static(BATCH),
    });
    let mut all = Vec::new();
    while let Some(note) = notes.recv().await {
        let is_last = matches!(note, Note::Pushed(_));
        all.push(note);
        if is_last {
            break;
        }
    }
    traffic.cancel.cancel();
    all
}

fn result(notes: &[Note]) -> &Pushed {
    match notes.last() {
        Some(Note::Pushed(pushed)) => pushed,
        other => panic!("no result: {other:?}"),
    }
}

/// The head that was noted.
fn head(notes: &[Note]) -> Option<String> {
    notes.iter().find_map(|note| match note {
        Note::Pushing(pushing) => Some(pushing.head.bytes.text()),
        _ => None,
    })
}

const HEAD: &str = "POST /p?a=b HTTP/1.1\r\nHost: sandbox:1\r\nContent-Type: application/json\r\nSequence-Id: oUDfHlLqITHVwnu4wlwxa5i3okWF7+w5yrGl1kkeIVE=\r\nContent-Length: 9\r\n\r\n";

#[tokio::test]
async fn a_batch_is_noted_as_it_stands_on_the_wire() {
    let whole = HEAD.len() + BATCH.len();
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (read, notes) = sent(false, whole, ok).await;
    let expected = head(&notes).expect("a head");
    let digest = STANDARD.encode(Sha256::digest(BATCH));
    assert!(expected.contains(&digest), "{expected}");
    assert_eq!(expected.len(), HEAD.len());
    assert_eq!(read, format!("{expected}[{{\"a\":1}}]"));
    let pushed = result(&notes);
    assert_eq!((pushed.subscription, pushed.exchange), (3, Some(0)));
    assert_eq!((pushed.status, pushed.fault.clone()), (Some(200), None));
    assert_eq!(pushed.wire, ok);
}

#[tokio::test]
async fn an_answer_that_is_an_error_is_a_fault() {
    let whole = HEAD.len() + BATCH.len();
    let error = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    let (_, notes) = sent(false, whole, error).await;
    let fault = result(&notes).fault.clone().unwrap_or_default();
    assert_eq!(fault, "http request failed with status 500");
    let (_, notes) = sent(false, whole, b"nothing\r\n\r\n").await;
    let pushed = result(&notes);
    assert_eq!((pushed.exchange, pushed.status), (Some(0), None));
    assert!(pushed.fault.is_some());
}

#[tokio::test]
async fn without_a_listener_there_is_no_exchange() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let port = listener
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port();
    let notes = posted(Destination::Tcp { port }).await;
    let pushed = result(&notes);
    assert_eq!((pushed.exchange, notes.len()), (None, 1));
    assert!(pushed.fault.is_some());
}

#[tokio::test]
async fn lines_need_no_answer() {
    let (read, notes) = sent(true, BATCH.len(), b"").await;
    assert_eq!(read.as_bytes(), BATCH);
    assert_eq!(result(&notes).fault, None);
    assert!(head(&notes).is_some());
}
