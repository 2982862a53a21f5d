//! The rules that a case sets for an answer: each holds, or says what came in place of it.

mod equal;
mod log_line;
mod output;
mod time;

use std::borrow::Cow;

use super::attribution::is_wrapped;
use super::code::Code;
use super::evidence::shortened;
use super::json::Json;
use super::timeline::Timeline;
use crate::case::{HeaderRule, Payload, Rule, Same};
use crate::law::Level;
use crate::protocol::RESPONSE_BYTES_MAX;
use crate::transcript::{Body, Delivery, Exchange};

/// How many connections a runtime may have used besides those of every other call: a pool, and some that came back late.
const POOL_MAX: usize = 3;

/// The call that rules are about.
pub(super) struct Subject<'a> {
    pub(super) timeline: &'a Timeline<'a>,
    pub(super) exchange: Option<&'a Exchange>,
    pub(super) delivery: Option<&'a Delivery>,
}

/// A rule that does not hold.
pub(super) struct Breach {
    pub(super) code: Code,
    /// Where the requirement's own level is too grave for this breach, the most that it may be.
    pub(super) most: Level,
    pub(super) expected: String,
    pub(super) actual: String,
}

type Ruling = Result<(), Breach>;

impl Breach {
    fn new(code: Code, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            code,
            most: Level::Must,
            expected: expected.into(),
            actual: actual.into(),
        }
    }

    /// The same breach, of this level at most.
    fn at_most(self, most: Level) -> Self {
        Self { most, ..self }
    }

    fn unless(
        holds: bool,
        code: Code,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Ruling {
        match holds {
            true => Ok(()),
            false => Err(Self::new(code, expected, actual)),
        }
    }
}

/// Holds a call to a rule.
pub(super) fn hold(subject: &Subject<'_>, rule: &Rule) -> Ruling {
    match rule {
        Rule::Json {} => subject.json("").map(drop),
        Rule::Equals {
            at,
            or_absent: true,
            ..
        }
        | Rule::Range {
            at,
            or_absent: true,
            ..
        } if absent(subject, at).is_ok() => Ok(()),
        Rule::Equals {
            at,
            value,
            contained,
            ..
        } => equal::to_value(subject, at, value.get(), *contained),
        Rule::EqualsHeader { at, header } => {
            let sent = subject
                .delivery
                .and_then(|delivery| delivery.header(header));
            equal::to_text(subject, at, sent.unwrap_or_default(), header)
        }
        Rule::EqualsEnv { at, variable } => {
            let env = &subject.timeline.transcript.env;
            let given = env.get(variable).map_or("", String::as_str);
            equal::to_text(subject, at, given, variable)
        }
        Rule::Type { at, is } => has_type(subject, at, is),
        Rule::Items { at, are } => items(subject, at, are),
        Rule::Absent { at } => absent(subject, at),
        Rule::Range { at, min, max, .. } => range(subject, at, *min, *max),
        Rule::Exceeds {
            at,
            other,
            min,
            max,
        } => exceeds(subject, (at, other), *min, *max),
        Rule::Remaining { at, tolerance_ms } => remaining(subject, at, *tolerance_ms),
        Rule::Contains { at, text } => contains(subject, at, text),
        Rule::Lacks { at, text } => lacks(subject, at, text),
        Rule::Length { at, is } => length(subject, at, *is),
        Rule::Compare { at, with, same } => compare(subject, at, with, *same),
        Rule::Bytes { value } => bytes(subject, value),
        Rule::Utf8 {} => utf8(subject),
        Rule::Nothing {} => nothing(subject),
        Rule::Header { name, is } => header(subject, name, is),
        Rule::Output { contains } => output::has(subject, contains),
        Rule::AnyOutput {} => output::any(subject),
        Rule::NoOutput { contains } => output::lacks(subject, contains),
        Rule::JsonLines { about, members } => output::json_lines(subject, about, members),
        Rule::LoggerLine { about } => output::logger_line(subject, about),
        Rule::LogLine { about, of, has } => log_line::holds(subject, about, of.as_deref(), *has),
        Rule::LogLevel { least } => output::level(subject, least),
        Rule::Started { within_ms } => started(subject, *within_ms),
        Rule::Size { max } => size(subject, *max),
        Rule::SameConnection {} => same_connection(subject),
        Rule::DeliveredWhole {} => delivered_whole(subject),
    }
}

impl Subject<'_> {
    fn body(&self) -> &Body {
        static NONE: Body = Body {
            kept: Vec::new(),
            bytes: 0,
            sha256: None,
        };
        self.exchange.map_or(&NONE, |exchange| &exchange.body)
    }

    /// The value at a pointer into the body.
    fn json(&self, at: &str) -> Result<Json, Breach> {
        let body = self.body();
        if !body.is_whole() {
            return Err(too_long(body));
        }
        if body.kept.starts_with(b"\xef\xbb\xbf") {
            let expected = "a body without a byte order mark";
            return Err(Breach::new(Code::ByteOrderMark, expected, body_words(body)));
        }
        let value = Json::parse(&body.kept).map_err(|fault| {
            let actual = format!("{} ({fault})", body_words(body));
            let breach = Breach::new(Code::NotJson, "a body that is valid JSON", actual);
            match self.is_empty_report() {
                true => breach.at_most(Level::Should),
                false => breach,
            }
        })?;
        if at.is_empty() {
            return Ok(value);
        }
        value.at(at).cloned().ok_or_else(|| {
            let actual = format!("no such member in {}", body_words(body));
            let wrapped =
                value == Json::Null || is_wrapped(self.body(), |inner| inner.at(at).is_some());
            let code = if wrapped {
                Code::Wrapped
            } else {
                Code::MissingMember
            };
            Breach::new(code, format!("a value at `{at}`"), actual)
        })
    }

    /// Whether it is an `/error` without a body, which the service does not ask for.
    fn is_empty_report(&self) -> bool {
        let is_report = |exchange: &&Exchange| exchange.target.ends_with("/error");
        self.body().bytes == 0 && self.exchange.filter(is_report).is_some()
    }

    fn integer(&self, at: &str) -> Result<i64, Breach> {
        let value = self.json(at)?;
        value.integer().ok_or_else(|| {
            let actual = format!("{} `{}`", value.kind(), value.brief());
            Breach::new(Code::WrongType, format!("a number{}", place(at)), actual)
        })
    }

    /// The text at a pointer; the whole body where the pointer is empty and the body is no string.
    fn text(&self, at: &str) -> Result<Cow<'_, str>, Breach> {
        if at.is_empty() {
            return Ok(String::from_utf8_lossy(&self.body().kept));
        }
        let value = self.json(at)?;
        Ok(value.text().unwrap_or_else(|| value.to_string()).into())
    }
}

/// A body that the service refuses, and of which only a part is on timeline.
fn too_long(body: &Body) -> Breach {
    let max = RESPONSE_BYTES_MAX;
    let more = body.bytes.saturating_sub(max);
    let expected = format!("a body of at most {max} bytes");
    let actual = format!("{} bytes, {more} too many", body.bytes);
    Breach::new(Code::TooLong, expected, actual)
}

fn body_words(body: &Body) -> String {
    match body.bytes {
        0 => "an empty body".to_owned(),
        bytes => format!("{bytes} bytes: {}", shortened(&body.beginning())),
    }
}

fn place(at: &str) -> String {
    match at {
        "" => String::new(),
        at => format!(" at `{at}`"),
    }
}

fn has_type(subject: &Subject<'_>, at: &str, is: &str) -> Ruling {
    let value = subject.json(at)?;
    let actual = format!("{} `{}`", value.kind(), value.brief());
    Breach::unless(
        value.kind() == is,
        Code::WrongType,
        format!("{is}{}", place(at)),
        actual,
    )
}

fn items(subject: &Subject<'_>, at: &str, are: &str) -> Ruling {
    let body = Json::parse(&subject.body().kept).ok();
    let expected = format!("an array of {are}s{}", place(at));
    match body.as_ref().and_then(|body| body.at(at)) {
        None => Ok(()),
        Some(Json::Array(items)) => match items.iter().find(|item| item.kind() != are) {
            None => Ok(()),
            Some(item) => {
                let actual = format!("an item of type {}: {}", item.kind(), item.brief());
                Err(Breach::new(Code::WrongType, expected, actual))
            }
        },
        Some(other) => {
            let actual = format!("{}: {}", other.kind(), other.brief());
            Err(Breach::new(Code::WrongType, expected, actual))
        }
    }
}

fn absent(subject: &Subject<'_>, at: &str) -> Ruling {
    let body = Json::parse(&subject.body().kept).ok();
    let Some(value) = body.as_ref().and_then(|body| body.at(at)) else {
        return Ok(());
    };
    let empty = match value {
        Json::Null => true,
        Json::String(bytes) => bytes.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::Boolean(_) | Json::Number(_) => false,
    };
    Breach::unless(
        empty,
        Code::NotAbsent,
        format!("nothing{}", place(at)),
        value.brief(),
    )
}

fn range(subject: &Subject<'_>, at: &str, min: i64, max: i64) -> Ruling {
    let number = subject.integer(at)?;
    let expected = format!("a number from {min} to {max}{}", place(at));
    Breach::unless(
        (min..=max).contains(&number),
        Code::OutOfRange,
        expected,
        number.to_string(),
    )
}

fn exceeds(subject: &Subject<'_>, (at, other): (&str, &str), min: i64, max: i64) -> Ruling {
    let difference = subject.integer(at)?.saturating_sub(subject.integer(other)?);
    let expected = format!("`{at}` greater than `{other}` by {min} to {max}");
    let actual = format!("by {difference}");
    Breach::unless(
        (min..=max).contains(&difference),
        Code::OutOfRange,
        expected,
        actual,
    )
}

/// The function read its remaining time somewhen between the delivery and the answer.
fn remaining(subject: &Subject<'_>, at: &str, tolerance_ms: i64) -> Ruling {
    let read = subject.integer(at)?;
    let timeline = subject.timeline;
    let sent = subject
        .delivery
        .and_then(|delivery| delivery.header(crate::protocol::header::DEADLINE_MS))
        .and_then(|deadline| deadline.parse::<i64>().ok());
    let (Some(deadline), Some(answer), Some(delivery)) = (sent, subject.exchange, subject.delivery)
    else {
        return Ok(());
    };
    let delivered = delivery
        .polls
        .first()
        .and_then(|poll| timeline.transcript.exchanges.get(*poll))
        .and_then(|poll| poll.reply.as_ref())
        .map_or(answer.at, |reply| reply.at);
    let left = |at: crate::transcript::Offset| {
        let now = timeline.transcript.began_unix_ms.saturating_add(at.ms());
        deadline.saturating_sub(i64::try_from(now).unwrap_or(i64::MAX))
    };
    let (least, most) = (
        left(answer.at).saturating_sub(tolerance_ms),
        left(delivered).saturating_add(tolerance_ms),
    );
    let expected = format!(
        "from {least} to {most} ms{}: the deadline minus the time of the call",
        place(at)
    );
    Breach::unless(
        (least..=most).contains(&read),
        Code::WrongRemainingTime,
        expected,
        format!("{read} ms"),
    )
}

fn contains(subject: &Subject<'_>, at: &str, text: &str) -> Ruling {
    let actual = subject.text(at)?;
    let expected = format!("a text with `{}`{}", shortened(text), place(at));
    Breach::unless(
        actual.contains(text),
        Code::MissingText,
        expected,
        shortened(&actual),
    )
}

fn lacks(subject: &Subject<'_>, at: &str, text: &str) -> Ruling {
    let actual = subject.text(at)?;
    let expected = format!("a text without `{}`{}", shortened(text), place(at));
    Breach::unless(
        !actual.contains(text),
        Code::UnwantedText,
        expected,
        shortened(&actual),
    )
}

fn length(subject: &Subject<'_>, at: &str, is: usize) -> Ruling {
    let value = subject.json(at)?;
    let count = value.characters();
    let actual = match count {
        Some(count) => format!("{count} characters"),
        None => format!("{}: {}", value.kind(), value.brief()),
    };
    let expected = format!("a string of {is} characters{}", place(at));
    let long = |value: &Json| value.characters() == Some(is);
    if long(&value) {
        return Ok(());
    }
    let wrapped = || value == Json::Null || is_wrapped(subject.body(), long);
    let code = match at.is_empty() && wrapped() {
        true => Code::Wrapped,
        false => Code::WrongLength,
    };
    Err(Breach::new(code, expected, actual))
}

fn compare(subject: &Subject<'_>, at: &str, with: &str, same: Same) -> Ruling {
    let value = subject.json(at)?;
    let timeline = subject.timeline;
    let other = timeline
        .first_named(with)
        .and_then(|invocation| timeline.answers_to(invocation).next())
        .and_then(|answer| Json::parse(&answer.exchange.body.kept).ok())
        .and_then(|body| body.at(at).cloned());
    // An earlier answer without the value is that answer's own breach.
    let Some(other) = other else { return Ok(()) };
    let (holds, word) = match same {
        Same::Equal => (value == other, "the same value as"),
        Same::Different => (value != other, "another value than"),
        Same::Kind => (value.kind() == other.kind(), "a value of the same kind as"),
    };
    let expected = format!(
        "{word} the answer to `{with}`{}: {}",
        place(at),
        other.brief()
    );
    Breach::unless(holds, Code::WrongValue, expected, value.brief())
}

fn bytes(subject: &Subject<'_>, value: &Payload) -> Ruling {
    let wanted = value.bytes().unwrap_or_default();
    let body = subject.body();
    if !body.is_whole() {
        return Err(too_long(body));
    }
    if body.kept == wanted {
        return Ok(());
    }
    let expected = body_words(&Body::from(wanted.as_slice()));
    Err(Breach::new(Code::WrongBytes, expected, body_words(body)))
}

fn utf8(subject: &Subject<'_>) -> Ruling {
    let body = subject.body();
    if !body.is_whole() {
        return Err(too_long(body));
    }
    match std::str::from_utf8(&body.kept) {
        Ok(_) => Ok(()),
        Err(fault) => {
            let actual = format!("{fault}: {}", body_words(body));
            Err(Breach::new(Code::NotUtf8, "a body in UTF-8", actual))
        }
    }
}

fn nothing(subject: &Subject<'_>) -> Ruling {
    let body = subject.body();
    let empty = body.bytes == 0 || String::from_utf8_lossy(&body.kept).trim() == "null";
    if empty {
        return Ok(());
    }
    let code = match is_wrapped(subject.body(), |inner| *inner == Json::Null) {
        true => Code::Wrapped,
        false => Code::NotNothing,
    };
    Err(Breach::new(
        code,
        "`null` or an empty body",
        body_words(body),
    ))
}

fn header(subject: &Subject<'_>, name: &str, is: &HeaderRule) -> Ruling {
    let came = subject.exchange.and_then(|exchange| exchange.header(name));
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
            let expected = format!("the header {name} with `{text}`");
            (holds, wrong, expected)
        }
        HeaderRule::Echo => {
            let expected = format!("the header {name} `{}`, as it came", sent());
            (came == Some(sent()), wrong, expected)
        }
    };
    Breach::unless(holds, code, expected, actual)
}

fn size(subject: &Subject<'_>, max: u64) -> Ruling {
    let bytes = subject.body().bytes;
    let expected = format!("a body of at most {max} bytes");
    Breach::unless(
        bytes <= max,
        Code::TooLong,
        expected,
        format!("{bytes} bytes"),
    )
}

fn started(subject: &Subject<'_>, within_ms: u64) -> Ruling {
    let transcript = subject.timeline.transcript;
    let Some(exchange) = subject.exchange else {
        return Ok(());
    };
    let ms = exchange.at.ms_since(transcript.process.started);
    let holds = ms <= transcript.stretched(within_ms);
    let expected = format!("the first call within {within_ms} ms of the start");
    Breach::unless(holds, Code::SlowStart, expected, format!("after {ms} ms"))
}

/// A pool of a few connections is fine, and so is a connection that was not yet back in it: one for each call is not.
fn same_connection(subject: &Subject<'_>) -> Ruling {
    let Some(exchange) = subject.exchange else {
        return Ok(());
    };
    // An extension inside the runtime may have connections of its own.
    let (connections, calls) = subject.timeline.used_until(exchange.at);
    Breach::unless(
        connections <= POOL_MAX + calls / 2,
        Code::NewConnection,
        "kept-alive connections, used again",
        format!("{connections} connections for {calls} calls"),
    )
}

/// The script cuts only the first delivery; what the service hands out again is whole.
fn delivered_whole(subject: &Subject<'_>) -> Ruling {
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
        again || exchange.target.ends_with("/error"),
        Code::RanOnHalfAnEvent,
        "no run of the handler before the whole event has come",
        "an answer of the function to an event that broke off",
    )
}
