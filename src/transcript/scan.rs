//! Reads HTTP/1 requests out of a connection's bytes, strictly in what it reports and leniently in what it takes.
//!
//! It runs beneath hyper, on the very bytes that the runtime sent, so that order, case and duplicates of header lines,
//! chunk sizes, trailers and malformed requests are all on record.

use super::{Body, BodyMeter, Header};

/// The largest head that is read, in bytes: more than the service takes, so that what it refuses is on record.
pub const HEAD_BYTES_READ: usize = 4 * 1024 * 1024;
/// How many header lines are read; the service counts bytes only.
pub const HEADER_LINES_READ: usize = 512;
/// How many chunk sizes are kept.
const CHUNKS_KEPT: usize = 64;
/// How many bytes of garbage are kept.
const GARBAGE_KEPT: u64 = 4096;

/// What the scanner saw.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request line and its headers.
    Head {
        /// The bytes, with the empty line.
        bytes: Body,
        /// The method.
        method: String,
        /// The request target.
        target: String,
        /// HTTP/1.`minor`
        minor: u8,
        /// The header lines.
        headers: Vec<Header>,
    },
    /// The rest of the request.
    End {
        /// The body, without its framing.
        body: Body,
        /// Chunk sizes, if it was chunked.
        chunks: Option<Vec<u64>>,
        /// Trailer lines.
        trailers: Vec<Header>,
        /// What was wrong with the framing.
        broken: Option<String>,
    },
    /// The bytes are no request; the rest of the connection is not read.
    Garbage(Body),
}

impl Event {
    /// How many bytes it holds.
    pub fn kept(&self) -> usize {
        match self {
            Self::Head { bytes, .. } => bytes.kept.len(),
            Self::End { body, .. } => body.kept.len(),
            Self::Garbage(body) => body.kept.len(),
        }
    }
}

enum State {
    Head,
    Length { left: u64 },
    ChunkSize,
    ChunkData { left: u64 },
    ChunkEnd,
    Trailers,
    Lost,
}

/// The scanner of one connection.
pub struct Scanner {
    state: State,
    buffer: Vec<u8>,
    body: BodyMeter,
    chunks: Option<Vec<u64>>,
    broken: Option<String>,
    garbage: BodyMeter,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            state: State::Head,
            buffer: Vec::new(),
            body: BodyMeter::default(),
            chunks: None,
            broken: None,
            garbage: BodyMeter::keeping(GARBAGE_KEPT),
        }
    }
}

impl Scanner {
    /// Takes the next bytes of the connection.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.buffer.extend_from_slice(bytes);
        let mut events = Vec::new();
        while self.step(&mut events) {}
        events
    }

    /// How many bytes are held of what is not whole yet.
    pub fn held(&self) -> usize {
        self.buffer.len() + self.body.kept()
    }

    /// The connection ended: what was begun is reported as it is.
    pub fn finish(&mut self) -> Option<Event> {
        match self.state {
            State::Head if self.buffer.iter().all(u8::is_ascii_whitespace) => None,
            State::Head | State::Lost => {
                let rest = std::mem::take(&mut self.buffer);
                self.garbage.push(&rest);
                Some(Event::Garbage(std::mem::take(&mut self.garbage).finish()))
            }
            State::Length { left } => {
                let said = self.body.bytes() + left;
                self.broken = Some(format!(
                    "{} of {said} bytes came, then the connection ended",
                    self.body.bytes()
                ));
                Some(self.end(Vec::new()))
            }
            State::ChunkSize | State::ChunkData { .. } | State::ChunkEnd | State::Trailers => {
                self.broken = Some("the connection ended before the last chunk".to_owned());
                Some(self.end(Vec::new()))
            }
        }
    }

    /// One step; false when more bytes are needed.
    fn step(&mut self, events: &mut Vec<Event>) -> bool {
        match self.state {
            State::Head => self.head(events),
            State::Length { left } => {
                let left = self.take(left);
                self.state = State::Length { left };
                if left == 0 {
                    events.push(self.end(Vec::new()));
                }
                left == 0
            }
            State::ChunkSize => self.chunk_size(),
            State::ChunkData { left } => {
                let left = self.take(left);
                self.state = if left == 0 {
                    State::ChunkEnd
                } else {
                    State::ChunkData { left }
                };
                left == 0
            }
            State::ChunkEnd => self.chunk_end(),
            State::Trailers => self.trailers(events),
            State::Lost => {
                if self.broken.is_some() {
                    events.push(self.end(Vec::new()));
                }
                let rest = std::mem::take(&mut self.buffer);
                self.garbage.push(&rest);
                false
            }
        }
    }

    fn head(&mut self, events: &mut Vec<Event>) -> bool {
        // A server should read over an empty line before a request (RFC 9112, section 2.2); it stays on record.
        let blank = self.buffer.chunks(2).take_while(|pair| pair == b"\r\n");
        let blank = 2 * blank.count();
        let rest = self.buffer.get(blank..).unwrap_or_default();
        if rest.is_empty() {
            return false;
        }
        let mut lines = vec![httparse::EMPTY_HEADER; HEADER_LINES_READ];
        let mut request = httparse::Request::new(&mut lines);
        match request.parse(rest) {
            Ok(httparse::Status::Partial) if self.buffer.len() <= HEAD_BYTES_READ => false,
            Ok(httparse::Status::Complete(length)) => {
                let length = blank + length;
                let headers: Vec<Header> = request.headers.iter().map(Header::from).collect();
                let event = Event::Head {
                    bytes: Body::from(self.buffer.get(..length).unwrap_or_default()),
                    method: request.method.unwrap_or_default().to_owned(),
                    target: request.path.unwrap_or_default().to_owned(),
                    minor: request.version.unwrap_or_default(),
                    headers: headers.clone(),
                };
                events.push(event);
                self.buffer.drain(..length);
                self.begin_body(&headers);
                if matches!(self.state, State::Head) {
                    events.push(self.end(Vec::new()));
                }
                true
            }
            Ok(httparse::Status::Partial) | Err(_) => {
                self.state = State::Lost;
                true
            }
        }
    }

    /// Chooses the framing as RFC 9112, section 6.3 does: chunked, if it comes last, wins over a length; lengths that differ
    /// are none.
    fn begin_body(&mut self, headers: &[Header]) {
        let find = |name: &'static str| {
            headers
                .iter()
                .filter(move |header| header.name.eq_ignore_ascii_case(name))
        };
        if let Some(Header { value, .. }) = find("transfer-encoding").next_back() {
            let last = value.rsplit(',').next().unwrap_or_default().trim();
            if last.eq_ignore_ascii_case("chunked") {
                self.chunks = Some(Vec::new());
                self.state = State::ChunkSize;
            } else {
                self.fault(&format!("Transfer-Encoding `{value}` ends no body"));
                self.state = State::Lost;
            }
        } else if let Some(Header { value, .. }) = find("content-length").next() {
            match digits(value.trim(), 10) {
                _ if find("content-length").any(|other| other.value != *value) => {
                    self.fault("there is more than one Content-Length, and they differ");
                    self.state = State::Lost;
                }
                Some(0) => {}
                Some(left) => self.state = State::Length { left },
                None => {
                    self.fault(&format!("Content-Length `{value}` is not a number"));
                    self.state = State::Lost;
                }
            }
        }
    }

    /// Moves up to `left` bytes into the body; gives what is still left.
    fn take(&mut self, left: u64) -> u64 {
        let count = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(self.buffer.len());
        self.body.push(self.buffer.get(..count).unwrap_or_default());
        self.buffer.drain(..count);
        left - count as u64
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let end = self.buffer.iter().position(|byte| *byte == b'\n')?;
        let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        } else {
            self.fault("a line of the chunked body ends without a carriage return");
        }
        Some(line)
    }

    fn chunk_size(&mut self) -> bool {
        let Some(line) = self.line() else {
            return false;
        };
        let text = String::from_utf8_lossy(&line);
        let size = text.split(';').next().unwrap_or_default().trim();
        match digits(size, 16) {
            Some(0) => self.state = State::Trailers,
            Some(left) => {
                self.chunks
                    .get_or_insert_default()
                    .truncate(CHUNKS_KEPT - 1);
                self.chunks.get_or_insert_default().push(left);
                self.state = State::ChunkData { left };
            }
            None => {
                self.fault(&format!("`{}` is not a chunk size", text.escape_debug()));
                self.state = State::Lost;
            }
        }
        true
    }

    fn chunk_end(&mut self) -> bool {
        let Some(line) = self.line() else {
            return false;
        };
        if !line.is_empty() {
            self.fault("a chunk is longer than its size says");
            self.state = State::Lost;
        } else {
            self.state = State::ChunkSize;
        }
        true
    }

    fn trailers(&mut self, events: &mut Vec<Event>) -> bool {
        let mut lines = vec![httparse::EMPTY_HEADER; 64];
        match httparse::parse_headers(&self.buffer, &mut lines) {
            Ok(httparse::Status::Partial) => false,
            Ok(httparse::Status::Complete((length, found))) => {
                let trailers = found.iter().map(Header::from).collect();
                self.buffer.drain(..length);
                events.push(self.end(trailers));
                true
            }
            Err(error) => {
                self.fault(&format!("the trailers are malformed: {error}"));
                self.state = State::Lost;
                true
            }
        }
    }

    fn fault(&mut self, text: &str) {
        self.broken.get_or_insert_with(|| text.to_owned());
    }

    fn end(&mut self, trailers: Vec<Header>) -> Event {
        if !matches!(self.state, State::Lost) {
            self.state = State::Head;
        }
        let body = std::mem::take(&mut self.body).finish();
        Event::End {
            body,
            chunks: self.chunks.take(),
            trailers,
            broken: self.broken.take(),
        }
    }
}

/// A number of nothing but digits: Rust would take a sign as well.
fn digits(text: &str, radix: u32) -> Option<u64> {
    let plain = text.chars().all(|letter| letter.is_digit(radix));
    plain.then(|| u64::from_str_radix(text, radix).ok())?
}

impl From<&httparse::Header<'_>> for Header {
    fn from(header: &httparse::Header<'_>) -> Self {
        let value = header.value.iter().map(|byte| char::from(*byte)).collect();
        Self {
            name: header.name.to_owned(),
            value,
        }
    }
}

#[cfg(test)]
mod tests;
