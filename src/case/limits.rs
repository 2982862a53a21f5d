//! Limits of single values of a case, and values that no service can use.

use super::{Framing, Payload, Segment, Shape};

/// JSON Pointer to the value, and what is wrong with it.
pub(super) type Fault = (String, String);

/// How many bytes a payload may have: the service accepts and sends a little over six mebibytes.
pub(super) const PAYLOAD_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The longest time that a case may name, in milliseconds: a day.
const TIME_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// How many pieces a reply may be written in.
const PIECES_MAX: usize = 1_000_000;
/// Headers that follow from the shape of a reply.
const OF_THE_SHAPE: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];

/// What is wrong with a step.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push((pointer.into(), message.into()));
    }

    pub(super) fn time(&mut self, pointer: &str, ms: u64) {
        if let Some(message) = too_long(ms) {
            self.add(pointer, message);
        }
    }

    /// The least and the greatest allowed number.
    pub(super) fn range(&mut self, pointer: &str, min: i64, max: i64) {
        if min > max {
            let message = format!("no number is from {min} to {max}: swap them");
            self.add(pointer, message);
        }
    }

    pub(super) fn payload(&mut self, pointer: &str, payload: &Payload) {
        let bytes = payload.len();
        if bytes > PAYLOAD_BYTES_MAX {
            let message =
                format!("the payload has {bytes} bytes; the limit is {PAYLOAD_BYTES_MAX}");
            self.add(pointer, message);
        }
        if !payload.is_readable() {
            self.add(pointer, "not valid base64");
        }
    }

    pub(super) fn header_value(&mut self, pointer: &str, value: &str) {
        if let Some(message) = bad_value(value) {
            self.add(pointer, message);
        }
    }

    pub(super) fn status(&mut self, pointer: &str, status: u16, body: Option<&Payload>) {
        if !(200..=599).contains(&status) {
            let message = format!(
                "{status} is not the status of a final reply: write a number from 200 to 599"
            );
            self.add(pointer, message);
        } else if matches!(status, 204 | 304) && body.is_some_and(|body| body.len() > 0) {
            let message =
                format!("a reply with the status {status} has no body, but this reply has one");
            self.add(pointer, message);
        }
    }

    pub(super) fn header(&mut self, pointer: &str, name: &str, value: Option<&str>) {
        let place = member(pointer, name);
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            self.add(&place, "no header can have this name");
        } else if OF_THE_SHAPE.contains(&&*name.to_ascii_lowercase()) && value.is_some() {
            let message = format!("{name} follows from the `shape` of the reply: set it there");
            self.add(&place, message);
        }
        if let Some(value) = value {
            self.header_value(&place, value);
        }
    }

    /// The shape of a reply whose body has so many bytes.
    pub(super) fn shape(&mut self, pointer: &str, shape: &Shape, body: usize) {
        if shape.raw.is_some() && shape.cut.is_some() {
            let message = "a reply of raw bytes cannot be cut: leave out the rest of the bytes";
            self.add(format!("{pointer}/cut"), message);
        }
        let written = shape.written(body);
        if let Framing::Chunked(sizes) = &shape.framing {
            let place = format!("{pointer}/framing");
            if sizes.is_empty() || sizes.contains(&0) {
                self.add(&place, "each chunk needs at least one byte");
            }
            let least = sizes.iter().copied().min().unwrap_or(1);
            self.pieces(&place, written, least);
        }
        if let Some(Segment { bytes, delay_ms }) = shape.segment {
            let place = format!("{pointer}/segment");
            if bytes == 0 {
                self.add(&place, "a segment needs at least one byte");
            }
            self.pieces(&place, written, bytes);
            self.time(&place, shape.segments_ms(body));
            self.time(&place, delay_ms);
        }
    }

    fn pieces(&mut self, pointer: &str, written: usize, each: usize) {
        let pieces = written / each.max(1);
        if pieces > PIECES_MAX {
            let message = format!(
                "{written} bytes would go out in {pieces} pieces; the limit is {PIECES_MAX}"
            );
            self.add(pointer, message);
        }
    }
}

/// A pointer to the member of this name.
pub(super) fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

pub(super) fn too_long(ms: u64) -> Option<String> {
    (ms > TIME_MS_MAX).then(|| format!("{ms} ms are more than a day ({TIME_MS_MAX} ms), the limit"))
}

/// Why a text cannot be the value of a header, if so.
fn bad_value(value: &str) -> Option<&'static str> {
    let control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
    value
        .bytes()
        .any(control)
        .then_some("no header can hold a line feed or another control character")
}
