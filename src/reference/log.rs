//! What the runtime and its function print.

use std::borrow::Cow;
use std::fmt::Debug;
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::settings::{LogFormat, LogLevel, Settings};
use crate::calendar::date_of;

/// One of the two streams.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// Writes log lines in the format that the environment sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    format: LogFormat,
    level: LogLevel,
    ways: &'static dyn Writing,
}

/// A line in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<String>,
    pub(crate) level: String,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
}

/// The content of a log line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) level: LogLevel,
    pub(crate) message: &'a str,
    /// The type, if it reports a failure.
    pub(crate) error_type: Option<&'a str>,
    pub(crate) request_id: Option<&'a str>,
}

/// What a log asks before it writes. The hooks of the same names answer.
pub(crate) trait Writing: Debug + Sync {
    fn printed<'a>(&self, format: LogFormat, stream: Stream, text: &'a str)
    -> Option<Cow<'a, str>>;
    fn stream(&self) -> Stream;
    fn format(&self, format: LogFormat) -> LogFormat;
    fn hides(&self, entry: &Entry<'_>, level: LogLevel) -> bool;
    fn line(&self, entry: &Entry<'_>, now: SystemTime, line: &mut Line<'_>);
    fn json(&self, line: String) -> String;
    fn text_id(&self, id: &str) -> String;
    fn text(&self, begin: &str, message: &str) -> String;
    fn logger_id(&self, id: &str) -> Option<String>;
    fn logger(&self, line: String) -> String;
}

impl Log {
    /// The log for these settings.
    pub(crate) fn new(settings: &Settings, ways: &'static dyn Writing) -> Self {
        Self {
            format: settings.log_format,
            level: settings.log_level,
            ways,
        }
    }

    /// Text that the function prints.
    pub(crate) async fn print(self, stream: Stream, text: &str, request_id: &str) {
        let Some(text) = self.ways.printed(self.format, stream, text) else {
            return;
        };
        let entry = Entry {
            level: match stream {
                Stream::Stdout => LogLevel::Info,
                Stream::Stderr => LogLevel::Error,
            },
            message: &text,
            error_type: None,
            request_id: Some(request_id),
        };
        match self.format {
            LogFormat::Text => write(stream, format!("{text}\n").into_bytes()).await,
            LogFormat::Json => self.line(stream, entry).await,
        }
    }

    /// A line that the function logs through its logger.
    pub(crate) async fn logger(self, level: LogLevel, message: &str, request_id: &str) {
        let id = self.ways.logger_id(request_id);
        let entry = Entry {
            level,
            message,
            error_type: None,
            request_id: id.as_deref(),
        };
        let Some(line) = self.render(entry, SystemTime::now()) else {
            return;
        };
        write(Stream::Stdout, self.ways.logger(line).into_bytes()).await;
    }

    /// A line of the runtime's own.
    pub(crate) async fn note(self, entry: Entry<'_>) {
        self.line(self.ways.stream(), entry).await;
    }

    /// Bytes that are not text, where text may stand.
    pub(crate) async fn noise(self) {
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
        if self.ways.hides(&entry, self.level) {
            return None;
        }
        if self.ways.format(self.format) == LogFormat::Json {
            if entry.level < self.level {
                return None;
            }
            let mut line = Line {
                timestamp: Some(timestamp(now)),
                level: entry.level.name().to_owned(),
                message: entry.message,
                error_type: entry.error_type,
                request_id: entry.request_id.map(str::to_owned),
            };
            self.ways.line(&entry, now, &mut line);
            let line = serde_json::to_string(&line).expect("texts always serialise");
            return Some(self.ways.json(line) + "\n");
        }
        let kind = entry.error_type.map(|kind| format!("{kind}: "));
        let id = entry.request_id.map(|id| self.ways.text_id(id));
        let id = id.map(|id| format!(" RequestId: {id}"));
        let begin = format!(
            "[{}]{} {}",
            entry.level.name(),
            id.unwrap_or_default(),
            kind.unwrap_or_default(),
        );
        Some(self.ways.text(&begin, entry.message))
    }
}

/// Writes and flushes, so that nothing is left when the process is frozen in its next poll (LIFE-07). A full pipe blocks; on
/// its own thread this does not stop the runtime from seeing SIGTERM.
async fn write(stream: Stream, bytes: Vec<u8>) {
    let written = tokio::task::spawn_blocking(move || write_now(stream, &bytes));
    // There is nobody to tell that nobody reads.
    let _ = written.await;
}

/// Writes and flushes at once.
pub(crate) fn write_now(stream: Stream, bytes: &[u8]) -> io::Result<()> {
    let mut out: Box<dyn Write> = match stream {
        Stream::Stdout => Box::new(io::stdout().lock()),
        Stream::Stderr => Box::new(io::stderr().lock()),
    };
    out.write_all(bytes)?;
    out.flush()
}

/// Prints a line of the function. If a stream is closed, the runtime goes on.
pub(crate) fn say(line: &str) {
    let _ = write_now(Stream::Stdout, format!("{line}\n").as_bytes());
}

/// Prints a line of the runtime itself, to standard error.
pub(crate) fn complain(line: &str) {
    let _ = write_now(Stream::Stderr, format!("{line}\n").as_bytes());
}

/// `2026-01-31T23:59:59.123Z`
pub(crate) fn timestamp(now: SystemTime) -> String {
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
            ways: &super::super::ways::RIGHT,
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
