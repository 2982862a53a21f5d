//! Payloads: exact bytes, in a form that keeps a case file readable.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cut::shortened;

/// The most bytes that are shown in full.
const SHOWN_BYTES: usize = 200;

/// The bytes of an event or of a body.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// JSON, sent exactly as in the file.
    Json(Box<RawValue>),
    /// Text, sent as UTF-8.
    Text(String),
    /// Any bytes.
    Base64(String),
    /// A unit repeated many times, between two texts.
    Repeat(Repeat),
}

/// `before`, then `unit` `count` times, then `after`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    #[serde(default)]
    before: String,
    unit: String,
    count: usize,
    #[serde(default)]
    after: String,
}

impl Payload {
    /// The most bytes it may have, without creating them.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(raw) => raw.get().len(),
            Self::Text(text) => text.len(),
            Self::Base64(text) => text.len().div_ceil(4).saturating_mul(3),
            Self::Repeat(repeat) => repeat
                .unit
                .len()
                .saturating_mul(repeat.count)
                .saturating_add(repeat.before.len())
                .saturating_add(repeat.after.len()),
        }
    }

    /// Whether its text shows which bytes it has.
    pub(super) fn is_readable(&self) -> bool {
        match self {
            Self::Base64(text) => STANDARD.decode(text).is_ok(),
            Self::Json(_) | Self::Text(_) | Self::Repeat(_) => true,
        }
    }

    /// The bytes in words: all of them if they are few, otherwise their number and the first of them.
    pub(super) fn told(&self) -> String {
        let bytes = self.bytes().unwrap_or_default();
        if bytes.is_empty() {
            return "nothing at all".to_owned();
        }
        let head = bytes.get(..SHOWN_BYTES).unwrap_or(&bytes);
        let text = String::from_utf8_lossy(head);
        let shown = match self {
            // As in the file, without its line breaks.
            Self::Json(_) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Text(_) | Self::Base64(_) | Self::Repeat(_) => shortened(&text),
        };
        match bytes.len() > SHOWN_BYTES {
            true => format!("{} bytes, {shown}...", bytes.len()),
            false => shown,
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// The text is not valid base64.
    pub fn bytes(&self) -> Result<Vec<u8>, base64::DecodeError> {
        Ok(match self {
            Self::Json(raw) => raw.get().as_bytes().to_vec(),
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Base64(text) => STANDARD.decode(text)?,
            Self::Repeat(repeat) => [
                repeat.before.as_str(),
                &repeat.unit.repeat(repeat.count),
                &repeat.after,
            ]
            .concat()
            .into_bytes(),
        })
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::Text("{}".to_owned())
    }
}
