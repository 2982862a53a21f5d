//! Where the body of a request ends, by RFC 9112, section 6.3.

use super::{Head, Refusal};
use crate::cut::cut;

/// How many bytes of a header are shown in a message.
const TOLD: usize = 200;

/// How the end of a body is known.
pub(super) enum Framing {
    /// There is none.
    Bodiless,
    Length(u64),
    Chunked,
    /// It cannot be known: why, and how a server reports this.
    Unknown(String, Refusal),
}

/// The framing that the headers of a request name: chunks win over a length.
pub(super) fn framing(head: &Head) -> Framing {
    let malformed = |fault| Framing::Unknown(fault, Refusal::Malformed);
    if let Some(coding) = head.values("transfer-encoding").next_back() {
        let last = coding.rsplit(',').next().unwrap_or_default().trim();
        let told = cut(coding, TOLD);
        return match last.eq_ignore_ascii_case("chunked") {
            _ if head.minor == 0 => malformed(format!("Transfer-Encoding `{told}` in HTTP/1.0")),
            true => Framing::Chunked,
            false => Framing::Unknown(
                format!("Transfer-Encoding `{told}` ends no body"),
                Refusal::UnknownCoding,
            ),
        };
    }
    let mut lengths = head.values("content-length");
    let Some(first) = lengths.next() else {
        return Framing::Bodiless;
    };
    let told = cut(first, TOLD);
    match (number(first, 10), lengths.find(|other| *other != first)) {
        (None, _) => malformed(format!("Content-Length `{told}` is not a number")),
        (_, Some(other)) => {
            let other = cut(other, TOLD);
            malformed(format!("Content-Length `{told}`, and then `{other}`"))
        }
        (Some(0), None) => Framing::Bodiless,
        (Some(left), None) => Framing::Length(left),
    }
}

/// Digits only: no sign, and no space between them.
pub(super) fn number(digits: &str, radix: u32) -> Option<u64> {
    let right = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    right.then(|| u64::from_str_radix(digits, radix).ok())?
}

#[cfg(test)]
mod tests;
