//! Faults in what is said of a failure: in its report, and in the log.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::super::Runtime;
use super::super::failure::Failure;
use super::super::fault::{Fault, Flaw, WrongId, WrongTime};
use super::super::log;
use super::super::log::{Entry, timestamp};
use super::super::settings::LogLevel;

/// A message from this size on may have been cut, and is not written anew.
const LONG_BYTES: usize = 64 * 1024;

/// How far Tokyo is ahead of UTC.
const NINE_HOURS: Duration = Duration::from_secs(9 * 3600);

/// What becomes of a message in the report.
pub(super) fn message(fault: Fault, message: &str) -> Option<Value> {
    let changed = match fault {
        Fault::TrimsMessages => message.trim().to_owned(),
        Fault::MessageAfterColon => message.rsplit(": ").next()?.to_owned(),
        Fault::TypeBeforeMessage if message.len() < LONG_BYTES => format!("Error: {message}"),
        Fault::DecodesMessages => return serde_json::from_str(message).ok(),
        Fault::EscapesMessages => message.replace('&', "&amp;").replace('<', "&lt;"),
        Fault::FormatsMessages => message.replace("%s", "").replace("%d", "0"),
        Fault::ComposesMessages => message.replace("e\u{301}", "\u{e9}"),
        _ => return None,
    };
    (changed != message).then_some(Value::String(changed))
}

/// Whether a line is not written at all.
pub(in super::super) fn hides(flaw: Flaw, entry: &Entry<'_>, level: LogLevel) -> bool {
    match flaw.0 {
        Some(Fault::SilentErrors) => entry.error_type.is_some(),
        Some(Fault::SilentPanics) => entry.error_type == Some("Panic"),
        Some(Fault::LevelIsExclusive) => entry.level <= level && level > LogLevel::Trace,
        Some(Fault::WarnHidesErrors) => level == LogLevel::Warn,
        Some(Fault::DebugHidesErrors) => level == LogLevel::Debug,
        _ => false,
    }
}

/// The request id in a line of the log.
pub(in super::super) fn logged_id(flaw: Flaw, id: Option<&str>) -> Option<&str> {
    static FIRST: OnceLock<String> = OnceLock::new();
    match (flaw.is(Fault::StaleIdInLog), id) {
        (true, Some(id)) => Some(FIRST.get_or_init(|| id.to_owned())),
        _ => id,
    }
}

/// The request id in a line of the function's logger.
pub(in super::super) fn logger_id(flaw: Flaw, id: &str) -> Option<String> {
    static FIRST: OnceLock<String> = OnceLock::new();
    static PREVIOUS: Mutex<Option<String>> = Mutex::new(None);
    match flaw.0 {
        Some(Fault::NoIdInLogger) => None,
        Some(Fault::FirstIdInLogger) => Some(FIRST.get_or_init(|| id.to_owned()).clone()),
        Some(Fault::PreviousIdInLogger) => {
            let mut previous = PREVIOUS.lock().unwrap_or_else(PoisonError::into_inner);
            previous.replace(id.to_owned()).or(previous.clone())
        }
        _ => Some(id.to_owned()),
    }
}

/// Changes a line of the function's logger.
pub(in super::super) fn logger_line(flaw: Flaw, line: String) -> String {
    match flaw.0 {
        Some(Fault::TextLogger) => {
            let read: Value = serde_json::from_str(&line).unwrap_or_default();
            format!("[{}] {}\n", read["level"], read["message"])
        }
        Some(Fault::SplitsLogger) => line.replace("\\n", "\n"),
        Some(Fault::SilentLogger) => String::new(),
        _ => line,
    }
}

/// The time in a JSON line of the log.
pub(in super::super) fn logged_time(flaw: Flaw, now: SystemTime) -> String {
    static START: OnceLock<SystemTime> = OnceLock::new();
    let start = *START.get_or_init(|| now);
    let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    match flaw.0 {
        Some(Fault::LogTime(WrongTime::Words)) => "Sunday at noon".to_owned(),
        Some(Fault::LogTime(WrongTime::Number)) => since_1970.as_millis().to_string(),
        Some(Fault::LogTime(WrongTime::Local)) => timestamp(now + NINE_HOURS),
        Some(Fault::LogTime(WrongTime::OfStart)) => timestamp(start),
        _ => timestamp(now),
    }
}

/// The level in a JSON line of the log.
pub(in super::super) fn logged_level(flaw: Flaw, entry: &Entry<'_>) -> &'static str {
    match flaw.0 {
        Some(Fault::LogLevelName(name)) if entry.error_type.is_some() => name,
        _ => entry.level.name(),
    }
}

/// The request id in a text line of the log.
pub(in super::super) fn text_id(flaw: Flaw, id: Option<&str>) -> Option<String> {
    static FIRST: OnceLock<String> = OnceLock::new();
    let id = id?;
    Some(match flaw.0 {
        Some(Fault::TextId(WrongId::Hyphen)) => "-".to_owned(),
        Some(Fault::TextId(WrongId::OfFirst)) => FIRST.get_or_init(|| id.to_owned()).clone(),
        Some(Fault::TextId(WrongId::Twice)) => format!("{id} {id}"),
        _ => id.to_owned(),
    })
}

/// Changes a line of the log.
pub(in super::super) fn json_line(flaw: Flaw, line: String) -> String {
    match flaw.is(Fault::UnescapedLog) {
        true => line.replace("\\\"", "\"").replace("\\t", "\t"),
        false => line,
    }
}

impl Runtime {
    /// Prints the event of an invocation that failed.
    pub(super) fn print_event(&self, failure: Option<&Failure>) {
        let prints = match (self.flaw.0, failure) {
            (Some(Fault::PrintsFailedEvents), Some(_)) => true,
            (Some(Fault::PrintsMalformedEvents), Some(failure)) => failure.kind == "UnmarshalError",
            _ => false,
        };
        if let Some(invocation) = self.memory.current.as_ref().filter(|_| prints) {
            log::complain(&format!(
                "event: {}",
                String::from_utf8_lossy(&invocation.event)
            ));
        }
    }
}
