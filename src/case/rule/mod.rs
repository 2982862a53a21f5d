//! The rules that a case can set for a call. Each kind has its own file with everything about the kind: its form in the case
//! file, its subject, the codes that it can give, and its text.
//!
//! The room `check` decides whether a rule holds.

mod absent;
mod answer_status;
mod answered;
mod any_output;
mod batches;
mod bytes;
mod chunks;
mod compare;
mod contains;
mod delivered_whole;
mod equals;
mod equals_env;
mod equals_header;
mod exceeds;
mod facts;
mod has_type;
mod header;
mod items;
mod json;
mod json_lines;
mod lacks;
mod length;
mod log_level;
mod log_line;
mod logger_line;
mod no_output;
mod nothing;
mod other_connection;
mod output;
mod prelude;
mod range;
mod remaining;
mod same_connection;
mod size;
mod started;
mod streamed;
mod trailer;
mod utf8;

pub use absent::Absent;
pub use answer_status::AnswerStatus;
pub use answered::Answered;
pub use any_output::AnyOutput;
pub use batches::Batches;
pub use bytes::Bytes;
pub use chunks::Chunks;
pub use compare::{Compare, Same};
pub use contains::Contains;
pub use delivered_whole::DeliveredWhole;
pub use equals::Equals;
pub use equals_env::EqualsEnv;
pub use equals_header::EqualsHeader;
pub use exceeds::Exceeds;
pub use facts::{About, Facts};
pub use has_type::Type;
pub use header::{Header, HeaderRule};
pub use items::Items;
pub use json::Json;
pub use json_lines::JsonLines;
pub use lacks::Lacks;
pub use length::Length;
pub use log_level::LogLevel;
pub use log_line::{LogFact, LogLine};
pub use logger_line::LoggerLine;
pub use no_output::NoOutput;
pub use nothing::Nothing;
pub use other_connection::OtherConnection;
pub use output::Output;
pub use prelude::Prelude;
pub use range::Range;
pub use remaining::Remaining;
pub use same_connection::SameConnection;
pub use size::Size;
pub use started::Started;
pub use streamed::Streamed;
pub use trailer::{Trailer, TrailerRule};
pub use utf8::Utf8;

use serde::Deserialize;

use super::limits::Faults;
use crate::case::Payload;
use crate::law::Code;
use facts::{BODY_CODES, RuleFacts, absent, place};

/// A rule about a body, a header or the process.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The body is JSON.
    Json(Json),
    /// A value equals a value in the case.
    Equals(Equals),
    /// A value equals a header of the invocation.
    EqualsHeader(EqualsHeader),
    /// A value equals a variable of the environment.
    EqualsEnv(EqualsEnv),
    /// A value has a type.
    Type(Type),
    /// The items of an array have a type.
    Items(Items),
    /// A value is absent.
    Absent(Absent),
    /// A number lies between two others.
    Range(Range),
    /// A number is greater than another one.
    Exceeds(Exceeds),
    /// The function saw the right remaining time.
    Remaining(Remaining),
    /// A text contains another one.
    Contains(Contains),
    /// A text does not contain another one.
    Lacks(Lacks),
    /// A string has a length.
    Length(Length),
    /// A value equals that of an earlier answer, or does not.
    Compare(Compare),
    /// The body consists of certain bytes.
    Bytes(Bytes),
    /// The body is UTF-8.
    Utf8(Utf8),
    /// The body is empty or null.
    Nothing(Nothing),
    /// A rule about a header of the call.
    Header(Header),
    /// The output contains a text.
    Output(Output),
    /// The process has written something.
    AnyOutput(AnyOutput),
    /// The output does not contain a text.
    NoOutput(NoOutput),
    /// Some lines of output are JSON objects.
    JsonLines(JsonLines),
    /// A line of output is a JSON object with the request id.
    LoggerLine(LoggerLine),
    /// A line of the log has the right time, level or invocation.
    LogLine(LogLine),
    /// No line of output has a too low level.
    LogLevel(LogLevel),
    /// The call came soon after the start.
    Started(Started),
    /// The body is not too long.
    Size(Size),
    /// Calls share connections.
    SameConnection(SameConnection),
    /// The call comes on another connection than the stream before it.
    OtherConnection(OtherConnection),
    /// The function ran only after a complete event.
    DeliveredWhole(DeliveredWhole),
    /// The body comes piece by piece.
    Chunks(Chunks),
    /// A trailer is as it must be.
    Trailer(Trailer),
    /// The body is what the function wrote to its stream.
    Streamed(Streamed),
    /// A stream begins with its prelude.
    Prelude(Prelude),
    /// An extension answers a batch with a certain status.
    AnswerStatus(AnswerStatus),
    /// It answers in time.
    Answered(Answered),
    /// It gets few batches.
    Batches(Batches),
}

/// Evaluates the same expression for a rule of each kind: `each_rule!(rule, it => it.facts())`.
macro_rules! each_rule {
    ($rule:expr, $it:ident => $what:expr) => {
        match $rule {
            $crate::case::Rule::Json($it) => $what,
            $crate::case::Rule::Equals($it) => $what,
            $crate::case::Rule::EqualsHeader($it) => $what,
            $crate::case::Rule::EqualsEnv($it) => $what,
            $crate::case::Rule::Type($it) => $what,
            $crate::case::Rule::Items($it) => $what,
            $crate::case::Rule::Absent($it) => $what,
            $crate::case::Rule::Range($it) => $what,
            $crate::case::Rule::Exceeds($it) => $what,
            $crate::case::Rule::Remaining($it) => $what,
            $crate::case::Rule::Contains($it) => $what,
            $crate::case::Rule::Lacks($it) => $what,
            $crate::case::Rule::Length($it) => $what,
            $crate::case::Rule::Compare($it) => $what,
            $crate::case::Rule::Bytes($it) => $what,
            $crate::case::Rule::Utf8($it) => $what,
            $crate::case::Rule::Nothing($it) => $what,
            $crate::case::Rule::Header($it) => $what,
            $crate::case::Rule::Output($it) => $what,
            $crate::case::Rule::AnyOutput($it) => $what,
            $crate::case::Rule::NoOutput($it) => $what,
            $crate::case::Rule::JsonLines($it) => $what,
            $crate::case::Rule::LoggerLine($it) => $what,
            $crate::case::Rule::LogLine($it) => $what,
            $crate::case::Rule::LogLevel($it) => $what,
            $crate::case::Rule::Started($it) => $what,
            $crate::case::Rule::Size($it) => $what,
            $crate::case::Rule::SameConnection($it) => $what,
            $crate::case::Rule::OtherConnection($it) => $what,
            $crate::case::Rule::DeliveredWhole($it) => $what,
            $crate::case::Rule::Chunks($it) => $what,
            $crate::case::Rule::Trailer($it) => $what,
            $crate::case::Rule::Streamed($it) => $what,
            $crate::case::Rule::Prelude($it) => $what,
            $crate::case::Rule::AnswerStatus($it) => $what,
            $crate::case::Rule::Answered($it) => $what,
            $crate::case::Rule::Batches($it) => $what,
        }
    };
}
pub(crate) use each_rule;

impl Rule {
    /// What is known of it before it is tried.
    pub fn facts(&self) -> Facts<'_> {
        each_rule!(self, rule => rule.facts())
    }

    /// A clause that follows the word "where".
    pub fn told(&self) -> String {
        each_rule!(self, rule => rule.told())
    }

    pub(super) fn faults(&self, at: &str, faults: &mut Faults) {
        each_rule!(self, rule => rule.faults(at, faults));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_about_what_stands_in_a_body_are_about_bodies() {
        let check = |rule: &str, about: About, without_fixture: bool| {
            let rule: Rule = serde_json::from_str(rule).expect("a rule");
            let facts = rule.facts();
            assert_eq!(
                (facts.about, facts.without_fixture),
                (about, without_fixture)
            );
        };
        check(r#"{"delivered_whole": {}}"#, About::Call, true);
        check(r#"{"same_connection": {}}"#, About::Call, true);
        check(r#"{"started": {"within_ms": 1}}"#, About::Call, true);
        check(
            r#"{"header": {"name": "a", "is": "present"}}"#,
            About::Call,
            true,
        );
        check(r#"{"any_output": {}}"#, About::Output, true);
        check(r#"{"output": {"contains": "a"}}"#, About::Output, false);
        check(r#"{"size": {"max": 1}}"#, About::Length, false);
        check(r#"{"lacks": {"at": "", "text": "a"}}"#, About::Body, false);
    }
}
