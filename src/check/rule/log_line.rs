//! The rule about single lines of the log: their time, their level and their invocation.

use super::output::lines;
use super::time::unix_ms;
use super::{Breach, Hold, Ruling, Subject};
use crate::case::{LogFact, rule};
use crate::check::json::Json;
use crate::cut::shortened;
use crate::law::Code;
use crate::transcript::Delivery;

/// The levels of a failure, in the words of several languages.
const ERROR_LEVELS: [&str; 4] = ["ERROR", "CRITICAL", "FATAL", "SEVERE"];

/// The allowed difference of a timestamp, in milliseconds: it may be cut to whole seconds, and two clocks are read.
const CLOCK_MS: i128 = 1000;

impl Hold for rule::LogLine {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let (about, has) = (&self.about, self.has);
        let invocations = &subject.timeline.transcript.invocations;
        let invocation = match &self.of {
            Some(name) => subject.timeline.last_named(name),
            None => invocations.len().checked_sub(1),
        };
        let Some((invocation, delivery)) =
            invocation.and_then(|at| Some((at, invocations.get(at)?)))
        else {
            return Ok(());
        };
        let said: Vec<&String> = lines(subject, about).collect();
        let member = |name: &str, holds: &dyn Fn(&Json) -> bool| {
            let read = |line: &&String| {
                let value = Json::parse(line.as_bytes()).ok();
                let member = value.as_ref().and_then(|value| value.at(name));
                member.is_some_and(|member| !holds(member))
            };
            said.iter().copied().find(read)
        };
        let id = delivery.request_id.as_str();
        let about_the_id = matches!(has, LogFact::RequestId | LogFact::IdOnce);
        if about_the_id && !knows_the_id(subject, invocation) {
            return Ok(());
        }
        let (line, code, expected) = match has {
            LogFact::Timestamp => {
                let (from, to) = span(subject, delivery);
                let in_time = |ms: i128| (from - CLOCK_MS..=to + CLOCK_MS).contains(&ms);
                let holds =
                    |time: &Json| time.text().and_then(|t| unix_ms(&t)).is_some_and(in_time);
                let expected = format!(
                    "a `timestamp` as RFC 3339 writes it, such as 2026-01-31T23:59:59.123Z, between {from} and {to} ms since 1970"
                );
                let line = member("/timestamp", &holds);
                (line, Code::WrongTimestamp, expected)
            }
            LogFact::ErrorLevel => {
                let is_one = |level: String| ERROR_LEVELS.contains(&&*level.to_ascii_uppercase());
                let line = member("/level", &|level| level.text().is_some_and(is_one));
                let expected = "a `level` of ERROR or above in the line of a failure".to_owned();
                (line, Code::WrongLogLevel, expected)
            }
            LogFact::RequestId => {
                let line = member("/requestId", &|value| value.text().as_deref() == Some(id));
                let expected = format!("the `requestId` {}", shortened(id));
                (line, Code::WrongLogId, expected)
            }
            LogFact::IdOnce => {
                let times = |line: &&String| line.matches(id).count();
                let twice = said.iter().copied().find(|line| times(line) > 1);
                let never = said.first().copied();
                let never = never.filter(|_| said.iter().all(|line| times(line) == 0));
                let expected = format!("the request id {}, once, in the line", shortened(id));
                (twice.or(never), Code::WrongLogId, expected)
            }
        };
        let Some(line) = line else { return Ok(()) };
        let actual = format!("the line `{}`", shortened(line));
        Err(Breach::new(code, expected, actual))
    }
}

/// Whether a runtime that logs a wrong id has no simpler fault: it does not mix up ids, which a refused answer would show,
/// and does not treat a failure as a result, whose line would be the function's own.
fn knows_the_id(subject: &Subject<'_>, invocation: usize) -> bool {
    let timeline = subject.timeline;
    let mut answers = timeline.answers_to(invocation);
    !timeline.has_refused() && answers.all(|answer| answer.is_error())
}

/// From the delivery of an invocation to the end of the case, in milliseconds since 1970.
fn span(subject: &Subject<'_>, delivery: &Delivery) -> (i128, i128) {
    let transcript = subject.timeline.transcript;
    let delivered = delivery
        .polls
        .first()
        .and_then(|poll| transcript.exchanges.get(*poll)?.reply.as_ref())
        .map_or(transcript.target().started, |reply| reply.at);
    let since_1970 = |ms: u64| i128::from(transcript.began_unix_ms) + i128::from(ms);
    (
        since_1970(delivered.ms()),
        since_1970(transcript.end.at.ms()),
    )
}
