//! A case file that was opened, before it is read.

use std::borrow::Cow;

/// A case file that another room has opened.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path, for messages.
    pub path: String,
    /// The id that follows from its path: without parent folders and file ending.
    pub id: String,
    /// Its text.
    pub text: Cow<'static, str>,
    /// Its origin.
    pub trust: Trust,
}

/// Whether the file is checked against the JSON Schema when it is read. Tests check the built-in ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trust {
    /// Checked in tests.
    Ours,
    /// Checked now.
    Theirs,
}
