//! The rules that a case can set for a call.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Payload;
use crate::law::Level;

/// A rule about a body, a header or the process.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The body is JSON.
    Json {},
    /// The JSON value at a pointer equals this one; numbers are compared exactly.
    Equals {
        /// JSON Pointer; empty is the whole body.
        #[serde(default)]
        at: String,
        /// The value.
        value: Box<RawValue>,
        /// Whether a value that is absent or `null` will do as well.
        #[serde(default)]
        or_absent: bool,
        /// How grave it is at most when a text has this one in it, and more around it.
        #[serde(default)]
        contained: Option<Level>,
    },
    /// The JSON value at a pointer is what the service sent in this header of the invocation.
    EqualsHeader {
        /// JSON Pointer.
        at: String,
        /// A header of the `/next` reply; its number or text is compared.
        header: String,
    },
    /// The JSON value at a pointer is what the process was started with in this variable.
    EqualsEnv {
        /// JSON Pointer.
        at: String,
        /// The variable.
        variable: String,
    },
    /// The JSON value at a pointer has this type.
    Type {
        /// JSON Pointer.
        at: String,
        /// `null`, `boolean`, `number`, `string`, `array`, `object`.
        is: String,
    },
    /// Every item of the array at a pointer has this type; an absent array is fine.
    Items {
        /// JSON Pointer.
        at: String,
        /// As in `type`.
        are: String,
    },
    /// The value at a pointer is `null`, empty or absent.
    Absent {
        /// JSON Pointer.
        at: String,
    },
    /// The number at a pointer lies between two, both inclusive.
    Range {
        /// JSON Pointer.
        at: String,
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
        /// Whether a value that is absent or `null` will do as well.
        #[serde(default)]
        or_absent: bool,
    },
    /// The number at one pointer exceeds the one at another by an amount in a range.
    Exceeds {
        /// The greater one.
        at: String,
        /// The smaller one.
        other: String,
        /// The least difference.
        min: i64,
        /// The greatest difference.
        max: i64,
    },
    /// The remaining time at a pointer agrees with the deadline that the service sent, as of the time at which it answered.
    Remaining {
        /// JSON Pointer.
        at: String,
        /// How far it may be off, in milliseconds.
        tolerance_ms: i64,
    },
    /// The text at a pointer contains this one.
    Contains {
        /// JSON Pointer.
        at: String,
        /// What it must contain.
        text: String,
    },
    /// The text at a pointer does not contain this one.
    Lacks {
        /// JSON Pointer.
        at: String,
        /// What it must not contain.
        text: String,
    },
    /// The JSON string at a pointer has this many characters.
    Length {
        /// JSON Pointer.
        at: String,
        /// How many.
        is: usize,
    },
    /// The value at a pointer equals, or does not equal, that of an earlier answer.
    Compare {
        /// JSON Pointer, in both bodies.
        at: String,
        /// The name of the other invocation.
        with: String,
        /// Whether they must be the same.
        same: Same,
    },
    /// The body's bytes equal these.
    Bytes {
        /// The bytes.
        value: Payload,
    },
    /// The body is valid UTF-8.
    Utf8 {},
    /// The body is empty or the JSON value `null`.
    Nothing {},
    /// A header of the call.
    Header {
        /// Its name, in any case.
        name: String,
        /// What must hold of it.
        is: HeaderRule,
    },
    /// The process' stdout and stderr together contain this text.
    Output {
        /// What it must contain.
        contains: String,
    },
    /// The process has written something to stdout or stderr.
    AnyOutput {},
    /// The process' output does not contain this text.
    NoOutput {
        /// What it must not contain.
        contains: String,
    },
    /// Every line of output that contains a text is a JSON object with these members; no such line is fine.
    JsonLines {
        /// What the lines contain.
        about: String,
        /// Names of members.
        members: Vec<String>,
    },
    /// A line of output contains a text, and each such line is a JSON object with the request id of the invocation that the
    /// call is about, in whatever member, and with that of no other invocation.
    LoggerLine {
        /// What the line contains.
        about: String,
    },
    /// What a line of the log says that contains a text: of its time, its level or its invocation. No such line is fine.
    LogLine {
        /// What the line contains.
        about: String,
        /// The name of the invocation that it is about; the latest by default.
        #[serde(default)]
        of: Option<String>,
        /// What must hold of it.
        has: LogFact,
    },
    /// Every JSON line of output that names a level names this one or a graver one.
    LogLevel {
        /// `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`.
        least: String,
    },
    /// The call came within so many milliseconds of the start of the process.
    Started {
        /// How many.
        within_ms: u64,
    },
    /// The body has at most this many bytes.
    Size {
        /// How many.
        max: u64,
    },
    /// So far the calls share connections, in place of one for each.
    SameConnection {},
    /// A `/response` came only after the event had been delivered whole; an `/error` may come at any time.
    DeliveredWhole {},
}

/// Whether two values must agree.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Same {
    /// They must be equal.
    Equal,
    /// They must differ.
    Different,
    /// They must be of one kind: both numbers, both `null`, and so on.
    Kind,
}

/// What must hold of a line of the log.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum LogFact {
    /// Its member `timestamp`, if it has one, is a time as RFC 3339 writes it, between the delivery of the event and the end.
    Timestamp,
    /// Its member `level`, if it has one, is that of a failure.
    ErrorLevel,
    /// Its member `requestId`, if it has one, is the id of the invocation.
    RequestId,
    /// Of all such lines, as text or as JSON, at least one carries the id of the invocation, and none carries it twice.
    IdOnce,
}

/// What must hold of a header.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum HeaderRule {
    /// It is there.
    Present,
    /// It is not there, not even empty.
    Absent,
    /// It has this value.
    Equals(String),
    /// It contains this text, in any case.
    Contains(String),
    /// It is what the service sent in the header of the same name.
    Echo,
}
