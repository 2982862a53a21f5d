//! Calls of somebody else.

use serde::{Deserialize, Serialize};

use super::{Body, Offset};

/// A call of a process that is not of the runtime, which was refused.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stranger {
    /// When.
    pub at: Offset,
    /// Whose it was: a process id and a command line, or what else is known.
    pub who: String,
    /// Its first bytes.
    pub first: Body,
}
