//! What an event tells the fixture of time and size; see its contract.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Payload;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    /// A wait, in milliseconds.
    pub(super) ms: u64,
    /// A wait after each chunk, in milliseconds.
    pub(super) delay_ms: u64,
    pub(super) chunks: Vec<IgnoredAny>,
    /// The size of the result.
    pub(super) bytes: u64,
}

impl Told {
    /// Nothing, if the event is not of the contract.
    pub(super) fn by(event: &Payload) -> Self {
        match event {
            Payload::Json(event) => serde_json::from_str(event.get()).unwrap_or_default(),
            Payload::Text(_) | Payload::Base64(_) | Payload::Repeat(_) => Self::default(),
        }
    }
}
