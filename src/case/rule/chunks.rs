//! `chunks`: the body comes piece by piece, as the function writes it.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The body comes in chunks, the first one some time before the end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunks {
    /// The least time between the first chunk and the end of the body, in milliseconds.
    pub early_ms: u64,
}

impl RuleFacts for Chunks {
    fn facts(&self) -> Facts<'_> {
        Facts {
            without_fixture: false,
            ..Facts::of_call(&[Code::SentAtOnce])
        }
    }

    fn told(&self) -> String {
        let ms = self.early_ms;
        format!("the first chunk of the body comes at least {ms} ms before its end")
    }
}
