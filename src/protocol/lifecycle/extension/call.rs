//! The parts of a call that the service looks at first, and its refusals.

use crate::protocol::other_call::{OtherCall, OtherReply};
use crate::protocol::{ErrorBody, header};

pub(super) fn refusal(error_type: &str, message: impl Into<String>) -> OtherReply {
    OtherReply::error(403, &ErrorBody::new(error_type, message))
}

/// A header; an empty one counts as absent.
pub(super) fn given<'a>(call: &'a OtherCall, name: &str) -> Option<&'a str> {
    let value = call.head.header(name);
    value.filter(|value| !value.is_empty())
}

/// The identifier in a call, as a UUID in lower case.
pub(super) fn identified(call: &OtherCall) -> Result<String, OtherReply> {
    let Some(identifier) = given(call, header::EXTENSION_IDENTIFIER) else {
        let message = "Missing Lambda-Extension-Identifier header";
        return Err(refusal("Extension.MissingExtensionIdentifier", message));
    };
    let message = "Invalid Lambda-Extension-Identifier";
    uuid(identifier).ok_or_else(|| refusal("Extension.InvalidExtensionIdentifier", message))
}

/// A UUID in one of the forms that Go's parser takes, in its usual form: also in braces, after `urn:uuid:`, or without dashes.
fn uuid(text: &str) -> Option<String> {
    let mut bare = text;
    if let Some(braced) = text.get(1..37).filter(|_| text.len() == 38) {
        bare = braced;
    } else if let Some((scheme, rest)) = text.split_at_checked(9)
        && scheme.eq_ignore_ascii_case("urn:uuid:")
    {
        bare = rest;
    }
    let parts = |text: &str| {
        let ends = [0, 8, 12, 16, 20, 32];
        let parts = ends.iter().zip(ends.iter().skip(1));
        let parts: Option<Vec<&str>> = parts.map(|(from, to)| text.get(*from..*to)).collect();
        parts.map(|parts| parts.join("-"))
    };
    let dashed = match text.len() {
        32 => parts(text),
        _ => Some(bare.to_owned()),
    };
    usual(&dashed?)
}

/// A UUID in its usual form, in lower case.
fn usual(text: &str) -> Option<String> {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, u8)| match dash(at) {
        true => byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    let right = text.len() == 36 && text.bytes().enumerate().all(fits);
    right.then(|| text.to_ascii_lowercase())
}

/// The identifier of an extension, by the order of their registration.
pub(super) fn identifier(index: usize) -> String {
    format!("e7e45101-0000-4000-a000-{index:012x}")
}

/// The index of the extension with this identifier, if it has the form of ours. Those that were started come first.
pub fn place_of(identifier: &str) -> Option<usize> {
    let index = usual(identifier)?;
    let index = index.strip_prefix("e7e45101-0000-4000-a000-")?;
    usize::from_str_radix(index, 16).ok()
}

/// The identifier of an event, made from the number of those sent before.
pub(super) fn event_identifier(index: usize) -> String {
    format!("e7e45102-0000-4000-a000-{index:012x}")
}
