//! What ricspec itself, as a caller, got at its invoke door.

use serde::{Deserialize, Serialize};

use super::{Body, Header, Offset};

/// A call of ricspec itself at its invoke door, and the answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VisitRecord {
    /// The name of the invocation in the case.
    pub name: Option<String>,
    /// The request id that it chose.
    pub request_id: String,
    /// When it set out.
    pub at: Offset,
    /// When it had the whole answer.
    pub answered: Offset,
    /// The status.
    pub status: u16,
    /// Header lines, in order.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Body,
}

impl VisitRecord {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value.as_str())
    }
}
