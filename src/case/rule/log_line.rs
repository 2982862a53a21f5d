//! `log_line`: a line of the log is right about its time, its level or its invocation.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::cut::shortened;

/// What a line of the log says that contains a text: of its time, its level or its invocation. No such line is fine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// What the line contains.
    pub about: String,
    /// The name of the invocation that it is about; the latest by default.
    #[serde(default)]
    pub of: Option<String>,
    /// What must hold of it.
    pub has: LogFact,
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

impl RuleFacts for LogLine {
    fn facts(&self) -> Facts<'_> {
        let code = match self.has {
            LogFact::Timestamp => Code::WrongTimestamp,
            LogFact::ErrorLevel => Code::WrongLogLevel,
            LogFact::RequestId | LogFact::IdOnce => Code::WrongLogId,
        };
        Facts {
            of: self.of.as_deref().map(|of| ("log_line/of", of)),
            ..Facts::of_output(&[code])
        }
    }

    fn told(&self) -> String {
        let about = shortened(&self.about);
        match self.has {
            LogFact::Timestamp => {
                format!(
                    "the timestamp of each JSON line with `{about}` is the time, as RFC 3339 writes it"
                )
            }
            LogFact::ErrorLevel => {
                format!("the level of each JSON line with `{about}` is that of a failure")
            }
            LogFact::RequestId => {
                format!(
                    "the requestId of each JSON line with `{about}` is the id of its invocation"
                )
            }
            LogFact::IdOnce => {
                format!("a line of output with `{about}` carries the id of its invocation, once")
            }
        }
    }
}
