//! `log_line`: a line of the log has the right time, level or invocation.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::cut::shortened;

/// The time, level or invocation of each line of the log that contains a text. It also holds if there is no such line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// The text.
    pub about: String,
    /// The name of the invocation that it is about; the latest by default.
    #[serde(default)]
    pub of: Option<String>,
    /// The rule.
    pub has: LogFact,
}

/// What a line of the log must say.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum LogFact {
    /// Its member `timestamp`, if it has one, is an RFC 3339 time between the delivery of the event and the end.
    Timestamp,
    /// Its member `level`, if it has one, is the level of a failure.
    ErrorLevel,
    /// Its member `requestId`, if it has one, is the id of the invocation.
    RequestId,
    /// Among these lines, as text or as JSON, at least one has the id of the invocation, and none has it twice.
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
