//! Reads HTTP/1 requests from a connection's bytes: strict in what it reports, lenient in what it accepts.
//!
//! Order, letter case and duplicates of header lines, chunk sizes, trailers and malformed requests are reported exactly.

mod framing;
mod trailers;

use super::head::blank;
use super::{BodyMeter, Event, Head, Header, Refusal};
use crate::cut::cut;
use framing::{Framing, framing, number};

/// The largest head that is read, in bytes: more than the service accepts, so that a refused head is recorded.
const HEAD_BYTES_READ: usize = 4 * 1024 * 1024;
/// How many header lines are read; the service only counts bytes.
const HEADER_LINES_READ: usize = 512;
/// How many chunks of a body are reported one by one.
const CHUNKS_TOLD: u64 = 64;
/// How many bytes of garbage are kept.
const GARBAGE_KEPT: u64 = 4096;
/// How many bytes of empty lines are skipped before a request.
const EMPTY_LINES_READ: usize = 1024;
/// The longest line with the size of a chunk, in bytes, with its extensions.
const CHUNK_LINE_READ: usize = 16 * 1024;
/// How many bytes of a line are shown in a message.
const TOLD: usize = 200;
/// A buffer that is larger is freed when it is empty, in bytes.
const BUFFER_KEPT: usize = 64 * 1024;
/// If there are at most so many bytes, they are parsed again whenever more come.
const PARSED_AT_ONCE: usize = 2048;

enum State {
    Head,
    Length { left: u64 },
    ChunkSize,
    ChunkData { left: u64 },
    ChunkEnd,
    Trailers,
    // There is nothing more to find; whether this has been reported.
    Lost { told: bool },
}

/// The reader of one connection.
pub struct Reader {
    state: State,
    buffer: Vec<u8>,
    /// How much of the buffer has been read.
    read: usize,
    /// How much of the rest was searched for an empty line.
    searched: usize,
    /// How long the rest was when it was last parsed.
    parsed: usize,
    /// How many bytes of a body are kept.
    body_kept: u64,
    body: BodyMeter,
    /// Whether the bytes of a body are given as they come.
    gives: bool,
    /// Those that were not given yet.
    fresh: Vec<u8>,
    /// How much of the body has been reported.
    body_told: u64,
    /// How many chunks have begun, if the body is chunked.
    chunks: Option<u64>,
    /// The sizes of those that were not reported.
    chunks_begun: Vec<u64>,
    broken: Option<String>,
    refusal: Option<Refusal>,
    garbage: BodyMeter,
}

impl Reader {
    /// A reader that keeps so many bytes of each body; the others are counted.
    pub fn keeping(body_kept: u64) -> Self {
        Self {
            state: State::Head,
            buffer: Vec::new(),
            read: 0,
            searched: 0,
            parsed: 0,
            body_kept,
            body: BodyMeter::keeping(body_kept),
            gives: false,
            fresh: Vec::new(),
            body_told: 0,
            chunks: None,
            chunks_begun: Vec::new(),
            broken: None,
            refusal: None,
            garbage: BodyMeter::keeping(GARBAGE_KEPT),
        }
    }

    /// The same, if `gives` with the bytes of each body as they come.
    #[must_use]
    pub fn giving(self, gives: bool) -> Self {
        Self { gives, ..self }
    }

    /// Takes the next bytes of the connection.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.buffer.extend_from_slice(bytes);
        let mut events = Vec::new();
        while self.step(&mut events) {}
        self.tell_data(&mut events);
        // What was read is removed at once, not piece by piece: thousands of chunks may come in one read.
        self.buffer.drain(..self.read);
        self.read = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > BUFFER_KEPT {
            self.buffer = Vec::new();
        }
        events
    }

    /// The part of the body that came with these bytes and was not reported yet.
    fn tell_data(&mut self, events: &mut Vec<Event>) {
        let come = self.body.bytes();
        let bytes = come - std::mem::replace(&mut self.body_told, come);
        let chunks = std::mem::take(&mut self.chunks_begun);
        let data = std::mem::take(&mut self.fresh);
        let is_news = bytes > 0 || !chunks.is_empty();
        events.extend(is_news.then_some(Event::Data {
            bytes,
            chunks,
            data,
        }));
    }

    /// The bytes that came and were not read yet.
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.read..).unwrap_or_default()
    }

    /// Skips so many bytes of the rest.
    fn skip(&mut self, count: usize) {
        self.read = self.buffer.len().min(self.read.saturating_add(count));
        (self.searched, self.parsed) = (0, 0);
    }

    /// Whether parsing the rest is worth the time: an empty line has come, or there is little, too much, or much more than
    /// last time. So, if many header lines come byte by byte, they are not parsed for each byte.
    fn is_due(&mut self) -> bool {
        let from = self.searched.saturating_sub(2);
        let rest = self.rest();
        let fresh = rest.get(from..).unwrap_or_default();
        let blank = fresh.windows(2).any(|pair| pair == b"\n\n")
            || fresh.windows(3).any(|three| three == b"\n\r\n");
        let length = rest.len();
        self.searched = length;
        let is_extreme = length <= PARSED_AT_ONCE || length > HEAD_BYTES_READ;
        let due = blank || is_extreme || length >= self.parsed.saturating_mul(2);
        if due {
            self.parsed = length;
        }
        due
    }

    /// How many bytes of an incomplete part are held.
    pub fn held(&self) -> usize {
        self.rest().len() + self.body.kept()
    }

    /// The connection ended: the unfinished part is reported as it is.
    pub fn finish(&mut self) -> Option<Event> {
        if matches!(self.state, State::Head) {
            // Bytes whose parsing was postponed are parsed now.
            (self.searched, self.parsed) = (0, 0);
            self.step(&mut Vec::new());
        }
        match self.state {
            State::Head if self.rest().iter().all(u8::is_ascii_whitespace) => None,
            State::Head | State::Lost { .. } => {
                self.give_up_rest();
                Some(Event::Garbage(self.garbage.clone().finish()))
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
                    self.tell_end(Vec::new(), events);
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
            State::Lost { told } => {
                if self.broken.is_some() {
                    self.tell_end(Vec::new(), events);
                }
                if !told {
                    events.push(Event::Lost(self.refusal));
                    self.state = State::Lost { told: true };
                }
                self.give_up_rest();
                false
            }
        }
    }

    fn give_up_rest(&mut self) {
        self.garbage
            .push(self.buffer.get(self.read..).unwrap_or_default());
        self.skip(usize::MAX);
    }

    fn head(&mut self, events: &mut Vec<Event>) -> bool {
        let blank = blank(self.rest());
        if blank > EMPTY_LINES_READ {
            self.refuse(Refusal::Malformed);
            return true;
        }
        if self.rest().len() == blank || !self.is_due() {
            return false;
        }
        let rest = self.rest();
        match Head::read(rest, HEADER_LINES_READ) {
            Ok(None) if rest.len() <= HEAD_BYTES_READ => return false,
            Ok(Some(head)) if head.bytes.kept.len() - blank <= HEAD_BYTES_READ => {
                self.skip(head.bytes.kept.len());
                self.begin_body(head, events);
            }
            Ok(_) | Err(httparse::Error::TooManyHeaders) => self.refuse(Refusal::HeadTooLarge),
            Err(_) => self.refuse(Refusal::Malformed),
        }
        true
    }

    fn begin_body(&mut self, head: Head, events: &mut Vec<Event>) {
        let framing = framing(&head);
        events.push(Event::Head(head));
        match framing {
            Framing::Bodiless => self.tell_end(Vec::new(), events),
            Framing::Length(left) => self.state = State::Length { left },
            Framing::Chunked => {
                self.chunks = Some(0);
                self.state = State::ChunkSize;
            }
            Framing::Unknown(fault, refusal) => {
                self.broken = Some(fault);
                self.refuse(refusal);
            }
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
        self.lose();
    }

    fn lose(&mut self) {
        self.state = State::Lost { told: false };
    }

    /// Moves up to `left` bytes into the body; gives how many are left.
    fn take(&mut self, left: u64) -> u64 {
        let rest = self.buffer.get(self.read..).unwrap_or_default();
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let piece = rest.get(..count).unwrap_or_default();
        self.body.push(piece);
        if self.gives {
            self.fresh.extend_from_slice(piece);
        }
        self.skip(count);
        left - count as u64
    }

    /// The next line of a chunked body without its end; `None` if it is not complete.
    fn line(&mut self) -> Option<Vec<u8>> {
        let Some(end) = self.rest().iter().position(|byte| *byte == b'\n') else {
            if self.rest().len() > CHUNK_LINE_READ {
                self.fault(&format!(
                    "a line of the chunked body has more than {CHUNK_LINE_READ} bytes"
                ));
                self.lose();
            }
            return None;
        };
        let mut line: Vec<u8> = self.rest().get(..end).unwrap_or_default().to_vec();
        self.skip(end + 1);
        if line.last() == Some(&b'\r') {
            line.pop();
        } else {
            self.fault("a line of the chunked body ends without a carriage return");
        }
        Some(line)
    }

    fn chunk_size(&mut self) -> bool {
        let Some(line) = self.line() else {
            return matches!(self.state, State::Lost { .. });
        };
        let text = String::from_utf8_lossy(&line);
        let digits = text.split(';').next().unwrap_or_default().trim();
        match number(digits, 16) {
            Some(0) => self.state = State::Trailers,
            Some(left) => {
                let nth = self.chunks.map_or(1, |count| count + 1);
                self.chunks = Some(nth);
                let told = (nth <= CHUNKS_TOLD).then_some(left);
                self.chunks_begun.extend(told);
                self.state = State::ChunkData { left };
            }
            None => {
                let told = cut(&text, TOLD).escape_debug().to_string();
                self.fault(&format!("`{told}` is not a chunk size"));
                self.lose();
            }
        }
        true
    }

    fn chunk_end(&mut self) -> bool {
        let Some(line) = self.line() else {
            return matches!(self.state, State::Lost { .. });
        };
        if !line.is_empty() {
            self.fault("a chunk is longer than its size says");
            self.lose();
        } else {
            self.state = State::ChunkSize;
        }
        true
    }

    fn fault(&mut self, text: &str) {
        self.broken.get_or_insert_with(|| text.to_owned());
    }

    fn tell_end(&mut self, trailers: Vec<Header>, events: &mut Vec<Event>) {
        self.tell_data(events);
        events.push(self.end(trailers));
    }

    fn end(&mut self, trailers: Vec<Header>) -> Event {
        let is_lost = matches!(self.state, State::Lost { .. });
        if !is_lost {
            self.state = State::Head;
        }
        self.body_told = 0;
        let body = BodyMeter::keeping(self.body_kept);
        let body = std::mem::replace(&mut self.body, body).finish();
        Event::End {
            body,
            chunks: self.chunks.take(),
            trailers,
            broken: self.broken.take(),
        }
    }
}

#[cfg(test)]
mod tests;
