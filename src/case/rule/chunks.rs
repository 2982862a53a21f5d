//! `chunks`: the body comes piece by piece, as the function writes it.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The body comes in chunks, and the first one some time before the end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunks {
    /// How long before the end of the body its first chunk comes at least, in milliseconds.
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
