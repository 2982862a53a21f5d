//! What is known of a process of an environment, and of the end of all of them.

/// An end that is under way.
#[derive(Debug)]
pub(super) struct Ending {
    /// Why, as extensions are told.
    pub(super) reason: &'static str,
    /// When it is to be over, in milliseconds since the Unix epoch.
    pub(super) until_unix_ms: u64,
}

/// Whether a process lives, and whether the service has ended it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Life {
    pub(super) is_over: bool,
    pub(super) was_killed: bool,
}
