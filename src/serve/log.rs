//! The log of what is served: text as Lambda writes it, or JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use super::auditor::Breach;
use crate::report::human::{self, Measures};
use crate::report::{Look, Printable, serving};

/// The form of the log.
#[derive(Clone, Copy, Debug)]
pub enum LogForm {
    /// Lines for people.
    Text(Look),
    /// An object a line.
    Json,
}

impl LogForm {
    /// Where callers invoke the function, and where they see what happens.
    pub(super) fn listening(self, url: &str, page: &str) -> Printable {
        match self {
            Self::Text(_) => {
                Printable::whole_line(&format!("invoke the function by POST to {url}"))
                    + Printable::whole_line(&format!("see the invocations at {page}"))
            }
            Self::Json => serving::listening(now_unix_ms(), url, page),
        }
    }

    pub(super) fn printed(self, line: &str) -> Printable {
        match self {
            Self::Text(_) => Printable::whole_line(line),
            Self::Json => serving::printed(now_unix_ms(), line),
        }
    }

    pub(super) fn began(self, request_id: &str) -> Printable {
        match self {
            Self::Text(look) => human::start(request_id, look.style),
            Self::Json => serving::began(now_unix_ms(), request_id),
        }
    }

    pub(super) fn ended(
        self,
        request_id: &str,
        error_type: Option<&str>,
        measures: &Measures,
    ) -> Printable {
        match self {
            Self::Text(look) => human::end(request_id, error_type, measures, look.style),
            Self::Json => serving::ended(now_unix_ms(), request_id, error_type, measures),
        }
    }

    pub(super) fn stopped(self, how: &str) -> Printable {
        let text = format!("the runtime {how}; the next caller starts it again");
        match self {
            Self::Text(_) => Printable::whole_line(&text),
            Self::Json => serving::fault(now_unix_ms(), &text),
        }
    }

    /// Something that the user should know.
    pub fn note(self, text: &str) -> Printable {
        match self {
            Self::Text(_) => Printable::whole_line(text),
            Self::Json => serving::note(now_unix_ms(), text),
        }
    }

    pub(super) fn breach(self, breach: &Breach) -> Printable {
        match self {
            Self::Text(look) => human::breach(&breach.finding, look),
            Self::Json => {
                let request_id = breach.request_id.as_deref();
                serving::breach(now_unix_ms(), request_id, &breach.finding)
            }
        }
    }
}

/// The time, in milliseconds since the Unix epoch.
pub(super) fn now_unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = now.unwrap_or_default().as_millis();
    u64::try_from(ms).unwrap_or(u64::MAX)
}
