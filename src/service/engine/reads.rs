//! What a caller wants of an answer.

/// How a caller takes an answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reads {
    /// As a whole, of limited length.
    #[default]
    Whole,
    /// As it comes, of any length.
    Stream,
    /// As the runtime sends it: as it comes, if the runtime says that it streams.
    AsSent,
}
