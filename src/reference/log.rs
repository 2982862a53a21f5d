//! What the runtime and its function print.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::fault::{Fault, Flaw};
use super::settings::{LogFormat, LogLevel, Settings};
use super::variant::Quirk;
use super::{quirks, sabotage};
use crate::calendar::date_of;

/// One of the two streams.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// Writes log lines in the form that the environment asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    format: LogFormat,
    level: LogLevel,
    pub(super) flaw: Flaw,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    level: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// What a log line says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) level: LogLevel,
    pub(super) message: &'a str,
    /// The type, if it reports a failure.
    pub(super) error_type: Option<&'a str>,
    pub(super) request_id: Option<&'a str>,
}

impl Log {
    /// The log that these settings ask for.
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            format: settings.log_format,
            level: settings.log_level,
            flaw: Flaw::default(),
        }
    }

    /// Text that the function prints.
    pub(super) async fn print(self, stream: Stream, text: &str, request_id: &str) {
        sabotage::printed(self.flaw, text);
        let text = &*sabotage::line(self.flaw, text);
        let entry = Entry {
            level: match stream {
                Stream::Stdout => LogLevel::Info,
                Stream::Stderr => LogLevel::Error,
            },
            message: text,
            error_type: None,
            request_id: Some(request_id),
        };
        match self.format {
            _ if self.flaw.is(Fault::LostStdout) && stream == Stream::Stdout => {}
            LogFormat::Text if self.flaw.is(Fault::KeepsOutput) => keep(stream, text),
            LogFormat::Text => write(stream, format!("{text}\n").into_bytes()).await,
            LogFormat::Json => self.line(stream, entry).await,
        }
    }

    /// A line that the function logs through the logger that it is given.
    pub(super) async fn logger(self, level: LogLevel, message: &str, request_id: &str) {
        let id = sabotage::logger_id(self.flaw, request_id);
        let entry = Entry {
            level,
            message,
            error_type: None,
            request_id: id.as_deref(),
        };
        let Some(line) = self.render(entry, SystemTime::now()) else {
            return;
        };
        let line = quirks::logger_line(self.flaw, sabotage::logger_line(self.flaw, line));
        write(Stream::Stdout, line.into_bytes()).await;
    }

    /// A line of the runtime's own, on stderr.
    pub(super) async fn note(self, entry: Entry<'_>) {
        let stream = match self.flaw.has(Quirk::LogsToStdout) || self.flaw.has(Quirk::LogsMuch) {
            true => Stream::Stdout,
            false => Stream::Stderr,
        };
        self.line(stream, entry).await;
    }

    /// Bytes that are no text, where text may stand.
    pub(super) async fn noise(self) {
        if self.format == LogFormat::Text {
            let noise = b"\x1b[1m\0\xff\xfe\r\x08]]>&<\x1b[0m";
            write(Stream::Stdout, noise.to_vec()).await;
        }
    }

    async fn line(self, stream: Stream, entry: Entry<'_>) {
        if let Some(line) = self.render(entry, SystemTime::now()) {
            write(stream, line.into_bytes()).await;
        }
    }

    /// The line, unless the level hides it.
    fn render(self, entry: Entry<'_>, now: SystemTime) -> Option<String> {
        if sabotage::hides(self.flaw, &entry, self.level) {
            return None;
        }
        if self.format == LogFormat::Json && !self.flaw.is(Fault::TextLog) {
            if entry.level < self.level && !self.flaw.is(Fault::IgnoresLogLevel) {
                return None;
            }
            let other = self.flaw.has(Quirk::LogsToStdout);
            let level = match other {
                true => entry.level.name().to_ascii_lowercase(),
                false => sabotage::logged_level(self.flaw, &entry).to_owned(),
            };
            let known = |id: &&str| !self.flaw.is(Fault::NoRequestIdInLog) || id.is_empty();
            let line = Line {
                timestamp: (!self.flaw.is(Fault::NoTimestamp)).then(|| match other {
                    true => quirks::other_time(&timestamp(now)),
                    false => sabotage::logged_time(self.flaw, now),
                }),
                level: &level,
                message: entry.message,
                error_type: entry.error_type,
                request_id: sabotage::logged_id(self.flaw, entry.request_id).filter(known),
            };
            let line = serde_json::to_string(&line).expect("texts always serialise");
            return Some(sabotage::json_line(self.flaw, line) + "\n");
        }
        let kind = entry.error_type.map(|kind| format!("{kind}: "));
        let id = sabotage::text_id(self.flaw, entry.request_id);
        let id = id.map(|id| format!(" RequestId: {id}"));
        let begin = format!(
            "[{}]{} {}",
            entry.level.name(),
            id.unwrap_or_default(),
            kind.unwrap_or_default(),
        );
        Some(match self.flaw.has(Quirk::LogsOddly) {
            true => format!("\n{begin}{}", entry.message.escape_default()),
            false => format!("{begin}{}\n", entry.message),
        })
    }
}

/// Writes what was kept the time before; this text has to wait.
fn keep(stream: Stream, text: &str) {
    static KEPT: Mutex<String> = Mutex::new(String::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let before = std::mem::replace(&mut *kept, format!("{text}\n"));
    // Nobody can be told that nobody listens.
    let _ = write_now(stream, before.as_bytes());
}

/// Writes and flushes, so that nothing is kept back when the process is frozen in its next poll (LIFE-07). A full pipe
/// blocks; on a thread of its own it does not keep the runtime from seeing SIGTERM.
async fn write(stream: Stream, bytes: Vec<u8>) {
    let written = tokio::task::spawn_blocking(move || write_now(stream, &bytes));
    // Nobody can be told that nobody listens.
    let _ = written.await;
}

fn write_now(stream: Stream, bytes: &[u8]) -> io::Result<()> {
    let mut out: Box<dyn Write> = match stream {
        Stream::Stdout => Box::new(io::stdout().lock()),
        Stream::Stderr => Box::new(io::stderr().lock()),
    };
    out.write_all(bytes)?;
    out.flush()
}

/// Prints a line of the function. A stream that is closed ends no runtime.
pub(super) fn say(line: &str) {
    let _ = write_now(Stream::Stdout, format!("{line}\n").as_bytes());
}

/// Prints a line of the runtime itself, to standard error.
pub(super) fn complain(line: &str) {
    let _ = write_now(Stream::Stderr, format!("{line}\n").as_bytes());
}

/// `2026-01-31T23:59:59.123Z`
pub(super) fn timestamp(now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date_of(i64::try_from(days).unwrap_or_default());
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let ms = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_gregorian() {
        let check = |seconds: u64, expect: &str| {
            let at = UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 7);
            assert_eq!(timestamp(at), expect);
        };
        check(0, "1970-01-01T00:00:00.007Z");
        check(951_782_400, "2000-02-29T00:00:00.007Z");
        check(1_767_225_599, "2025-12-31T23:59:59.007Z");
        check(4_107_542_400, "2100-03-01T00:00:00.007Z");
    }

    #[test]
    fn json_lines_stay_one_line_and_heed_the_level() {
        let log = Log {
            format: LogFormat::Json,
            level: LogLevel::Warn,
            flaw: Flaw::default(),
        };
        let entry = |level| Entry {
            level,
            message: "a\nb",
            error_type: None,
            request_id: Some("id"),
        };
        assert_eq!(log.render(entry(LogLevel::Info), UNIX_EPOCH), None);
        assert_eq!(
            log.render(entry(LogLevel::Error), UNIX_EPOCH).as_deref(),
            Some(concat!(
                r#"{"timestamp":"1970-01-01T00:00:00.000Z","level":"ERROR","message":"a\nb","requestId":"id"}"#,
                "\n"
            ))
        );
    }
}
