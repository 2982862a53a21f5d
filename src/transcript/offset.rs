//! Times in a record, relative to its beginning.

use serde::{Deserialize, Serialize};

/// Microseconds since the service began to listen.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Offset(pub u64);

impl Offset {
    /// Whole milliseconds.
    pub fn ms(self) -> u64 {
        self.0 / 1000
    }

    /// Whole milliseconds since an earlier offset, each taken as whole ones; 0 before it.
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.ms().saturating_sub(earlier.ms())
    }
}
