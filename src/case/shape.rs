//! How a case bends a reply on the wire.

use serde::Deserialize;

use super::Payload;

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
    /// Whether it is a reply of HTTP/1.0: its status line says so, and the connection is closed after it.
    #[serde(default)]
    pub http_1_0: bool,
    /// The case of header names.
    #[serde(default)]
    pub names: Names,
    /// The reply in small pieces.
    #[serde(default)]
    pub segment: Option<Segment>,
    /// The reply breaks off.
    #[serde(default)]
    pub cut: Option<Cut>,
    /// These bytes in place of the reply; the connection is then closed.
    #[serde(default)]
    pub raw: Option<Payload>,
    /// `Connection: close`, and the connection is closed after the reply.
    #[serde(default)]
    pub close: Close,
}

/// Whether the connection outlives the reply.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// Kept alive.
    #[default]
    Never,
    /// Announced with `Connection: close`, then closed.
    Announced,
    /// Closed after the reply without a word, as an idle timer would.
    Silent,
    /// Closed after the reply in one direction only: no further reply can come, yet the runtime could still write.
    Half,
}

/// How a body is delimited.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    Length,
    /// Chunked, in chunks of these sizes, over and over.
    Chunked(Vec<usize>),
}

/// The case of header names.
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
    /// After this many bytes of what follows the head.
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
