//! Where the body of a request ends: as RFC 9112, section 6.3 has it, and as strictly as hyper, which answers what it takes.

use super::Header;
use crate::cut::cut;

/// How many bytes of a header are told in a message.
const TOLD: usize = 200;

/// How the end of a body is known.
pub(super) enum Framing {
    /// There is none.
    Bodiless,
    Length(u64),
    Chunked,
    /// It cannot be known, and why.
    Unknown(String),
}

/// The framing that the headers of a request of HTTP/1.`minor` name: chunks win over a length.
pub(super) fn framing(headers: &[Header], minor: u8) -> Framing {
    let all = |name: &'static str| {
        let named = headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value.as_str())
    };
    if let Some(coding) = all("transfer-encoding").next_back() {
        let last = coding.rsplit(',').next().unwrap_or_default().trim();
        let told = cut(coding, TOLD);
        return match last.eq_ignore_ascii_case("chunked") {
            _ if minor == 0 => Framing::Unknown(format!("Transfer-Encoding `{told}` in HTTP/1.0")),
            true => Framing::Chunked,
            false => Framing::Unknown(format!("Transfer-Encoding `{told}` ends no body")),
        };
    }
    let mut lengths = all("content-length");
    let Some(first) = lengths.next() else {
        return Framing::Bodiless;
    };
    let told = cut(first, TOLD);
    match (number(first, 10), lengths.find(|other| *other != first)) {
        (None, _) => Framing::Unknown(format!("Content-Length `{told}` is not a number")),
        (_, Some(other)) => {
            let other = cut(other, TOLD);
            Framing::Unknown(format!("Content-Length `{told}`, and then `{other}`"))
        }
        (Some(0), None) => Framing::Bodiless,
        (Some(left), None) => Framing::Length(left),
    }
}

/// Digits and nothing else: neither a sign nor a space between them.
pub(super) fn number(digits: &str, radix: u32) -> Option<u64> {
    let right = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    right.then(|| u64::from_str_radix(digits, radix).ok())?
}
