//! What is known of a rule before it is tried, and what each kind of rule says of itself.

use crate::case::Payload;
use crate::case::limits::Faults;
use crate::law::Code;

/// What a rule is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum About {
    /// What stands in the body of the call.
    Body,
    /// How long the body is, whatever stands in it.
    Length,
    /// The call itself: when and how it came, and its headers.
    Call,
    /// What the process has written.
    Output,
}

/// What is known of a rule before it is tried.
pub struct Facts<'a> {
    /// What it is about.
    pub about: About,
    /// The value that it is about: JSON Pointer into the body; empty is the whole body.
    pub at: Option<&'a str>,
    /// The codes with which it can fail.
    pub codes: Vec<Code>,
    /// Whether it makes sense for a function that is not a fixture: it does not depend on what the function returns or writes.
    pub without_fixture: bool,
    /// Whether it compares what the runtime read from the wall clock with our clock.
    pub reads_clock: bool,
    /// Whether it says that something is not there, so that it tells nothing of a result that did not come.
    pub wants_absence: bool,
    /// The earlier invocation that it means, with the JSON Pointer to the name in the rule.
    pub of: Option<(&'static str, &'a str)>,
    /// The payload that it holds, with the JSON Pointer to it in the rule.
    pub payload: Option<(&'static str, &'a Payload)>,
    /// How many bytes the body has at least when it holds.
    pub bytes: usize,
}

/// What each kind of rule says of itself.
pub(in crate::case) trait RuleFacts {
    fn facts(&self) -> Facts<'_>;

    /// A clause that follows `where`.
    fn told(&self) -> String;

    /// Adds the values with which no call could meet it; `_at` is the JSON Pointer to the rule.
    fn faults(&self, _at: &str, _faults: &mut Faults) {}
}

/// The codes with which any rule about a value in the body can fail.
pub(super) const BODY_CODES: [Code; 3] = [Code::ByteOrderMark, Code::NotJson, Code::TooLong];

impl<'a> Facts<'a> {
    fn new(about: About, codes: &[Code]) -> Self {
        Self {
            about,
            at: None,
            codes: codes.to_vec(),
            without_fixture: about == About::Call,
            reads_clock: false,
            wants_absence: false,
            of: None,
            payload: None,
            bytes: 0,
        }
    }

    /// A rule about the whole body.
    pub(super) fn of_body(codes: &[Code]) -> Self {
        Self::new(About::Body, codes)
    }

    /// A rule about the JSON value at a pointer. `codes` are those of a value that is there.
    pub(in crate::case) fn of_member(at: &'a str, codes: &[Code]) -> Self {
        let inner: &[Code] = match at {
            "" => &[],
            _ => &[Code::MissingMember, Code::Wrapped],
        };
        Self {
            at: Some(at),
            ..Self::of_body(&[&BODY_CODES, inner, codes].concat())
        }
    }

    /// A rule about the text at a pointer, where an empty pointer is the whole body as text.
    pub(super) fn of_text(at: &'a str, code: Code) -> Self {
        match at {
            "" => Self::of_body(&[code]),
            _ => Self::of_member(at, &[code]),
        }
    }

    pub(super) fn of_call(codes: &[Code]) -> Self {
        Self::new(About::Call, codes)
    }

    pub(super) fn of_output(codes: &[Code]) -> Self {
        Self::new(About::Output, codes)
    }
}

pub(super) fn place(at: &str) -> String {
    match at {
        "" => "the body".to_owned(),
        at => format!("`{at}`"),
    }
}

/// What follows a clause that an absent value meets as well.
pub(super) fn absent(will_do: bool) -> &'static str {
    match will_do {
        true => ", or absent",
        false => "",
    }
}
