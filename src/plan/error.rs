//! Why a selection is refused.

use thiserror::Error;

/// A selection that makes no sense.
#[derive(Debug, Error)]
pub enum PlanError {
    /// Not a glob.
    #[error(
        "`{pattern}` is not a glob: {what}; write an area such as `next`, an id, or an id with `*`"
    )]
    Glob {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        what: globset::ErrorKind,
    },
    /// No case has this profile.
    #[error("no case belongs to profile `{name}`; the profiles are {known}")]
    Profile {
        /// As given.
        name: String,
        /// The existing profiles, as a list to print.
        known: String,
    },
    /// There is no such part.
    #[error("there is no shard {index}/{count}; shards go from 1/N to N/N")]
    Shard {
        /// The part.
        index: u32,
        /// The number of parts.
        count: u32,
    },
}
