//! The calls of an extension under test: whose they are, their order, and reports of failures.

use serde_json::Value;

use super::super::reached::{identifier, is_report, reached, status};
use super::super::timeline::Timeline;
use super::{Breach, Code, Scope};
use crate::cut::shortened;
use crate::protocol::{Actor, Endpoint, Route, header};
use crate::transcript::{ActorRecord, EndReason, Exchange, Offset};

pub(super) const SCOPE: Scope = Scope::EXTENSION;

/// How long the init phase may take, in milliseconds. After it Lambda starts once more, in the time of the first invocation.
const START_MS: u64 = 10_000;

pub(super) fn breaches(timeline: &Timeline<'_>) -> Vec<Breach<'static>> {
    let end = timeline.transcript.end.at;
    let calls = timeline.calls_of(timeline.target);
    let calls: Vec<_> = calls.filter(|(_, exchange)| exchange.at <= end).collect();
    let mut past = Past::default();
    let mut found = Vec::new();
    for (index, exchange) in &calls {
        let call = Seen {
            index: *index,
            exchange,
            route: exchange.route(timeline.transcript.mode),
            endpoint: reached(timeline.transcript.mode, exchange),
        };
        found.extend(past.faults(timeline, &call));
        past.note(&call);
    }
    found.extend(hot_loop(timeline, &calls));
    found
}

/// A call of the extension.
struct Seen<'a> {
    index: usize,
    exchange: &'a Exchange,
    route: Route,
    /// Its endpoint, if path and method are right.
    endpoint: Option<Endpoint>,
}

impl Seen<'_> {
    fn is(&self, endpoint: &Endpoint) -> bool {
        self.endpoint.as_ref() == Some(endpoint)
    }

    fn is_report(&self) -> bool {
        self.endpoint.as_ref().is_some_and(is_report)
    }

    fn text_of_reply(&self) -> String {
        let reply = self.exchange.reply.as_ref();
        reply.map(|reply| reply.wire.text()).unwrap_or_default()
    }

    fn breach(
        &self,
        what: (&'static str, Code),
        expected: &str,
        actual: impl Into<String>,
    ) -> Breach<'static> {
        Breach::at(self.index, what, expected, actual)
    }
}

/// What came before a call.
#[derive(Default)]
struct Past {
    /// The identifier of the registration, once one was accepted.
    identifier: Option<String>,
    /// Whether a call was a registration.
    asked: bool,
    /// When the extension was told that the environment ends.
    told: Option<Offset>,
    /// When it reported a failure.
    reported: Option<Offset>,
    /// When its latest poll came, and when it got its reply.
    poll: Option<(Offset, Option<Offset>)>,
}

impl Past {
    fn note(&mut self, call: &Seen<'_>) {
        let replied = call.exchange.reply.as_ref().map(|reply| reply.at);
        if call.is(&Endpoint::Register) {
            self.asked = true;
            // Of a reply that broke off, nothing may have come.
            let given = identifier(call.exchange);
            if status(call.exchange) == Some(200) && !given.is_empty() {
                self.identifier = Some(given);
            }
        }
        if call.is(&Endpoint::EventNext) && status(call.exchange) != Some(403) {
            // One that was given up has its own breach.
            self.poll = Some((call.exchange.at, replied.or(call.exchange.dropped)));
            let is_last = call.text_of_reply().contains("\"SHUTDOWN\"");
            self.told = self.told.or(replied.filter(|_| is_last));
        }
        if call.is_report() && status(call.exchange) == Some(202) {
            self.reported = replied;
        }
    }

    fn faults(&self, timeline: &Timeline<'_>, call: &Seen<'_>) -> Vec<Breach<'static>> {
        let is_after = |at: Option<Offset>| at.is_some_and(|at| at <= call.exchange.at);
        if is_after(self.told) {
            return [after_shutdown(call), without_type(call), bad_document(call)]
                .into_iter()
                .flatten()
                .collect();
        }
        if is_after(self.reported) {
            let late = call.breach(
                ("EXT-19", Code::CallAfterReport),
                "no call after the report of a failure: the process ends",
                words(call),
            );
            return vec![late.remark()];
        }
        [
            lost(call),
            self.registration(timeline, call),
            self.late(timeline, call),
            wishes(call),
            self.unregistered(call),
            self.second_poll(call),
            given_up(timeline, call),
            without_type(call),
            bad_document(call),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The registration: its name, and that there is one.
    fn registration(&self, timeline: &Timeline<'_>, call: &Seen<'_>) -> Option<Breach<'static>> {
        if !call.is(&Endpoint::Register) {
            return None;
        }
        if self.identifier.is_some() {
            return Some(call.breach(
                ("EXT-01", Code::RegisteredTwice),
                "one registration",
                "another one, after the first was accepted",
            ));
        }
        let file = &record(timeline)?.name;
        let given = call.exchange.header(header::EXTENSION_NAME);
        (given.as_ref() != Some(file)).then(|| {
            let actual = match given {
                Some(given) => format!("`{}`", shortened(&given)),
                None => "no such header".to_owned(),
            };
            let expected = format!("the name of its file, `{file}`, in Lambda-Extension-Name");
            call.breach(("EXT-02", Code::WrongExtensionName), &expected, actual)
        })
    }

    /// A registration that comes after the time that Lambda has for a start.
    fn late(&self, timeline: &Timeline<'_>, call: &Seen<'_>) -> Option<Breach<'static>> {
        let is_first = call.is(&Endpoint::Register) && !self.asked;
        let started = record(timeline)?.started;
        let took = call.exchange.at.us().saturating_sub(started.us()) / 1000;
        let most = timeline.transcript.stretched(START_MS);
        (is_first && took > most).then(|| {
            let what = ("EXT-01", Code::RegisteredTooLate);
            let expected = format!("the registration within {most} ms of the start");
            let actual = format!("it came after {took} ms");
            call.breach(what, &expected, actual).should()
        })
    }

    /// A call without the identifier of a registration, or with another one.
    fn unregistered(&self, call: &Seen<'_>) -> Option<Breach<'static>> {
        let needs_one = call.is(&Endpoint::EventNext)
            || call.is_report()
            || call.is(&Endpoint::Telemetry)
            || call.is(&Endpoint::Logs);
        if !needs_one {
            return None;
        }
        let Some(known) = &self.identifier else {
            return (!self.asked).then(|| {
                let expected = "the registration before any other call";
                call.breach(
                    ("EXT-01", Code::CallBeforeRegistration),
                    expected,
                    words(call),
                )
            });
        };
        let given = call.exchange.header(header::EXTENSION_IDENTIFIER);
        let is_right = given
            .as_ref()
            .is_some_and(|given| given.eq_ignore_ascii_case(known));
        (!is_right).then(|| {
            let actual = match given {
                Some(given) => format!("`{}`", shortened(&given)),
                None => "no such header".to_owned(),
            };
            let expected = format!("Lambda-Extension-Identifier: {known}");
            call.breach(
                ("EXT-07", Code::WrongExtensionIdentifier),
                &expected,
                actual,
            )
        })
    }

    /// A poll while another one is held.
    fn second_poll(&self, call: &Seen<'_>) -> Option<Breach<'static>> {
        let (began, ended) = self.poll.filter(|_| call.is(&Endpoint::EventNext))?;
        let is_open = ended.is_none_or(|ended| ended > call.exchange.at);
        is_open.then(|| {
            let held = format!(
                "a second one while that of {} ms was still held",
                began.ms()
            );
            call.breach(
                ("EXT-08", Code::SecondPoll),
                "at most one event/next at a time",
                held,
            )
        })
    }
}

fn record<'a>(timeline: &Timeline<'a>) -> Option<&'a ActorRecord> {
    match timeline.target {
        Actor::Runtime => None,
        Actor::Extension(place) => timeline.transcript.actors.iter().nth(place + 1),
    }
}

fn words(call: &Seen<'_>) -> String {
    let head = call.exchange.head();
    format!("{} {}", head.method, shortened(&head.target))
}

/// A call that means the Extensions API and does not reach it.
fn lost(call: &Seen<'_>) -> Option<Breach<'static>> {
    let head = call.exchange.head();
    let means_it = head.target.contains("/extension/");
    match &call.route {
        Route::Other(Some(endpoint)) if endpoint.method() != head.method => Some(call.breach(
            ("EXT-26", Code::WrongMethod),
            &format!("{} for this path", endpoint.method()),
            words(call),
        )),
        Route::Other(None) | Route::NotFound if means_it => Some(call.breach(
            ("EXT-26", Code::UnknownPath),
            "a path of the Extensions API",
            words(call),
        )),
        Route::Other(_) | Route::NotFound | Route::Known(_) | Route::WrongMethod { .. } => None,
    }
}

/// A registration for something else than a list of known events.
fn wishes(call: &Seen<'_>) -> Option<Breach<'static>> {
    if !call.is(&Endpoint::Register) {
        return None;
    }
    let body: Option<Value> = serde_json::from_slice(&call.exchange.body.kept).ok();
    let events = body
        .as_ref()
        .and_then(|body| body.get("events")?.as_array());
    let is_known = |event: &Value| event == "INVOKE" || event == "SHUTDOWN";
    let is_right = events.is_some_and(|events| events.iter().all(is_known));
    if events.is_some_and(|events| is_right && !events.contains(&"SHUTDOWN".into())) {
        let actual = format!("`{}`", shortened(&call.exchange.body.text()));
        let what = ("EXT-04", Code::NoShutdownEvent);
        return Some(
            call.breach(what, "SHUTDOWN among the `events`", actual)
                .remark(),
        );
    }
    (!is_right).then(|| {
        let expected = "a JSON object whose `events` are INVOKE, SHUTDOWN, or both";
        let text = call.exchange.body.text();
        let actual = match text.is_empty() {
            true => "no body".to_owned(),
            false => format!("`{}`", shortened(&text)),
        };
        call.breach(("EXT-03", Code::BadRegistration), expected, actual)
    })
}

/// A poll that the extension gave up, although it went on.
fn given_up(timeline: &Timeline<'_>, call: &Seen<'_>) -> Option<Breach<'static>> {
    let dropped = call.exchange.dropped?;
    let transcript = timeline.transcript;
    let mut calls = timeline.calls_of(timeline.target);
    let called = calls.any(|(_, later)| later.at > call.exchange.at);
    let process = record(timeline)?;
    let lived_on = called || process.exit.is_none();
    let is_poll = call.is(&Endpoint::EventNext) && call.exchange.reply.is_none();
    let mut signals = process.signals.iter();
    let was_ended = signals.any(|signal| signal.signal.ends() && signal.at <= dropped);
    (is_poll && lived_on && !was_ended && dropped < transcript.end.at).then(|| {
        let held = dropped.us().saturating_sub(call.exchange.at.us()) / 1000;
        call.breach(
            ("EXT-08", Code::PollGivenUp),
            "the extension waits in event/next for as long as the service holds it",
            format!("it closed the connection after {held} ms"),
        )
    })
}

fn after_shutdown(call: &Seen<'_>) -> Option<Breach<'static>> {
    let breach = || {
        call.breach(
            ("EXT-12", Code::CallAfterShutdown),
            "no call after SHUTDOWN other than POST exit/error",
            words(call),
        )
    };
    (!call.is(&Endpoint::ExtensionExitError)).then(|| breach().remark())
}

fn without_type(call: &Seen<'_>) -> Option<Breach<'static>> {
    let given = call.exchange.header(header::EXTENSION_ERROR_TYPE);
    let lacks = call.is_report() && given.is_none_or(|given| given.is_empty());
    lacks.then(|| {
        let expected = format!("the header {}", header::EXTENSION_ERROR_TYPE);
        let what = ("EXT-17", Code::MissingHeader);
        call.breach(what, &expected, "no such header").remark()
    })
}

/// A report whose body is neither empty nor the documented object.
fn bad_document(call: &Seen<'_>) -> Option<Breach<'static>> {
    let body = &call.exchange.body.kept;
    if !call.is_report() || body.is_empty() {
        return None;
    }
    let document: Option<Value> = serde_json::from_slice(body).ok();
    let (code, actual) = match document {
        None => (Code::NotJson, "not JSON".to_owned()),
        Some(document) => {
            let lacks = |name: &&str| !document.get(name).is_some_and(Value::is_string);
            let missing = ["errorMessage", "errorType"].into_iter().find(lacks)?;
            (Code::MissingMember, format!("no text `{missing}`"))
        }
    };
    let expected = "no body, or a JSON object with errorMessage and errorType";
    Some(call.breach(("EXT-18", code), expected, actual).remark())
}

/// The extension calls without a pause although the service refuses.
fn hot_loop(timeline: &Timeline<'_>, calls: &[(usize, &Exchange)]) -> Option<Breach<'static>> {
    if timeline.transcript.end.reason != EndReason::Flood {
        return None;
    }
    let refused = |(_, call): &&(usize, &Exchange)| status(call).is_some_and(|it| it >= 400);
    let mut refused = calls.iter().filter(refused);
    let (first, _) = refused.next()?;
    let more = refused.count();
    (more * 2 > calls.len()).then(|| {
        Breach::at(
            *first,
            ("EXT-23", Code::HotLoop),
            "a bounded number of tries with growing pauses, then an exit",
            format!("{} refused calls without a pause", more + 1),
        )
    })
}
