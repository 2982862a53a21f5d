//! Rules about the call itself: its headers, and when and how it came.

use super::{Breach, Hold, Ruling, Subject};
use crate::case::{HeaderRule, rule};
use crate::check::headroom::near;
use crate::cut::shortened;
use crate::law::Code;
use crate::transcript::{Exchange, Transcript};

/// How many connections a runtime may use in addition to one for every other call: a pool, and some that came back late.
const POOL_MAX: usize = 3;

impl Hold for rule::Header {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { name, is } = self;
        let came = subject.header(name);
        let came = came.as_deref();
        let actual = came.map_or("no such header".to_owned(), |value| {
            format!("`{}`", shortened(value))
        });
        let sent = || {
            subject
                .delivery
                .and_then(|delivery| delivery.header(name))
                .unwrap_or_default()
        };
        let wrong = came.map_or(Code::MissingHeader, |_| Code::WrongHeader);
        let (holds, code, expected) = match is {
            HeaderRule::Present => (
                came.is_some_and(|value| !value.is_empty()),
                Code::MissingHeader,
                format!("the header {name}"),
            ),
            HeaderRule::Absent => (
                came.is_none(),
                Code::UnwantedHeader,
                format!("no header {name}"),
            ),
            HeaderRule::Equals(value) => {
                let expected = format!("the header {name} `{value}`");
                (came == Some(value), wrong, expected)
            }
            HeaderRule::Contains(text) => {
                let wanted = text.to_ascii_lowercase();
                let holds = came.is_some_and(|value| value.to_ascii_lowercase().contains(&wanted));
                let expected = format!("the header {name} with `{text}` in its value");
                (holds, wrong, expected)
            }
            HeaderRule::Echo => {
                let expected = format!("the header {name} `{}`, as it came", sent());
                (came == Some(&sent()), wrong, expected)
            }
        };
        Breach::unless(holds, code, expected, actual)
    }
}

impl Hold for rule::Started {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let within_ms = self.within_ms;
        let transcript = subject.timeline.transcript;
        let Some(exchange) = subject.exchange else {
            return Ok(());
        };
        let ms = exchange.at.ms_since(transcript.target().started);
        let holds = ms <= transcript.stretched(within_ms);
        let expected = format!("the first call within {within_ms} ms of the start");
        Breach::unless(holds, Code::SlowStart, expected, format!("after {ms} ms"))
    }

    fn headroom(&self, transcript: &Transcript, call: &Exchange) -> Option<String> {
        let ms = call.at.ms_since(transcript.target().started);
        near(
            "the first call",
            ms,
            transcript.stretched(self.within_ms),
            "ms",
        )
    }
}

impl Hold for rule::SameConnection {
    /// A pool of a few connections is fine, and so is a connection that was not yet back in it; a new connection for each
    /// call is not.
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Some(exchange) = subject.exchange else {
            return Ok(());
        };
        // An extension inside the runtime may have its own connections.
        let (connections, calls) = subject.timeline.used_until(exchange.at);
        Breach::unless(
            connections <= POOL_MAX + calls / 2,
            Code::NewConnection,
            "kept-alive connections, used again",
            format!("{connections} connections for {calls} calls"),
        )
    }
}

impl Hold for rule::OtherConnection {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Some(exchange) = subject.exchange else {
            return Ok(());
        };
        let exchanges = &subject.timeline.transcript.exchanges;
        // Not every runtime says that it streams (STREAM-01).
        let streamed = exchanges
            .iter()
            .rfind(|other| other.at < exchange.at && other.chunks().is_some());
        Breach::unless(
            streamed.is_none_or(|streamed| streamed.connection != exchange.connection),
            Code::ConnectionKept,
            "another connection than that of the stream, which the runtime closes when the stream has ended",
            "the connection of the stream",
        )
    }
}

impl Hold for rule::DeliveredWhole {
    /// The script cuts only the first delivery; the redelivery is complete.
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let (Some(exchange), Some(delivery)) = (subject.exchange, subject.delivery) else {
            return Ok(());
        };
        let exchanges = &subject.timeline.transcript.exchanges;
        let again = delivery
            .polls
            .iter()
            .skip(1)
            .filter_map(|poll| exchanges.get(*poll)?.reply.as_ref())
            .any(|reply| reply.at <= exchange.at);
        Breach::unless(
            again || exchange.head().target.ends_with("/error"),
            Code::RanOnHalfAnEvent,
            "no run of the handler before the whole event has come",
            "an answer of the function to an event that broke off",
        )
    }
}
