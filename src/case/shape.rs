//! How a case distorts a reply on the wire.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Payload;
use crate::cut::shortened;

/// How a reply looks on the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// How the body is delimited.
    #[serde(default)]
    pub framing: Framing,
    /// Whether the reply has no `Date`.
    #[serde(default)]
    pub dateless: bool,
    /// Whether it is an HTTP/1.0 reply: its status line says so, and the connection is closed after it.
    #[serde(default)]
    pub http_1_0: bool,
    /// Upper and lower case of header names.
    #[serde(default)]
    pub names: Names,
    /// The reply in small pieces.
    #[serde(default)]
    pub segment: Option<Segment>,
    /// The reply breaks off.
    #[serde(default)]
    pub cut: Option<Cut>,
    /// These bytes replace the reply; the connection is then closed.
    #[serde(default)]
    pub raw: Option<Payload>,
    /// `Connection: close`, and the connection is closed after the reply.
    #[serde(default)]
    pub close: Close,
}

impl Shape {
    /// Whether a reply of this shape is the last on its connection, complete or not.
    pub fn ends_connection(&self) -> bool {
        self.cut.is_some() || self.raw.is_some() || self.http_1_0 || self.close != Close::Never
    }

    /// How many bytes follow the head of a reply whose body has so many.
    pub(super) fn written(&self, body: usize) -> usize {
        self.raw.as_ref().map_or(body, Payload::len)
    }

    /// How long the pauses between the segments of a reply take in total, in milliseconds.
    pub(super) fn segments_ms(&self, body: usize) -> u64 {
        let Some(segment) = self.segment else {
            return 0;
        };
        let pieces = self.written(body) / segment.bytes.max(1);
        segment.delay_ms.saturating_mul(pieces as u64)
    }

    /// How the reply differs from a usual one, in parts that follow the word "with".
    pub(super) fn told(&self) -> Vec<String> {
        let mut parts = Vec::new();
        match &self.framing {
            Framing::Length => {}
            Framing::Chunked(sizes) => {
                let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
                parts.push(format!("a body in chunks of {} bytes", sizes.join(", ")));
            }
        }
        if self.http_1_0 {
            parts.push("HTTP/1.0, and the connection closed afterwards".to_owned());
        }
        if self.dateless {
            parts.push("no Date".to_owned());
        }
        match self.names {
            Names::Canonical => {}
            Names::Lower => parts.push("header names in lower case".to_owned()),
            Names::Upper => parts.push("header names in upper case".to_owned()),
        }
        parts.extend(self.segment.map(Segment::told));
        parts.extend(self.cut.map(Cut::told));
        if let Some(raw) = &self.raw {
            parts.push(format!("these bytes instead of the reply: {}", raw.told()));
        }
        parts.extend(self.close.told().map(str::to_owned));
        parts
    }
}

impl Segment {
    fn told(self) -> String {
        let bytes = self.bytes;
        match self.delay_ms {
            0 => format!("pieces of {bytes} bytes"),
            delay => format!("pieces of {bytes} bytes, {delay} ms apart"),
        }
    }
}

impl Cut {
    fn told(self) -> String {
        let how = match self.how {
            CutHow::Close => "the connection closed",
            CutHow::Reset => "the connection reset",
        };
        match self.head_bytes {
            Some(bytes) => format!("{how} after {bytes} bytes of the head"),
            None => format!("{how} after {} bytes of the body", self.body_bytes),
        }
    }
}

impl Close {
    fn told(self) -> Option<&'static str> {
        match self {
            Self::Never => None,
            Self::Announced => Some("Connection: close"),
            Self::Half => Some("the connection closed afterwards, in this direction only"),
            Self::Silent => Some("the connection closed afterwards without a word"),
        }
    }
}

/// Other headers than the usual ones.
pub(super) fn headers_told(headers: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let told = headers.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}: {}", shortened(value)),
        None => format!("no {name}"),
    });
    told.collect()
}

/// ` with a, b and c`, or nothing.
pub(super) fn with(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        parts => format!(" with {}", listed(parts)),
    }
}

/// `a, b and c`
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// Whether the connection stays open after the reply.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// Kept alive.
    #[default]
    Never,
    /// Announced with `Connection: close`, then closed.
    Announced,
    /// Closed after the reply without `Connection: close`, as when an idle timer ends.
    Silent,
    /// Closed after the reply in one direction only: no further reply can come, but the runtime could still write.
    Half,
}

/// How a body is delimited.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    Length,
    /// Chunked, in chunks of these sizes, repeated.
    Chunked(Vec<usize>),
}

/// Upper and lower case of header names.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// `Lambda-Runtime-Aws-Request-Id`
    #[default]
    Canonical,
    /// `lambda-runtime-aws-request-id`
    Lower,
    /// `LAMBDA-RUNTIME-AWS-REQUEST-ID`
    Upper,
}

/// Pieces of a reply, each its own TCP segment.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// How many bytes a piece has.
    pub bytes: usize,
    /// How long to wait after each.
    #[serde(default)]
    pub delay_ms: u64,
}

/// Where and how a reply breaks off.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// After this many bytes of the head; the whole head by default.
    #[serde(default)]
    pub head_bytes: Option<usize>,
    /// After this many bytes after the head.
    #[serde(default)]
    pub body_bytes: usize,
    /// What happens then.
    #[serde(default)]
    pub how: CutHow,
}

/// How a connection ends in the middle of a reply.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum CutHow {
    /// FIN.
    #[default]
    Close,
    /// RST.
    Reset,
}
