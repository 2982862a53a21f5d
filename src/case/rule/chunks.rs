//! `chunks`: the body comes piece by piece, as the function writes it.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The body begins some time before it ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunks {
    /// How much time lies between its first bytes and its last ones at least, in milliseconds.
    pub apart_ms: u64,
}

impl RuleFacts for Chunks {
    fn facts(&self) -> Facts<'_> {
        Facts {
            without_fixture: false,
            ..Facts::of_call(&[Code::SentAtOnce])
        }
    }

    fn told(&self) -> String {
        let ms = self.apart_ms;
        format!("the first bytes of the body come at least {ms} ms before the last ones")
    }
}
