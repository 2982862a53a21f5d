//! What a subscriber gets, by the API that it used and the schema that it asked for: all differences are in one table.

use crate::protocol::Mode;

/// The API of a subscription.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Feed {
    /// The Telemetry API, 2022-07-01.
    Telemetry,
    /// The Logs API, 2020-08-15.
    Logs,
}

/// The form of the events of a subscription: a line of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Dialect {
    pub(super) feed: Feed,
    /// `schemaVersion`
    pub(super) version: &'static str,
    /// Whether Managed Instances take it; all other modes do.
    pub(super) managed: bool,
    /// Whether it has the events of the start and of a restore.
    pub(super) tells_of_start: bool,
    /// Whether it has `platform.runtimeDone`; on Managed Instances there is none.
    pub(super) tells_of_runtime: bool,
    /// Whether it has `platform.end` and `platform.fault`.
    pub(super) tells_of_end: bool,
    /// Whether the reports of an invocation have their status, spans and trace.
    pub(super) in_detail: bool,
    /// Whether a line that is a JSON object is sent as such, if the log format of the function is JSON.
    pub(super) json_lines: bool,
    /// The event that tells of a subscription.
    pub(super) subscription: &'static str,
}

const fn telemetry(version: &'static str, managed: bool, json_lines: bool) -> Dialect {
    Dialect {
        feed: Feed::Telemetry,
        version,
        managed,
        tells_of_start: true,
        tells_of_runtime: true,
        tells_of_end: false,
        in_detail: true,
        json_lines,
        subscription: "platform.telemetrySubscription",
    }
}

const fn logs(version: &'static str, tells_of_runtime: bool) -> Dialect {
    Dialect {
        feed: Feed::Logs,
        version,
        managed: false,
        tells_of_start: false,
        tells_of_runtime,
        tells_of_end: true,
        in_detail: false,
        json_lines: false,
        subscription: "platform.logsSubscription",
    }
}

/// Every schema, those of one API in the order of their age. The first of the Logs API is its default.
#[rustfmt::skip]
const TABLE: [Dialect; 5] = [
    logs("2020-08-15", false),
    logs("2021-03-18", true),
    //         version       managed  json_lines
    telemetry("2022-07-01",  false,   false),
    telemetry("2022-12-13",  false,   true),
    telemetry("2025-01-29",  true,    true),
];

impl Feed {
    /// The word before the dot in the service's error types, and in its texts.
    pub(in crate::protocol) fn name(self) -> &'static str {
        match self {
            Self::Telemetry => "Telemetry",
            Self::Logs => "Logs",
        }
    }

    /// The type of the error for a subscription that is not valid.
    pub(super) fn validation_error(self) -> &'static str {
        match self {
            Self::Telemetry => "ValidationError",
            Self::Logs => "Logs.ValidationError",
        }
    }

    /// The schemas that a mode takes.
    pub(super) fn dialects(self, mode: Mode) -> impl Iterator<Item = &'static Dialect> {
        let of_feed = TABLE.iter().filter(move |dialect| dialect.feed == self);
        of_feed.filter(move |dialect| dialect.managed || !mode.is_concurrent())
    }

    /// The schema of a subscription that names none, if it need not.
    pub(super) fn usual(self) -> Option<&'static Dialect> {
        match self {
            Self::Telemetry => None,
            Self::Logs => TABLE.first(),
        }
    }
}
