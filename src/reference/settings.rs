//! What the runtime reads from its environment, once, at the start.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The variable that carries the trace header of the current invocation.
pub(crate) const TRACE_VARIABLE: &str = "_X_AMZN_TRACE_ID";

/// The only handler that the reference function has.
const HANDLER: &str = "fixture.handler";

/// The parts of the environment that the runtime uses.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `AWS_LAMBDA_RUNTIME_API`: a host and a port.
    pub(crate) api: Option<String>,
    /// `_HANDLER`
    pub(crate) handler: Option<String>,
    /// `RICSPEC_INIT`
    pub(crate) init: Init,
    /// `RICSPEC_HOOKS`
    pub(crate) hook: OddHook,
    /// `RICSPEC_OTHER_EVENTS`
    pub(crate) other_events: OtherEvents,
    /// `AWS_LAMBDA_LOG_FORMAT`
    pub(crate) log_format: LogFormat,
    /// `AWS_LAMBDA_LOG_LEVEL`
    pub(crate) log_level: LogLevel,
    /// All variables, for the function.
    pub(crate) variables: BTreeMap<String, String>,
}

/// What the static code of the function does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Init {
    Well,
    Fails,
    Exits,
    Sleeps(Duration),
    /// A word that the fixture contract does not have.
    Unknown(String),
}

/// What the function does with an event that is JSON, but not of the fixture contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OtherEvents {
    /// It fails, as in a case.
    Fail,
    /// It returns them: `ricspec serve` has callers who do not know the contract.
    Echo,
}

/// The hook of the function that does not simply run: the first one of its kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OddHook {
    None,
    Fails(Side),
    Sleeps(Side, Duration),
}

/// On which side of a snapshot a hook runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    /// Before the environment is copied.
    Before,
    /// After it is restored.
    After,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The level of a log line, lowest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl Settings {
    /// Reads the environment of this process.
    pub(crate) fn from_environment() -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        Self::from_variables(variables.collect())
    }

    fn from_variables(variables: BTreeMap<String, String>) -> Self {
        let given = |name: &str| variables.get(name).filter(|value| !value.is_empty());
        let word = |name: &str| given(name).map(|value| value.to_ascii_uppercase());
        Self {
            api: given("AWS_LAMBDA_RUNTIME_API").cloned(),
            handler: given("_HANDLER").cloned(),
            init: Init::read(given("RICSPEC_INIT").map_or("ok", String::as_str)),
            hook: OddHook::read(given("RICSPEC_HOOKS").map_or("ok", String::as_str)),
            other_events: match given("RICSPEC_OTHER_EVENTS").map(String::as_str) {
                Some("echo") => OtherEvents::Echo,
                Some(_) | None => OtherEvents::Fail,
            },
            log_format: match word("AWS_LAMBDA_LOG_FORMAT").as_deref() {
                Some("JSON") => LogFormat::Json,
                _ => LogFormat::Text,
            },
            log_level: LogLevel::read(word("AWS_LAMBDA_LOG_LEVEL").as_deref().unwrap_or("TRACE")),
            variables,
        }
    }

    /// Whether the handler exists.
    pub(crate) fn handler_exists(&self) -> bool {
        let handler = self.handler.as_deref().unwrap_or_default();
        let (folder, name) = handler.rsplit_once('/').unwrap_or((".", handler));
        let root = Path::new(self.variable("LAMBDA_TASK_ROOT").unwrap_or("."));
        name == HANDLER && root.join(folder).is_dir()
    }

    /// How many events are handled at a time (LMI-01).
    pub(crate) fn workers(&self) -> u8 {
        let given = self.variable("AWS_LAMBDA_MAX_CONCURRENCY");
        let workers = given.and_then(|given| given.parse().ok());
        workers.unwrap_or(1)
    }

    /// A variable, if it is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl Init {
    fn read(word: &str) -> Self {
        let pause = word.strip_prefix("sleep:").and_then(|ms| ms.parse().ok());
        match (word, pause) {
            // Any function of ours may stream.
            ("ok" | "stream", _) => Self::Well,
            ("fail", _) => Self::Fails,
            ("exit", _) => Self::Exits,
            (_, Some(ms)) => Self::Sleeps(Duration::from_millis(ms)),
            (other, None) => Self::Unknown(other.to_owned()),
        }
    }
}

impl OddHook {
    /// Of a word that the fixture contract does not have, nothing is odd.
    fn read(word: &str) -> Self {
        let (side, what) = match word.split_once('-') {
            Some(("before", what)) => (Side::Before, what),
            Some(("after", what)) => (Side::After, what),
            Some(_) | None => return Self::None,
        };
        let pause = what.strip_prefix("sleep:").and_then(|ms| ms.parse().ok());
        match (what, pause) {
            ("fail", _) => Self::Fails(side),
            (_, Some(ms)) => Self::Sleeps(side, Duration::from_millis(ms)),
            (_, None) => Self::None,
        }
    }
}

impl Side {
    /// The word for it in the fixture contract.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

impl LogLevel {
    /// The name in a log line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    /// An unknown word hides nothing.
    pub(crate) fn read(word: &str) -> Self {
        [
            Self::Debug,
            Self::Info,
            Self::Warn,
            Self::Error,
            Self::Fatal,
        ]
        .into_iter()
        .find(|level| level.name() == word)
        .unwrap_or(Self::Trace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case_and_empty_ones_count_as_unset() {
        let settings = |pairs: &[(&str, &str)]| {
            let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            Settings::from_variables(pairs.iter().map(own).collect())
        };
        let json = settings(&[
            ("AWS_LAMBDA_LOG_FORMAT", "json"),
            ("AWS_LAMBDA_LOG_LEVEL", "warn"),
            ("RICSPEC_INIT", "sleep:20"),
        ]);
        assert_eq!(json.log_format, LogFormat::Json);
        assert_eq!(json.log_level, LogLevel::Warn);
        assert_eq!(json.init, Init::Sleeps(Duration::from_millis(20)));
        let bare = settings(&[("AWS_LAMBDA_RUNTIME_API", ""), ("RICSPEC_INIT", "dance")]);
        assert_eq!(bare.api, None);
        assert_eq!(bare.log_level, LogLevel::Trace);
        assert_eq!(bare.init, Init::Unknown("dance".to_owned()));
        assert!(!bare.handler_exists());
        let hook = |word: &str| settings(&[("RICSPEC_HOOKS", word)]).hook;
        assert_eq!(hook("before-fail"), OddHook::Fails(Side::Before));
        let pause = Duration::from_millis(20);
        assert_eq!(hook("after-sleep:20"), OddHook::Sleeps(Side::After, pause));
        assert_eq!(
            (hook("ok"), hook("later-fail")),
            (OddHook::None, OddHook::None)
        );
    }
}
