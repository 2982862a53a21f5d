//! What must hold of an answer, in plain words.

use super::reply::payload;
use crate::case::{Check, HeaderRule, LogFact, Rule, Same};
use crate::check::shortened;

/// A clause that follows `where`, with the requirement that is broken when it does not hold.
pub(super) fn words(check: &Check) -> String {
    let clause = clause(&check.rule);
    match &check.code {
        Some(code) => format!("{clause} ({}, {code})", check.cites),
        None => format!("{clause} ({})", check.cites),
    }
}

fn clause(rule: &Rule) -> String {
    match rule {
        Rule::Json {} => "the body is JSON".to_owned(),
        Rule::Equals {
            at,
            value,
            or_absent,
            contained,
        } => {
            let value = value.get().split_whitespace().collect::<Vec<_>>().join(" ");
            let absent = absent(*or_absent);
            let contained = contained.map_or(String::new(), |level| {
                format!(", and no more than contains it at {level}")
            });
            format!("{} is {}{absent}{contained}", place(at), shortened(&value))
        }
        Rule::EqualsHeader { at, header } => {
            format!("{} is what came in {header}", place(at))
        }
        Rule::EqualsEnv { at, variable } => format!("{} is the value of {variable}", place(at)),
        Rule::Type { at, is } => format!("{} is of type {is}", place(at)),
        Rule::Items { at, are } => format!("all items of {} are of type {are}", place(at)),
        Rule::Absent { at } => format!("{} is null, empty or absent", place(at)),
        Rule::Range {
            at,
            min,
            max,
            or_absent,
        } => {
            let absent = absent(*or_absent);
            format!("{} is from {min} to {max}{absent}", place(at))
        }
        Rule::Exceeds {
            at,
            other,
            min,
            max,
        } => {
            let (at, other) = (place(at), place(other));
            format!("{at} exceeds {other} by {min} to {max}")
        }
        Rule::Remaining { at, tolerance_ms } => format!(
            "{} is the time that is left, give or take {tolerance_ms} ms",
            place(at)
        ),
        Rule::Contains { at, text } => format!("{} contains `{}`", place(at), shortened(text)),
        Rule::Lacks { at, text } => format!("{} does not contain `{}`", place(at), shortened(text)),
        Rule::Length { at, is } => format!("{} has {is} characters", place(at)),
        Rule::Compare { at, with, same } => compare(at, with, *same),
        Rule::Bytes { value } => format!("the body is exactly {}", payload(value)),
        Rule::Utf8 {} => "the body is valid UTF-8".to_owned(),
        Rule::Nothing {} => "the body is empty or null".to_owned(),
        Rule::Header { name, is } => header(name, is),
        Rule::Output { contains } => format!("the output contains `{}`", shortened(contains)),
        Rule::AnyOutput {} => "the process has written something".to_owned(),
        Rule::NoOutput { contains } => {
            format!("the output does not contain `{}`", shortened(contains))
        }
        Rule::LogLine { about, has, .. } => log_line(&shortened(about), *has),
        Rule::LogLevel { least } => format!("no JSON line of output has a level below {least}"),
        Rule::Started { within_ms } => format!("it came within {within_ms} ms of the start"),
        Rule::JsonLines { about, members } => json_lines(&shortened(about), members),
        Rule::LoggerLine { about } => logger_line(&shortened(about)),
        Rule::Size { max } => format!("the body has at most {max} bytes"),
        Rule::SameConnection {} => "the calls share connections".to_owned(),
        Rule::DeliveredWhole {} => "the function ran only on an event that came whole".to_owned(),
    }
}

fn json_lines(about: &str, members: &[String]) -> String {
    let members = members.join(", ");
    format!("every line of output with `{about}` is a JSON object with {members}")
}

fn logger_line(about: &str) -> String {
    format!(
        "the output has a line with `{about}`, which is a JSON object with the request id of this invocation"
    )
}

fn log_line(about: &str, has: LogFact) -> String {
    match has {
        LogFact::Timestamp => {
            format!(
                "the timestamp of each JSON line with `{about}` is the time, as RFC 3339 writes it"
            )
        }
        LogFact::ErrorLevel => {
            format!("the level of each JSON line with `{about}` is that of a failure")
        }
        LogFact::RequestId => {
            format!("the requestId of each JSON line with `{about}` is the id of its invocation")
        }
        LogFact::IdOnce => {
            format!("a line of output with `{about}` carries the id of its invocation, once")
        }
    }
}

fn absent(will_do: bool) -> &'static str {
    match will_do {
        true => ", or absent",
        false => "",
    }
}

fn compare(at: &str, with: &str, same: Same) -> String {
    let relation = match same {
        Same::Equal => "the same as",
        Same::Kind => "of the same kind as",
        Same::Different => "another than",
    };
    format!("{} is {relation} in the answer to `{with}`", place(at))
}

fn header(name: &str, is: &HeaderRule) -> String {
    match is {
        HeaderRule::Present => format!("the header {name} is there"),
        HeaderRule::Absent => format!("the header {name} is not there"),
        HeaderRule::Equals(value) => format!("the header {name} is `{value}`"),
        HeaderRule::Contains(text) => format!("the header {name} contains `{text}`"),
        HeaderRule::Echo => format!("the header {name} comes back as it was sent"),
    }
}

fn place(at: &str) -> String {
    match at {
        "" => "the body".to_owned(),
        at => format!("`{at}`"),
    }
}
