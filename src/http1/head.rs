//! The request line and the headers of a request.

use super::header::value_of;
use super::{Body, Header};

/// The head of a request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// The bytes, with the empty line.
    pub bytes: Body,
    /// The method.
    pub method: String,
    /// The request target.
    pub target: String,
    /// HTTP/1.`minor`
    pub minor: u8,
    /// The header lines.
    pub headers: Vec<Header>,
}

impl Head {
    /// Reads the head with which bytes begin, with at most so many header lines; `None` while it is not whole.
    ///
    /// A server should read over an empty line before a request (RFC 9112, section 2.2); it stays on record.
    ///
    /// # Errors
    /// The bytes are not a head.
    pub fn read(bytes: &[u8], lines_max: usize) -> Result<Option<Self>, httparse::Error> {
        let blank = blank(bytes);
        let mut lines = Box::new_uninit_slice(lines_max);
        let mut request = httparse::Request::new(&mut []);
        let head = bytes.get(blank..).unwrap_or_default();
        let status = request.parse_with_uninit_headers(head, &mut lines)?;
        let httparse::Status::Complete(length) = status else {
            return Ok(None);
        };
        Ok(Some(Self {
            bytes: Body::from(bytes.get(..blank + length).unwrap_or_default()),
            method: request.method.unwrap_or_default().to_owned(),
            target: request.path.unwrap_or_default().to_owned(),
            minor: request.version.unwrap_or_default(),
            headers: request.headers.iter().map(Header::from).collect(),
        }))
    }

    /// The values of all headers of this name, in any case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        let named = move |header: &&Header| header.name.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(named)
            .map(|header| header.value.as_str())
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    pub fn expects_continue(&self) -> bool {
        let last = self.values("expect").next_back();
        self.minor > 0 && last.is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// Whether the client may send another request on the connection. A body that is framed in two ways ends it
    /// (RFC 9112, section 6.3).
    pub fn keeps_alive(&self) -> bool {
        let says = |word: &str| {
            let mut words = self.values("connection").flat_map(|value| value.split(','));
            words.any(|said| said.trim().eq_ignore_ascii_case(word))
        };
        let framed = |name| self.values(name).next().is_some();
        match (framed("transfer-encoding"), framed("content-length")) {
            (true, true) => false,
            _ if says("close") => false,
            _ => self.minor > 0 || says("keep-alive"),
        }
    }
}

#[cfg(test)]
impl Head {
    /// The head of a request with these headers, for tests.
    pub(crate) fn of(method: &str, headers: &[(&str, &str)]) -> Self {
        let lines = headers.iter().map(|(name, value)| Header::new(name, value));
        Self {
            method: method.to_owned(),
            headers: lines.collect(),
            ..Self::default()
        }
    }
}

/// How many bytes the empty lines before a request have.
pub(super) fn blank(bytes: &[u8]) -> usize {
    2 * bytes.chunks(2).take_while(|pair| pair == b"\r\n").count()
}
