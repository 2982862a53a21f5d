//! The rules that a case sets for an answer: each holds, or says what came instead.

mod batch;
mod body;
mod call;
mod equal;
mod log_line;
mod output;
mod stream;
mod time;
mod value;

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::json::Json;
use super::timeline::Timeline;
use crate::case::{Rule, each_rule};
use crate::cut::shortened;
use crate::law::{Code, Level};
use crate::protocol::RESPONSE_BYTES_MAX;
use crate::transcript::{Body, Delivery, Exchange, Transcript, VisitRecord};

/// The call that rules are about.
pub(super) struct Subject<'a> {
    pub(super) timeline: &'a Timeline<'a>,
    pub(super) exchange: Option<&'a Exchange>,
    pub(super) delivery: Option<&'a Delivery>,
    /// What the caller of the invocation got, if that is what rules are about.
    pub(super) visit: Option<&'a VisitRecord>,
}

/// A rule that does not hold.
pub(super) struct Breach {
    pub(super) code: Code,
    /// The highest level of this breach, if it is lower than that of the requirement.
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

/// How a rule of each kind is judged.
trait Hold {
    /// Whether it holds for this call, or what came instead.
    fn hold(&self, subject: &Subject<'_>) -> Ruling;

    /// How near a call that meets it came to its limit, in words.
    fn headroom(&self, _transcript: &Transcript, _call: &Exchange) -> Option<String> {
        None
    }
}

/// Judges a call by a rule.
pub(super) fn hold(subject: &Subject<'_>, rule: &Rule) -> Ruling {
    each_rule!(rule, rule => rule.hold(subject))
}

/// How near a call that meets a rule came to its limit, in words.
pub(super) fn headroom(rule: &Rule, transcript: &Transcript, call: &Exchange) -> Option<String> {
    each_rule!(rule, rule => rule.headroom(transcript, call))
}

impl Subject<'_> {
    fn body(&self) -> &Body {
        static NONE: LazyLock<Body> = LazyLock::new(Body::default);
        let of_visit = self.visit.map(|visit| &visit.body);
        let of_exchange = self.exchange.map(|exchange| &exchange.body);
        of_visit.or(of_exchange).unwrap_or(&NONE)
    }

    /// The first header of this name.
    fn header(&self, name: &str) -> Option<String> {
        match self.visit {
            Some(visit) => visit.header(name).map(str::to_owned),
            None => self.exchange?.header(name),
        }
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

    /// Whether it is an `/error` without a body, which the service accepts.
    fn is_empty_report(&self) -> bool {
        let is_report = |exchange: &&Exchange| exchange.head().target.ends_with("/error");
        self.body().bytes == 0 && self.exchange.filter(is_report).is_some()
    }

    fn integer(&self, at: &str) -> Result<i64, Breach> {
        let value = self.json(at)?;
        value.integer().ok_or_else(|| {
            let actual = format!("{} `{}`", value.kind(), value.brief());
            Breach::new(Code::WrongType, format!("a number{}", place(at)), actual)
        })
    }

    /// The text at a pointer; the whole body if the pointer is empty.
    fn text(&self, at: &str) -> Result<Cow<'_, str>, Breach> {
        if at.is_empty() {
            return Ok(String::from_utf8_lossy(&self.body().kept));
        }
        let value = self.json(at)?;
        Ok(value.text().unwrap_or_else(|| value.to_string()).into())
    }
}

/// A body that the service refuses, and that is kept only in part.
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

/// The code for a wrong value: `Wrapped` if the right value is one layer deeper.
fn wrapped_or(
    code: Code,
    subject: &Subject<'_>,
    (at, value): (&str, &Json),
    right: impl Fn(&Json) -> bool,
) -> Code {
    let wrapped = || *value == Json::Null || is_wrapped(subject.body(), right);
    match at.is_empty() && wrapped() {
        true => Code::Wrapped,
        false => code,
    }
}

/// Whether the body has the right value one layer deeper: in a member, or as the text of a string, plain or base64.
fn is_wrapped(body: &Body, right: impl Fn(&Json) -> bool) -> bool {
    let Ok(value) = Json::parse(&body.kept) else {
        return false;
    };
    let text = value.text().unwrap_or_default();
    let decoded = STANDARD.decode(&text).unwrap_or_default();
    let inner = [text.as_bytes(), &decoded].map(|bytes| Json::parse(bytes).ok());
    let texts = value
        .members()
        .filter_map(|member| Json::parse(member.text()?.as_bytes()).ok());
    value.members().any(&right)
        || texts.into_iter().any(|inner| right(&inner))
        || inner.iter().flatten().any(right)
}
