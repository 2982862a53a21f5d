//! Turns parts of a transcript into the few lines that prove a finding.

use super::Evidence;
use crate::cut::{SHOWN, shortened};
use crate::transcript::{
    Body, Caught, Exchange, Exit, Head, Offset, Reply, Side, Transcript, VisitRecord,
};

/// How many header lines of a request are shown.
const HEADERS_SHOWN: usize = 12;
/// How many lines tell what came later.
const LATER_SHOWN: usize = 8;

/// A request and its reply.
pub(super) fn of_exchange(transcript: &Transcript, index: usize) -> Evidence {
    let lines = transcript
        .exchanges
        .get(index)
        .map(exchange_lines)
        .unwrap_or_default();
    Evidence {
        exchange: Some(index),
        lines,
    }
}

/// The proof that something did not come: the delivery of an invocation, then a line for each later event, then the state of
/// the process.
pub(super) fn of_silence(transcript: &Transcript, after: Option<usize>) -> Evidence {
    let exchange = after.and_then(|index| transcript.exchanges.get(index));
    let mut lines = exchange.map(exchange_lines).unwrap_or_default();
    lines.extend(later_lines(transcript, after));
    lines.push(process_line(transcript));
    Evidence {
        exchange: after,
        lines,
    }
}

/// What a caller at the invoke door got.
pub(super) fn of_visit(visit: &VisitRecord) -> Evidence {
    let began = format!("a caller brought the event {}", visit.request_id);
    let mut lines = vec![stamped(visit.at, '*', &began)];
    let status = format!("the caller got {}", visit.status);
    lines.push(stamped(visit.answered, '*', &status));
    let headers = visit.headers.iter().take(HEADERS_SHOWN);
    lines.extend(
        headers.map(|header| unstamped('<', &format!("{}: {}", header.name, header.value))),
    );
    lines.push(unstamped('<', &body_words(&visit.body)));
    Evidence {
        exchange: None,
        lines,
    }
}

/// The first bytes of a connection to the decoy.
pub(super) fn of_caught(caught: &Caught) -> Evidence {
    let text = caught.first.text();
    let mut lines = vec![stamped(caught.at, '*', "a connection to the wrong place")];
    let sent = text.lines().take(HEADERS_SHOWN);
    lines.extend(sent.map(|line| unstamped('>', line)));
    Evidence {
        exchange: None,
        lines,
    }
}

/// One line about the process.
pub(super) fn of_process(transcript: &Transcript, text: &str) -> Evidence {
    Evidence {
        exchange: None,
        lines: vec![stamped(transcript.end.at, '*', text)],
    }
}

/// `exited with code 1`, `was ended by signal 11`.
pub(crate) fn exit_words(exit: Exit) -> String {
    if exit.out_of_memory {
        return "was ended by signal 9 (SIGKILL), as the kernel does when the memory limit is passed"
            .to_owned();
    }
    match (exit.code, exit.signal) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}{}", signal_name(signal)),
        (None, None) => "ended".to_owned(),
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    }
}

fn process_line(transcript: &Transcript) -> String {
    match transcript.target().exit {
        Some(exit) => stamped(exit.at, '*', &format!("the process {}", exit_words(exit))),
        None => stamped(transcript.end.at, '*', "the process is still running"),
    }
}

/// What happened after an exchange, or in the whole case, until the case ended: only first lines, and only the last few of
/// them.
fn later_lines(transcript: &Transcript, after: Option<usize>) -> Vec<String> {
    let mut passed: Vec<(Offset, Passed<'_>)> = Vec::new();
    let first = after.map_or(0, |index| index + 1);
    for exchange in transcript.exchanges.iter().skip(first) {
        passed.push((exchange.at, Passed::Request(exchange)));
        if let Some(reply) = &exchange.reply {
            passed.push((reply.at, Passed::Reply(reply)));
        }
    }
    let since = after.and_then(|index| transcript.exchanges.get(index));
    let since = since.map_or(Offset::default(), |exchange| exchange.at);
    for connection in &transcript.connections {
        if let (Some(at), Some(Side::Peer)) = (connection.closed, connection.closed_by)
            && at > since
        {
            passed.push((at, Passed::Close(connection.actor)));
        }
    }
    passed.retain(|(at, ..)| *at <= transcript.end.at);
    passed.sort_by_key(|(at, ..)| *at);
    let hidden = passed.len().saturating_sub(LATER_SHOWN);
    let told = (hidden > 0).then(|| unstamped('*', &format!("... {hidden} more lines")));
    let shown = passed.iter().skip(hidden);
    told.into_iter()
        .chain(shown.map(|(at, passed)| passed.line(*at)))
        .collect()
}

/// One event.
enum Passed<'a> {
    Request(&'a Exchange),
    Reply(&'a Reply),
    Close(Option<usize>),
}

/// Who closed a connection, by the place among the actors; an unknown caller counts as the runtime.
fn closer(actor: Option<usize>) -> &'static str {
    match actor.unwrap_or_default() {
        0 => "the runtime",
        _ => "the extension",
    }
}

impl Passed<'_> {
    fn line(&self, at: Offset) -> String {
        match self {
            Self::Request(exchange) => stamped(at, '>', &request_line(&exchange.head())),
            Self::Reply(reply) => {
                let wire = reply.wire.text();
                stamped(at, '<', wire.lines().next().unwrap_or_default())
            }
            Self::Close(actor) => {
                let told = format!("{} closed a connection", closer(*actor));
                stamped(at, '*', &told)
            }
        }
    }
}

fn request_line(head: &Head) -> String {
    let Head {
        method,
        target,
        minor,
        ..
    } = head;
    format!("{method} {target} HTTP/1.{minor}")
}

fn exchange_lines(exchange: &Exchange) -> Vec<String> {
    let head = exchange.head();
    let mut lines = vec![stamped(exchange.at, '>', &request_line(&head))];
    for header in head.headers.iter().take(HEADERS_SHOWN) {
        lines.push(unstamped(
            '>',
            &format!("{}: {}", header.name, header.value),
        ));
    }
    if head.headers.len() > HEADERS_SHOWN {
        let more = head.headers.len() - HEADERS_SHOWN;
        lines.push(unstamped('>', &format!("... {more} more header lines")));
    }
    if exchange.body.bytes > 0 {
        lines.push(unstamped('>', &body_words(&exchange.body)));
    }
    for trailer in exchange.trailers() {
        lines.push(unstamped(
            '>',
            &format!("trailer {}: {}", trailer.name, trailer.value),
        ));
    }
    if let Some(broken) = exchange.broken() {
        lines.push(unstamped('*', broken));
    }
    match (&exchange.reply, exchange.dropped) {
        (Some(reply), _) => lines.extend(reply_lines(reply)),
        (None, Some(at)) => {
            let told = format!("{} closed the connection", closer(exchange.actor));
            lines.push(stamped(at, '*', &told));
        }
        (None, None) => lines.push(unstamped('*', "no reply was sent")),
    }
    lines
}

fn reply_lines(reply: &Reply) -> Vec<String> {
    let wire = reply.wire.text();
    let (head, body) = wire.split_once("\r\n\r\n").unwrap_or((&wire, ""));
    let mut lines: Vec<String> = head
        .lines()
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, line)| match index {
            0 => stamped(reply.at, '<', line),
            _ => unstamped('<', line),
        })
        .collect();
    if !body.is_empty() {
        lines.push(unstamped('<', body));
    }
    if let Some(distortion) = &reply.distortion {
        lines.push(unstamped(
            '*',
            &format!("as the case wants it: {distortion}"),
        ));
    }
    lines
}

fn body_words(body: &Body) -> String {
    let text = body.beginning();
    match body.bytes {
        bytes if bytes > SHOWN as u64 => format!("{} ({bytes} bytes)", shortened(&text)),
        _ => text,
    }
}

fn stamped(at: Offset, mark: char, text: &str) -> String {
    format!("{:>7} ms {mark} {}", at.ms(), shortened(text))
}

fn unstamped(mark: char, text: &str) -> String {
    format!("{:>10} {mark} {}", "", shortened(text))
}
