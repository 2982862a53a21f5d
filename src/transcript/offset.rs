//! Times in a transcript, relative to its start.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// Microseconds since the service began to listen. A time that may be missing takes no more space than one.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(from = "u64", into = "u64")]
pub struct Offset(NonZeroU64);

impl Offset {
    /// So many microseconds.
    pub fn from_us(us: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(us))
    }

    /// The microseconds.
    pub fn us(self) -> u64 {
        self.0.get() - 1
    }

    /// Whole milliseconds.
    pub fn ms(self) -> u64 {
        self.us() / 1000
    }

    /// Whole milliseconds since an earlier offset, each taken as whole ones; 0 before it.
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.ms().saturating_sub(earlier.ms())
    }
}

impl Default for Offset {
    fn default() -> Self {
        Self::from_us(0)
    }
}

impl From<u64> for Offset {
    fn from(us: u64) -> Self {
        Self::from_us(us)
    }
}

impl From<Offset> for u64 {
    fn from(offset: Offset) -> Self {
        offset.us()
    }
}
