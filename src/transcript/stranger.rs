//! Calls of other processes.

use serde::{Deserialize, Serialize};

use super::{Body, Offset};

/// A refused call of a process that does not belong to the runtime.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stranger {
    /// When.
    pub at: Offset,
    /// The caller: a process id and a command line, or what else is known.
    pub who: String,
    /// Its first bytes.
    pub first: Body,
}
