//! `streamed`: the body is what the function wrote to its stream.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::cut::shortened;

/// The body, without the prelude of the HTTP integration, is this text and then so many letters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streamed {
    /// The text.
    #[serde(default)]
    pub text: String,
    /// How many letters `x` follow it.
    #[serde(default)]
    pub then_x: u64,
}

impl RuleFacts for Streamed {
    fn facts(&self) -> Facts<'_> {
        Facts::of_body(&[Code::WrongBytes])
    }

    fn told(&self) -> String {
        format!("the stream is exactly {}", self.words())
    }
}

impl Streamed {
    /// The text and the letters, in words.
    pub fn words(&self) -> String {
        let text = format!("`{}`", shortened(&self.text));
        match (self.text.is_empty(), self.then_x) {
            (true, 0) => "empty".to_owned(),
            (false, 0) => text,
            (true, letters) => format!("{letters} letters x"),
            (false, letters) => format!("{text} and {letters} letters x"),
        }
    }
}
