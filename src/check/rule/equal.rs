//! Rules that want a certain value, and how near to it another one comes.

use std::fmt::Write;

use super::{Breach, Ruling, Subject, place, shortened};
use crate::check::attribution::is_wrapped;
use crate::check::code::Code;
use crate::check::json::Json;
use crate::law::Level;

/// `contained` says how grave it is at most that a text has the wanted one in it.
pub(super) fn to_value(
    subject: &Subject<'_>,
    at: &str,
    value: &str,
    contained: Option<Level>,
) -> Ruling {
    let expected = Json::parse(value.as_bytes())
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
    if let Some(level) = contained.filter(|_| holds() == Some(true)) {
        return Err(breach(Code::WrongValue).at_most(level));
    }
    let wrapped = actual == Json::Null || is_wrapped(subject.body(), |inner| *inner == expected);
    Err(breach(match at.is_empty() && wrapped {
        true => Code::Wrapped,
        false => Code::WrongValue,
    }))
}

/// Two unequal values in words; of long texts, the part where they part.
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

/// What the runtime was given under a name, as text.
pub(super) fn to_text(subject: &Subject<'_>, at: &str, sent: &str, name: &str) -> Ruling {
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
