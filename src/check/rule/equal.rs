//! Rules that demand a certain value, and how close another value is.

use std::fmt::Write;

use super::{Breach, Hold, Ruling, Subject, absent, place, wrapped_or};
use crate::case::{Same, rule};
use crate::check::json::Json;
use crate::cut::shortened;
use crate::law::{Code, Level};

impl Hold for rule::Equals {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        match self.or_absent && absent(subject, &self.at).is_ok() {
            true => Ok(()),
            false => to_value(self, subject),
        }
    }
}

impl Hold for rule::EqualsHeader {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, header } = self;
        let delivery = subject.delivery;
        let sent = delivery.and_then(|delivery| delivery.header(header));
        to_text(subject, at, &sent.unwrap_or_default(), header)
    }
}

impl Hold for rule::EqualsEnv {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, variable } = self;
        let env = &subject.timeline.transcript.target().env;
        let given = env.get(variable).map_or("", String::as_str);
        to_text(subject, at, given, variable)
    }
}

impl Hold for rule::Compare {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, with, same } = self;
        let value = subject.json(at)?;
        let timeline = subject.timeline;
        let other = timeline
            .first_named(with)
            .and_then(|invocation| timeline.answers_to(invocation).next())
            .and_then(|answer| Json::parse(&answer.exchange.body.kept).ok())
            .and_then(|body| body.at(at).cloned());
        // If the earlier answer lacks the value, that is its own breach.
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
}

fn to_value(rule: &rule::Equals, subject: &Subject<'_>) -> Ruling {
    let at = &rule.at;
    let expected = Json::parse(rule.value.get().as_bytes())
        .map_err(|fault| Breach::new(Code::BadRule, "a value that ricspec can compare", fault))?;
    let actual = subject.json(at)?;
    if actual == expected {
        return Ok(());
    }
    let (shown, words) = difference(&expected, &actual);
    let breach = |code| Breach::new(code, format!("{shown}{}", place(at)), words.clone());
    if actual.plainly() == expected.plainly() {
        return Err(breach(Code::WrongValue).at_most(Level::Should));
    }
    let holds = || Some(actual.text()?.contains(&expected.text()?));
    if let Some(level) = rule.contained.filter(|_| holds() == Some(true)) {
        return Err(breach(Code::WrongValue).at_most(level));
    }
    let right = |inner: &Json| *inner == expected;
    let code = wrapped_or(Code::WrongValue, subject, (at, &actual), right);
    Err(breach(code))
}

/// Two unequal values in words; of long texts, the part where they differ.
fn difference(expected: &Json, actual: &Json) -> (String, String) {
    let (one, other) = (expected.to_string(), actual.to_string());
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    if same < 120 {
        return (shortened(&one), shortened(&other));
    }
    let from = |text: &str| {
        let bytes = text
            .as_bytes()
            .get(same.saturating_sub(20)..)
            .unwrap_or_default();
        let start = bytes.get(..bytes.len().min(120)).unwrap_or_default();
        let mut words = format!("{} bytes of JSON, at byte {same}: ", text.len());
        let _ = write!(words, "...{}", shortened(&String::from_utf8_lossy(start)));
        words
    };
    (from(&one), from(&other))
}

/// The value that the runtime got under a name, as text.
fn to_text(subject: &Subject<'_>, at: &str, sent: &str, name: &str) -> Ruling {
    let value = subject.json(at)?;
    let text = value.text().unwrap_or_else(|| value.to_string());
    let expected = format!("`{}`, the value of {name},{}", shortened(sent), place(at));
    Breach::unless(
        text == sent,
        Code::WrongValue,
        expected,
        format!("`{}`", shortened(&text)),
    )
}
