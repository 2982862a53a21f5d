//! One line of the list: what happened, at a glance.

use std::time::Duration;

use maud::{Markup, html};
use serde::Deserialize;

use super::item::{Invocation, Item, Kept, What};
use super::printed::lines;
use crate::law::Level;
use crate::protocol::AnswerKind;
use crate::report::{html as report, visible};
use crate::service::PAGE;
use crate::verdict::is_breach;

/// How many letters of an event or a result are shown at a glance.
const GLANCE: usize = 160;

/// The line for an item. The script fetches the rest of an invocation when it is opened.
pub(super) fn row(item: &Item) -> Markup {
    let id = format!("i{}", item.number);
    match &item.what {
        What::Invocation(invocation) => html! {
            li.call.(class(invocation)) id=(id) data-id=(invocation.request_id) {
                details {
                    summary { (glance(item, invocation)) }
                    div.more data-from={ (PAGE) "/invocations/" (item.number) } {
                        noscript { a href={ (PAGE) "/invocations/" (item.number) } { "Show all of it" } }
                    }
                }
            }
        },
        What::Breach(finding) => html! {
            li.note.breach id=(id) {
                (time(item.at_unix_ms))
                details {
                    summary { span.mark.(mark(finding.level)) { (finding.level) } " " (visible(&finding.requirement)) }
                    (report::finding(finding, &[]))
                }
            }
        },
        What::Note(text) => html! {
            li.note id=(id) { (time(item.at_unix_ms)) span { (visible(text)) } }
        },
        What::Output(output) => html! {
            li.note id=(id) {
                (time(item.at_unix_ms))
                details { summary { "printed between invocations" } (lines(output)) }
            }
        },
    }
}

fn glance(item: &Item, invocation: &Invocation) -> Markup {
    let state = State::of(invocation);
    let measures = invocation.end.as_ref().map(|end| end.measures);
    html! {
        span.mark.(state.class()) { (state.word()) }
        span.texts {
            span.event { (start(&invocation.event)) }
            (outcome(invocation))
        }
        span.facts {
            span.flags {
                @if let Some(init) = measures.and_then(|measures| measures.init) {
                    span.cold title={ "It started an environment, in " (ms(init)) } { "cold start" }
                }
                @for level in [Level::Must, Level::Should] {
                    @let count = invocation.findings.iter().filter(|finding| finding.level == level).count();
                    @if count > 0 { " " span.mark.(mark(level)) { (count) " " (level) } }
                }
            }
            span.took { @if let Some(measures) = measures { (ms(measures.duration)) } }
            span.used {
                @if let Some(kib) = measures.and_then(|measures| measures.memory_kib) { (kib.div_ceil(1024)) " MB" }
            }
            (time(item.at_unix_ms))
        }
    }
}

fn mark(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May | Level::Info => "skip",
    }
}

fn outcome(invocation: &Invocation) -> Markup {
    let Some(end) = &invocation.end else {
        return html! { span.result.quiet { "in progress" } };
    };
    match &end.answer {
        None => html! { span.result.bad { "it was not answered" } },
        Some((AnswerKind::Response, result)) => {
            html! { span.result { "\u{2192} " (start(result)) } }
        }
        Some((AnswerKind::Error, result)) => {
            html! { span.result.bad { "\u{2192} " (error(result, &invocation.request_id)) } }
        }
    }
}

/// The type and the message of an error document, or its start. What stands in every message is left out.
fn error(result: &Kept, request_id: &str) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        #[serde(default)]
        error_type: String,
        #[serde(default)]
        error_message: String,
    }
    let Ok(document) = serde_json::from_slice::<Document>(&result.bytes) else {
        return start(result);
    };
    let message = document.error_message.trim();
    let message = message
        .strip_prefix(&format!("RequestId: {request_id} Error: "))
        .unwrap_or(message);
    match (document.error_type.is_empty(), message.is_empty()) {
        (true, true) => start(result),
        (false, true) => shortened(&document.error_type),
        (true, false) => shortened(message),
        (false, false) => shortened(&format!("{}: {message}", document.error_type)),
    }
}

fn start(kept: &Kept) -> String {
    let bytes = kept.bytes.get(..GLANCE * 4).unwrap_or(&kept.bytes);
    match bytes {
        [] => "(nothing)".to_owned(),
        bytes => shortened(&String::from_utf8_lossy(bytes)),
    }
}

fn shortened(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text: String = words.join(" ").chars().take(GLANCE).collect();
    visible(&text)
}

/// How an invocation went.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum State {
    Running,
    Succeeded,
    Failed,
}

impl State {
    pub(super) fn of(invocation: &Invocation) -> Self {
        let Some(end) = &invocation.end else {
            return Self::Running;
        };
        match &end.answer {
            Some((AnswerKind::Response, _)) => Self::Succeeded,
            Some((AnswerKind::Error, _)) | None => Self::Failed,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Running => "\u{2026}",
            Self::Succeeded => "ok",
            Self::Failed => "error",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Running => "skip",
            Self::Succeeded => "pass",
            Self::Failed => "must",
        }
    }
}

/// What the filter of the list looks at.
fn class(invocation: &Invocation) -> &'static str {
    let failed = State::of(invocation) == State::Failed;
    match (failed, invocation.findings.iter().any(is_breach)) {
        (true, true) => "failed breach",
        (true, false) => "failed",
        (false, true) => "breach",
        (false, false) => "fine",
    }
}

/// A time of day. The script shows it in the time zone of the reader.
pub(super) fn time(at_unix_ms: u64) -> Markup {
    let seconds = at_unix_ms / 1000 % 86_400;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    html! {
        time data-ms=(at_unix_ms) { (format!("{hours:02}:{minutes:02}:{seconds:02}")) }
    }
}

/// `1.23 ms`, `12.5 s`
pub(super) fn ms(duration: Duration) -> String {
    match duration.as_millis() {
        0..10_000 => format!("{:.2} ms", duration.as_secs_f64() * 1000.0),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}
