//! Bodies: kept up to a limit; beyond it only counted and hashed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes as far as they are kept. In JSON: `text` if they are UTF-8, otherwise `base64`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Body {
    /// The kept bytes.
    pub kept: Box<[u8]>,
    /// How many there were.
    pub bytes: u64,
    /// SHA-256 of all of them in hex, if not all are kept.
    pub sha256: Option<Box<str>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Box<str>>,
}

impl From<Body> for Wire {
    fn from(body: Body) -> Self {
        let (text, base64) = match String::from_utf8(body.kept.into()) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(STANDARD.encode(error.as_bytes()))),
        };
        Self {
            bytes: body.bytes,
            text,
            base64,
            sha256: body.sha256,
        }
    }
}

impl TryFrom<Wire> for Body {
    type Error = base64::DecodeError;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let kept = match (wire.text, wire.base64) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64)?,
            (None, None) => Vec::new(),
        };
        Ok(Self {
            kept: kept.into(),
            bytes: wire.bytes,
            sha256: wire.sha256,
        })
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Self {
            kept: bytes.into(),
            bytes: bytes.len() as u64,
            sha256: None,
        }
    }
}

impl Body {
    /// The kept bytes as text; invalid UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }

    /// The start of the kept bytes as text, far more than is ever shown.
    pub fn beginning(&self) -> String {
        let kept = self.kept.get(..BEGINNING_BYTES).unwrap_or(&self.kept);
        String::from_utf8_lossy(kept).into_owned()
    }

    /// The body as JSON, if it is all kept and is JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        self.is_whole()
            .then(|| serde_json::from_slice(&self.kept).ok())
            .flatten()
    }

    /// Whether all bytes are kept.
    pub fn is_whole(&self) -> bool {
        self.kept.len() as u64 == self.bytes
    }
}

/// The length of this start, in bytes.
const BEGINNING_BYTES: usize = 4096;

/// Takes a body piece by piece.
#[derive(Clone, Debug)]
pub struct BodyMeter {
    kept: Vec<u8>,
    bytes: u64,
    /// The hash of all bytes, if not all are kept.
    hash: Option<Sha256>,
    keep_max: u64,
}

impl BodyMeter {
    /// A meter that keeps at most this many bytes.
    pub fn keeping(keep_max: u64) -> Self {
        Self {
            kept: Vec::new(),
            bytes: 0,
            hash: None,
            keep_max,
        }
    }

    /// The next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        let room = self.keep_max.saturating_sub(self.kept.len() as u64);
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(piece.len());
        if room < piece.len() {
            let begun = || Sha256::new_with_prefix(&self.kept);
            self.hash.get_or_insert_with(begun).update(piece);
        }
        self.kept
            .extend_from_slice(piece.get(..room).unwrap_or_default());
    }

    /// How many bytes have come.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes are kept.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// The body.
    pub fn finish(self) -> Body {
        Body {
            kept: self.kept.into(),
            bytes: self.bytes,
            sha256: self.hash.map(|hash| hex(&hash.finalize()).into()),
        }
    }
}

/// Bytes as hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_limit_bytes_are_counted_and_hashed() {
        let mut meter = BodyMeter::keeping(4);
        meter.push(b"abc");
        meter.push(b"def");
        let body = meter.finish();
        assert_eq!((&*body.kept, body.bytes), (b"abcd".as_slice(), 6));
        assert_eq!(
            body.sha256.as_deref().map(|hex| &hex[..16]),
            Some("bef57ec7f53a6d40")
        );
    }

    #[test]
    fn json_keeps_any_bytes() {
        for bytes in [b"text \xc3\xa9".as_slice(), b"\xff\x00"] {
            let body = Body::from(bytes);
            let json = serde_json::to_string(&body).expect("serialises");
            assert_eq!(serde_json::from_str::<Body>(&json).expect("parses"), body);
        }
    }
}
