//! Writes replies exactly as asked for: adds nothing, refuses nothing.

use http::StatusCode;

use super::Head;

/// A reply.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// HTTP/1.`minor` in the status line; that of the request by default.
    pub minor: Option<u8>,
    /// The status.
    pub status: u16,
    /// Header lines, in order, without those of the framing.
    pub headers: &'a [(String, String)],
    /// The value of `Date`, if it has one.
    pub date: Option<&'a str>,
    /// Whether `Connection: close` announces that the connection ends.
    pub closes: bool,
    /// The letter case of header names.
    pub names: Names,
    /// How the body is delimited.
    pub framing: Framing<'a>,
    /// The body.
    pub body: &'a [u8],
}

/// The letter case of header names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Names {
    /// `Lambda-Runtime-Aws-Request-Id`
    Title,
    /// `lambda-runtime-aws-request-id`
    Lower,
    /// `LAMBDA-RUNTIME-AWS-REQUEST-ID`
    Upper,
}

/// How a body is delimited.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing<'a> {
    /// By `Content-Length`.
    Length,
    /// In chunks of these sizes, repeated.
    Chunks(&'a [usize]),
    /// By the end of the connection.
    Close,
}

/// The parts of a request that decide how its reply is written.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// HTTP/1.`minor`
    pub minor: u8,
    /// Whether the reply has no body, because the request is a HEAD.
    pub bodiless: bool,
    /// Whether the connection stays open after the reply.
    pub keeps_alive: bool,
}

impl From<&Head> for Asked {
    fn from(head: &Head) -> Self {
        Self {
            minor: head.minor,
            bodiless: head.method == "HEAD",
            keeps_alive: head.keeps_alive(),
        }
    }
}

/// A reply in the form for the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendered {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many of them are the head, with the empty line.
    pub head: usize,
    /// Whether the connection ends after it.
    pub last: bool,
}

impl Reply<'_> {
    /// The bytes of this reply to a request.
    pub fn write(&self, asked: Asked) -> Rendered {
        let bodiless = asked.bodiless || matches!(self.status, 204 | 304);
        let framing = match self.framing {
            // A client of HTTP/1.0 does not understand chunks.
            Framing::Chunks(_) if asked.minor == 0 && !bodiless => Framing::Close,
            kept @ (Framing::Chunks(_) | Framing::Length | Framing::Close) => kept,
        };
        let last = self.closes || !asked.keeps_alive || framing == Framing::Close;
        let mut out = Writer::new(self.names, self.body.len());
        out.status_line(self.minor.unwrap_or(asked.minor), self.status);
        for (name, value) in self.headers {
            out.header(name, value);
        }
        if let Some(date) = self.date {
            out.header("date", date);
        }
        match (last, asked.minor) {
            (true, 0) if !self.closes => {}
            (true, _) => out.header("connection", "close"),
            (false, 0) => out.header("connection", "keep-alive"),
            (false, _) => {}
        }
        // A HEAD gets the length that a GET would get; an empty body says nothing there.
        let has_length = match bodiless {
            true => asked.bodiless && !matches!(self.status, 204 | 304) && !self.body.is_empty(),
            false => true,
        };
        match framing {
            Framing::Length if has_length => {
                out.header("content-length", &self.body.len().to_string());
            }
            Framing::Chunks(_) if !bodiless => out.header("transfer-encoding", "chunked"),
            Framing::Length | Framing::Chunks(_) | Framing::Close => {}
        }
        let head = out.end_head();
        match framing {
            _ if bodiless => {}
            Framing::Length | Framing::Close => out.body(self.body),
            Framing::Chunks(sizes) => out.chunks(self.body, sizes),
        }
        let bytes = out.bytes;
        Rendered { bytes, head, last }
    }
}

/// The parts of a reply, one after the other.
struct Writer {
    names: Names,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(names: Names, body: usize) -> Self {
        let bytes = Vec::with_capacity(HEAD_BYTES_USUAL + body);
        Self { names, bytes }
    }

    fn status_line(&mut self, minor: u8, status: u16) {
        let known = StatusCode::from_u16(status).ok();
        let reason = known.and_then(|status| status.canonical_reason());
        let line = format!("HTTP/1.{minor} {status} {}\r\n", reason.unwrap_or("<none>"));
        self.bytes.extend_from_slice(line.as_bytes());
    }

    fn header(&mut self, name: &str, value: &str) {
        let mut begins = true;
        for letter in name.bytes() {
            self.bytes.push(match self.names {
                Names::Upper => letter.to_ascii_uppercase(),
                Names::Title if begins => letter.to_ascii_uppercase(),
                Names::Title | Names::Lower => letter.to_ascii_lowercase(),
            });
            begins = letter == b'-';
        }
        self.bytes.extend_from_slice(b": ");
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Ends the head; gives how many bytes it has.
    fn end_head(&mut self) -> usize {
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.len()
    }

    fn body(&mut self, body: &[u8]) {
        self.bytes.extend_from_slice(body);
    }

    fn chunks(&mut self, body: &[u8], sizes: &[usize]) {
        let mut rest = body;
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at((*size).clamp(1, rest.len()));
            self.chunk(chunk);
            rest = after;
        }
        self.end_chunks();
    }

    fn chunk(&mut self, data: &[u8]) {
        let size = format!("{:X}\r\n", data.len());
        self.bytes.extend_from_slice(size.as_bytes());
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\r\n");
    }

    fn end_chunks(&mut self) {
        self.bytes.extend_from_slice(b"0\r\n\r\n");
    }
}

/// More than the head of most replies needs, in bytes.
const HEAD_BYTES_USUAL: usize = 512;

#[cfg(test)]
mod tests;
