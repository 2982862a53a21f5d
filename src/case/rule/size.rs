//! `size`: the body is not too long.

use serde::Deserialize;

use super::{About, Code, Facts, RuleFacts};

/// The body has at most this many bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// How many.
    pub max: u64,
}

impl RuleFacts for Size {
    fn facts(&self) -> Facts<'_> {
        Facts {
            about: About::Length,
            ..Facts::of_body(&[Code::TooLong])
        }
    }

    fn told(&self) -> String {
        format!("the body has at most {} bytes", self.max)
    }
}
