//! The log of a function that is served, as JSON: one object a line, in the shape of Lambda's own log format JSON where it has
//! one.

use serde::Serialize;
use serde_json::Value;

use super::human::Measures;
use super::printable::Printable;
use crate::calendar::iso;
use crate::check::Finding;
use crate::law;

#[derive(Serialize)]
struct Line<R> {
    time: String,
    r#type: &'static str,
    record: R,
}

fn line(at_unix_ms: u64, kind: &'static str, record: impl Serialize) -> Printable {
    let line = Line {
        time: iso(at_unix_ms),
        r#type: kind,
        record,
    };
    let text = serde_json::to_string(&line).expect("texts and finite numbers always serialise");
    Printable::json(&text) + "\n"
}

/// How an invocation ended, in the service's words.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With a result.
    Success,
    /// With an error of the function.
    Error,
    /// Without an answer: the runtime is gone.
    Failure,
    /// Without an answer in time.
    Timeout,
}

impl Status {
    /// The status that belongs to an error type; no type means success.
    pub fn of(error_type: Option<&str>) -> Self {
        match error_type {
            None => Self::Success,
            Some("Sandbox.Timedout") => Self::Timeout,
            Some("Runtime.ExitError") => Self::Failure,
            Some(_) => Self::Error,
        }
    }
}

/// Where callers invoke the function, and where they see what happens.
pub fn listening(at_unix_ms: u64, url: &str, page: &str) -> Printable {
    #[derive(Serialize)]
    struct Listening<'a> {
        url: &'a str,
        page: &'a str,
    }
    line(at_unix_ms, "ricspec.listening", Listening { url, page })
}

/// A line that a process printed.
pub fn printed(at_unix_ms: u64, text: &str) -> Printable {
    let value = serde_json::from_str::<Value>(text).ok();
    let object = value.filter(Value::is_object);
    line(
        at_unix_ms,
        "function",
        object.unwrap_or_else(|| text.into()),
    )
}

/// The start of an invocation.
pub fn began(at_unix_ms: u64, request_id: &str) -> Printable {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Start<'a> {
        request_id: &'a str,
        version: &'static str,
    }
    let version = "$LATEST";
    line(
        at_unix_ms,
        "platform.start",
        Start {
            request_id,
            version,
        },
    )
}

/// The end of an invocation, and its report.
pub fn ended(
    at_unix_ms: u64,
    request_id: &str,
    error_type: Option<&str>,
    measures: &Measures,
) -> Printable {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Metrics {
        duration_ms: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        billed_duration_ms: Option<u64>,
        #[serde(rename = "memorySizeMB", skip_serializing_if = "Option::is_none")]
        memory_size_mb: Option<u32>,
        #[serde(rename = "maxMemoryUsedMB", skip_serializing_if = "Option::is_none")]
        max_memory_used_mb: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        init_duration_ms: Option<f64>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct End<'a> {
        request_id: &'a str,
        status: Status,
        #[serde(skip_serializing_if = "Option::is_none")]
        error_type: Option<&'a str>,
        metrics: Metrics,
    }
    let duration_ms = measures.duration_ms();
    let end = |metrics| End {
        request_id,
        status: Status::of(error_type),
        error_type,
        metrics,
    };
    let done = end(Metrics {
        duration_ms,
        billed_duration_ms: None,
        memory_size_mb: None,
        max_memory_used_mb: None,
        init_duration_ms: None,
    });
    let report = end(Metrics {
        duration_ms,
        billed_duration_ms: Some(measures.billed_ms()),
        memory_size_mb: Some(measures.memory_mb),
        max_memory_used_mb: measures.used_mb,
        init_duration_ms: measures.init_ms(),
    });
    line(at_unix_ms, "platform.runtimeDone", done) + line(at_unix_ms, "platform.report", report)
}

/// The end of an environment.
pub fn fault(at_unix_ms: u64, text: &str) -> Printable {
    line(at_unix_ms, "platform.fault", text)
}

/// Something that the user should know.
pub fn note(at_unix_ms: u64, text: &str) -> Printable {
    line(at_unix_ms, "ricspec.note", text)
}

/// A breach, with what to change.
pub fn breach(at_unix_ms: u64, request_id: Option<&str>, finding: &Finding) -> Printable {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Breach<'a> {
        request_id: Option<&'a str>,
        requirement: &'a str,
        level: law::Level,
        code: &'a str,
        expected: &'a str,
        actual: &'a str,
        wire: &'a [String],
        fix: Option<&'a str>,
        explain: String,
    }
    let known = law::requirements().get(&finding.requirement);
    let record = Breach {
        request_id,
        requirement: &finding.requirement,
        level: finding.level,
        code: &finding.code,
        expected: &finding.expected,
        actual: &finding.actual,
        wire: &finding.evidence.lines,
        fix: known.and_then(|known| known.fix.as_deref()),
        explain: format!("ricspec explain {}", finding.requirement),
    };
    line(at_unix_ms, "ricspec.breach", record)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_report_has_the_shape_of_lambda() {
        let measures = Measures {
            duration: Duration::from_micros(1_234),
            init: Some(Duration::from_millis(100)),
            memory_mb: 512,
            used_mb: Some(38),
        };
        let text = ended(0, "a", Some("Sandbox.Timedout"), &measures).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                r#"{"time":"1970-01-01T00:00:00.000Z","type":"platform.runtimeDone","record":{"requestId":"a","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":1.23}}}"#,
                r#"{"time":"1970-01-01T00:00:00.000Z","type":"platform.report","record":{"requestId":"a","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":1.23,"billedDurationMs":102,"memorySizeMB":512,"maxMemoryUsedMB":38,"initDurationMs":100.0}}}"#,
            ]
        );
    }

    #[test]
    fn where_it_listens_is_told_with_the_page() {
        assert_eq!(
            listening(0, "http://a/b", "http://a/c").to_string(),
            r#"{"time":"1970-01-01T00:00:00.000Z","type":"ricspec.listening","record":{"url":"http://a/b","page":"http://a/c"}}"#.to_owned() + "\n"
        );
    }

    #[test]
    fn a_line_of_the_function_is_a_record() {
        let at = "{\"time\":\"1970-01-01T00:00:00.000Z\",\"type\":\"function\",\"record\":";
        for (text, record) in [
            ("{\"level\": \"INFO\"}", "{\"level\":\"INFO\"}"),
            ("[1]", "\"[1]\""),
            ("a \u{1b}[0m \"b\"", "\"a \\u001b[0m \\\"b\\\"\""),
        ] {
            assert_eq!(printed(0, text).to_string(), format!("{at}{record}}}\n"));
        }
    }
}
