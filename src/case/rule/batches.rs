//! `batches`: an extension gets few batches, since it causes none itself.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// So far the extension got at most so many batches of the service's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batches {
    /// How many.
    pub max: usize,
}

impl RuleFacts for Batches {
    fn facts(&self) -> Facts<'_> {
        Facts::of_call(&[Code::FeedbackLoop])
    }

    fn told(&self) -> String {
        format!("at most {} batches have gone out so far", self.max)
    }
}
