//! What is known of a rule before it is tried, and the functions of each kind of rule.

use crate::case::Payload;
use crate::case::limits::Faults;
use crate::law::Code;

/// What a rule is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum About {
    /// The content of the body of the call.
    Body,
    /// The length of the body, whatever its content.
    Length,
    /// The call itself: when and how it came, and its headers.
    Call,
    /// The output of the process.
    Output,
}

/// What is known of a rule before it is tried.
pub struct Facts<'a> {
    /// What it is about.
    pub about: About,
    /// The value that it is about: JSON Pointer into the body; empty is the whole body.
    pub at: Option<&'a str>,
    /// The codes of its breaches.
    pub codes: Vec<Code>,
    /// Whether it holds for any function: it does not depend on what the function returns or writes.
    pub without_fixture: bool,
    /// Whether it compares the runtime's wall clock with our clock.
    pub reads_clock: bool,
    /// Whether it demands that something is absent: then it says nothing about a missing result.
    pub wants_absence: bool,
    /// The name of an earlier invocation, with its JSON Pointer in the rule.
    pub of: Option<(&'static str, &'a str)>,
    /// Its payload, with the JSON Pointer in the rule.
    pub payload: Option<(&'static str, &'a Payload)>,
    /// The least length of a body that meets it, in bytes.
    pub bytes: usize,
}

/// The functions of each kind of rule.
pub(in crate::case) trait RuleFacts {
    fn facts(&self) -> Facts<'_>;

    /// A clause that follows the word "where".
    fn told(&self) -> String;

    /// Adds the values that no call could meet; `_at` is the JSON Pointer to the rule.
    fn faults(&self, _at: &str, _faults: &mut Faults) {}
}

/// The codes that any rule about a value in the body can give.
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

    /// A rule about the JSON value at a pointer. `codes` are those for a value that exists.
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

    /// A rule about the text at a pointer; an empty pointer means the whole body as text.
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

/// The end of a clause that an absent value also meets.
pub(super) fn absent(will_do: bool) -> &'static str {
    match will_do {
        true => ", or absent",
        false => "",
    }
}
