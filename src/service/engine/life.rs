//! The state of each process of an environment, and of its end.

/// An end in progress.
#[derive(Debug)]
pub(super) struct Ending {
    /// The reason that the extensions get.
    pub(super) reason: &'static str,
    /// When it must be over, in milliseconds since the Unix epoch.
    pub(super) until_unix_ms: u64,
    /// Whether the end of the extensions waits until they have all events.
    pub(super) drains: bool,
}

/// Whether a process lives, and whether the service has ended it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Life {
    pub(super) is_over: bool,
    pub(super) was_killed: bool,
}
