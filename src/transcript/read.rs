//! Reads a transcript of any schema that is known.

use serde::Deserialize;

use super::{TRANSCRIPT_SCHEMA, Transcript, v1};

/// Why a text cannot be read as a transcript.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not a transcript.
    #[error("not a transcript: {0}")]
    Shape(#[from] serde_json::Error),
    /// Its schema is not known.
    #[error(
        "a transcript of schema {schema}, and this ricspec reads schema {TRANSCRIPT_SCHEMA} and those before it; judge it \
         with the ricspec that recorded it{tool}"
    )]
    Schema {
        /// The number of the schema.
        schema: u32,
        /// The version that recorded it, in brackets; empty if it is not told.
        tool: String,
    },
}

impl Unreadable {
    /// The line where the fault is, if it has a place.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Shape(error) => Some(error.line()).filter(|line| *line > 0),
            Self::Schema { .. } => None,
        }
    }
}

/// The part of a transcript that every schema has.
#[derive(Deserialize)]
struct Version {
    schema: u32,
    #[serde(default)]
    tool: String,
}

/// Reads a transcript of this schema or of an earlier one.
///
/// # Errors
/// When the text is no transcript, or one of a schema that is not known.
pub fn read(text: &str) -> Result<Transcript, Unreadable> {
    let Version { schema, tool } = serde_json::from_str(text)?;
    match schema {
        1 => Ok(v1::read(text)?),
        TRANSCRIPT_SCHEMA => Ok(serde_json::from_str(text)?),
        _ => Err(Unreadable::Schema {
            schema,
            tool: match tool.is_empty() {
                true => tool,
                false => format!(" ({tool:?})"),
            },
        }),
    }
}
