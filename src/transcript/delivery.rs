//! An invocation as it was delivered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alike::{Alike, Models};
use super::{Body, Header};

/// An invocation as it was delivered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Its name in the case.
    pub name: Option<String>,
    /// The step that delivered it; `None` where a caller of the service asked for it.
    pub step: Option<usize>,
    /// The request id.
    pub request_id: String,
    /// All headers of the service's own making, in order.
    pub headers: Headers,
    /// The event.
    pub event: Arc<Body>,
    /// Exchanges whose reply delivered it: the first, and redeliveries.
    pub polls: Vec<usize>,
}

impl Delivery {
    /// The first header of this name, as served.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut all = self.headers.all();
        let found = all.find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value)
    }
}

/// Header lines, kept in little space.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "Vec<Header>", into = "Vec<Header>")]
pub struct Headers(Form);

#[derive(Clone, Debug)]
enum Form {
    /// Each as JSON on a line of its own.
    Lines(Alike),
    /// Those of a reply, without those that every reply has.
    Sent(Alike),
}

/// The headers that every reply has.
const OF_EVERY_REPLY: [&str; 4] = ["Connection", "Content-Length", "Date", "Transfer-Encoding"];

impl Headers {
    /// Keeps headers by the models that came before.
    pub fn new(headers: impl IntoIterator<Item = Header>, models: &mut Models) -> Self {
        let mut lines = Vec::new();
        for header in headers {
            lines.extend(serde_json::to_vec(&header).unwrap_or_default());
            lines.push(b'\n');
        }
        Self(Form::Lines(models.keep(&lines)))
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = Header> {
        let headers: Vec<Header> = match &self.0 {
            Form::Lines(lines) => {
                let read = |line: &str| serde_json::from_str(line).ok();
                lines.text().lines().filter_map(read).collect()
            }
            Form::Sent(reply) => sent(&reply.bytes()),
        };
        headers.into_iter()
    }

    /// Shares the space of the reply in which they went out, where they stand in it as they are.
    pub fn share(&mut self, reply: &Alike) {
        if self.all().eq(sent(&reply.bytes())) {
            self.0 = Form::Sent(reply.clone());
        }
    }
}

/// The headers of a reply, without those that every reply has.
fn sent(reply: &[u8]) -> Vec<Header> {
    let mut lines = reply.split(|byte| *byte == b'\n').skip(1);
    let read = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").filter(|line| !line.is_empty())?;
        let text: String = line.iter().map(|byte| char::from(*byte)).collect();
        let (name, value) = text.split_once(": ")?;
        Some(Header {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    };
    let headers = lines.by_ref().map_while(read);
    headers
        .filter(|header| !OF_EVERY_REPLY.contains(&&*header.name))
        .collect()
}

impl From<Vec<Header>> for Headers {
    fn from(headers: Vec<Header>) -> Self {
        Self::new(headers, &mut Models::default())
    }
}

impl From<Headers> for Vec<Header> {
    fn from(headers: Headers) -> Self {
        headers.all().collect()
    }
}
