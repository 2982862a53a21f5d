//! Limits of a case, and single values that no service can act: all of them are refused when the file is read.

use super::{Ack, Case, Expect, Framing, Payload, Refuse, Rule, Segment, Serve, Shape, Step};

/// JSON Pointer to the value, and what is wrong with it.
type Fault = (String, String);

/// How long a case file may be, in bytes.
pub(super) const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How many steps a list may have, with the repeated ones written out.
pub(super) const STEPS_MAX: usize = 250_000;
/// How many bytes a payload may have: the service takes and gives a little over six mebibytes.
pub(super) const PAYLOAD_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How many bytes the events of a case may have together.
const EVENTS_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The longest time that a case may name, in milliseconds: a day.
const TIME_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// How many pieces a reply may be written in.
const PIECES_MAX: usize = 1_000_000;
/// Headers that are made out of the shape of a reply.
const OF_THE_SHAPE: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];

/// The faults of a case outside of its steps, and of its steps together.
pub(super) fn of_case(case: &Case) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |pointer: String, message: String| faults.push((pointer, message));
    if let Some(message) = too_long(case.deadline_ms) {
        fault("/deadline_ms".to_owned(), message);
    }
    for (name, value) in &case.env {
        let pointer = member("/env", name);
        if name.is_empty() || name.contains(['=', '\0']) {
            let message = "no variable can have this name".to_owned();
            fault(pointer.clone(), message);
        }
        if value.as_ref().is_some_and(|value| value.contains('\0')) {
            fault(pointer, "no variable can hold a zero byte".to_owned());
        }
    }
    if case
        .handler
        .as_ref()
        .is_some_and(|handler| handler.contains('\0'))
    {
        let message = "no variable can hold a zero byte, and the name of the handler goes into one";
        fault("/handler".to_owned(), message.to_owned());
    }
    let events = case.earlier.iter().chain(&case.steps);
    let events = events.filter_map(|step| match step {
        Step::Serve(serve) => Some(serve.event.len()),
        _ => None,
    });
    let bytes = events.fold(0, usize::saturating_add);
    if bytes > EVENTS_BYTES_MAX {
        let message = format!(
            "the events have {bytes} bytes together; at most {EVENTS_BYTES_MAX} are kept for a case"
        );
        fault("/steps".to_owned(), message);
    }
    faults
}

/// A pointer to the member of this name.
fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn too_long(ms: u64) -> Option<String> {
    (ms > TIME_MS_MAX).then(|| format!("{ms} ms are more than a day ({TIME_MS_MAX} ms), the limit"))
}

/// The faults of one step; the pointers begin in the step.
pub(super) fn of_step(step: &Step) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    match step {
        Step::Serve(serve) => faults.of_serve(serve),
        Step::Refuse(refuse) => faults.of_refuse(refuse),
        Step::Expect(expect) => faults.of_expect(expect),
        Step::Quiet(quiet) => faults.time("/quiet/ms", quiet.ms),
        Step::Freeze(freeze) => faults.time("/freeze/ms", freeze.ms),
        Step::Signal(_) | Step::Measure(_) => {}
    }
    faults.0
}

/// What is wrong with a step.
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push((pointer.into(), message.into()));
    }

    fn time(&mut self, pointer: &str, ms: u64) {
        if let Some(message) = too_long(ms) {
            self.add(pointer, message);
        }
    }

    fn of_serve(&mut self, serve: &Serve) {
        self.payload("/serve/event", &serve.event);
        self.time("/serve/hold_ms", serve.hold_ms);
        if let Some(id) = &serve.request_id
            && let Some(message) = bad_value(id)
        {
            self.add("/serve/request_id", message);
        }
        for (name, value) in &serve.headers {
            self.header("/serve/headers", name, value.as_deref());
        }
        self.shape("/serve/shape", &serve.shape, serve.event.len());
    }

    fn of_refuse(&mut self, refuse: &Refuse) {
        self.status("/refuse/status", refuse.status, refuse.body.as_ref());
        self.time("/refuse/hold_ms", refuse.hold_ms);
        self.time("/refuse/for_ms", refuse.for_ms.unwrap_or_default());
        if let Some(body) = &refuse.body {
            self.payload("/refuse/body", body);
        }
        for (name, value) in &refuse.headers {
            self.header("/refuse/headers", name, Some(value));
        }
        let body = refuse.body.as_ref().map_or(0, Payload::len);
        self.shape("/refuse/shape", &refuse.shape, body);
    }

    fn of_expect(&mut self, expect: &Expect) {
        self.time("/expect/within_ms", expect.within_ms.unwrap_or_default());
        if let Some(ack) = &expect.ack {
            self.of_ack(ack);
        }
        for (index, check) in expect.checks.iter().enumerate() {
            self.rule(&format!("/expect/checks/{index}/rule"), &check.rule);
        }
    }

    fn of_ack(&mut self, ack: &Ack) {
        if let Some(status) = ack.status {
            self.status("/expect/ack/status", status, ack.body.as_ref());
        }
        self.time("/expect/ack/hold_ms", ack.hold_ms);
        if let Some(body) = &ack.body {
            self.payload("/expect/ack/body", body);
        }
        for (name, value) in &ack.headers {
            self.header("/expect/ack/headers", name, value.as_deref());
        }
        let body = ack.body.as_ref().map_or(0, Payload::len);
        self.shape("/expect/ack/shape", &ack.shape, body);
    }

    fn payload(&mut self, pointer: &str, payload: &Payload) {
        let bytes = payload.len();
        if bytes > PAYLOAD_BYTES_MAX {
            let message =
                format!("the payload has {bytes} bytes; the limit is {PAYLOAD_BYTES_MAX}");
            self.add(pointer, message);
        }
    }

    fn status(&mut self, pointer: &str, status: u16, body: Option<&Payload>) {
        if !(200..=599).contains(&status) {
            let message =
                format!("{status} is no status of a final reply: write one from 200 to 599");
            self.add(pointer, message);
        } else if matches!(status, 204 | 304) && body.is_some_and(|body| body.len() > 0) {
            let message = format!("a reply with the status {status} has no body, and this one has");
            self.add(pointer, message);
        }
    }

    fn header(&mut self, pointer: &str, name: &str, value: Option<&str>) {
        let place = member(pointer, name);
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            self.add(&place, "no header can have this name");
        } else if OF_THE_SHAPE.contains(&&*name.to_ascii_lowercase()) && value.is_some() {
            let message = format!("{name} follows from the `shape` of the reply: set it there");
            self.add(&place, message);
        }
        if let Some(message) = value.and_then(bad_value) {
            self.add(&place, message);
        }
    }

    /// The shape of a reply with a body of so many bytes.
    fn shape(&mut self, pointer: &str, shape: &Shape, body: usize) {
        if let Some(raw) = &shape.raw {
            self.payload(&format!("{pointer}/raw"), raw);
            if shape.cut.is_some() {
                let message = "a reply of raw bytes is not cut: leave the rest of them out";
                self.add(format!("{pointer}/cut"), message);
            }
        }
        let written = shape.raw.as_ref().map_or(body, Payload::len);
        if let Framing::Chunked(sizes) = &shape.framing {
            let place = format!("{pointer}/framing");
            if sizes.is_empty() || sizes.contains(&0) {
                self.add(&place, "chunks need sizes of one byte and more");
            }
            let least = sizes.iter().copied().min().unwrap_or(1);
            self.pieces(&place, written, least);
        }
        if let Some(Segment { bytes, delay_ms }) = shape.segment {
            let place = format!("{pointer}/segment");
            if bytes == 0 {
                self.add(&place, "a segment needs one byte and more");
            }
            self.pieces(&place, written, bytes);
            self.time(&place, segments_ms(shape, body));
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

    fn rule(&mut self, pointer: &str, rule: &Rule) {
        match rule {
            Rule::Range { min, max, .. } if min > max => {
                let message = format!("no number is from {min} to {max}: swap them");
                self.add(format!("{pointer}/range"), message);
            }
            Rule::Exceeds { min, max, .. } if min > max => {
                let message = format!("no number is from {min} to {max}: swap them");
                self.add(format!("{pointer}/exceeds"), message);
            }
            Rule::Remaining { tolerance_ms, .. } if *tolerance_ms < 0 => {
                let place = format!("{pointer}/remaining/tolerance_ms");
                self.add(place, "a tolerance is not below 0");
            }
            Rule::Bytes { value } => self.payload(&format!("{pointer}/bytes/value"), value),
            _ => {}
        }
    }
}

/// How long the pauses between the segments of a reply take together, in milliseconds.
pub(super) fn segments_ms(shape: &Shape, body: usize) -> u64 {
    let Some(segment) = shape.segment else {
        return 0;
    };
    let written = shape.raw.as_ref().map_or(body, Payload::len);
    let pieces = written / segment.bytes.max(1);
    segment.delay_ms.saturating_mul(pieces as u64)
}

/// Why a text cannot be the value of a header, if it cannot.
fn bad_value(value: &str) -> Option<&'static str> {
    let control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
    value
        .bytes()
        .any(control)
        .then_some("no header can hold a line feed or another control character")
}
