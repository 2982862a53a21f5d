//! The answers that ricspec itself got, as a caller at its invoke door.

use serde::{Deserialize, Serialize};

use super::{Body, Header, Offset};
use crate::http1::value_of;

/// A call of ricspec itself at its invoke door, and the answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VisitRecord {
    /// The name of the invocation in the case.
    pub name: Option<String>,
    /// The request id that it chose.
    pub request_id: String,
    /// When it was sent.
    pub at: Offset,
    /// When its answer was complete.
    pub answered: Offset,
    /// The status.
    pub status: u16,
    /// Header lines, in order.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Body,
}

impl VisitRecord {
    /// The first header with this name, in upper or lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }
}
