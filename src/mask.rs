//! Masks the values of `--env`, which may be secrets, in all outputs: each letter of a value is replaced by one of the same
//! length.
//!
//! Pure. A value is found in its plain form, escaped as in JSON, percent-encoded, in hex digits, and in base64. Text of the
//! target and text of the service are masked alike, so equal texts stay equal, and a masked transcript gets the same
//! verdict.

mod known;
mod letter;
mod needle;
mod transcript;

use std::fmt;

use crate::check::Finding;
use crate::verdict::CaseResult;
use known::is_known;
use needle::{CUT_LETTERS_MIN, Found, Needle};

/// The least length of a masked value, in bytes. A shorter value would also be found in unrelated text.
pub const MASKED_BYTES_MIN: usize = 8;

/// The values to mask.
#[derive(Clone, Default)]
pub struct Mask {
    /// Longest first, so that a value which contains another is masked as a whole.
    needles: Vec<Needle>,
    /// For each byte whether a needle may begin with it; empty if nothing is masked.
    starts: Vec<bool>,
}

/// The values must not be printed by accident.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mask").finish_non_exhaustive()
    }
}

/// Where a text was cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cut {
    /// It is complete.
    Nowhere,
    /// Something is missing after it.
    End,
    /// Something is missing before it.
    Start,
}

impl Mask {
    /// Masks these values, and each line of a value with several. `public` text, such as that of the cases, is not secret;
    /// to mask it would change what the runtime is seen to do.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>, public: &str) -> Self {
        let public = public.to_lowercase();
        let mut texts: Vec<&str> = values.into_iter().flat_map(with_lines).collect();
        texts.retain(|text| text.len() >= MASKED_BYTES_MIN && !is_known(text, &public));
        texts.sort_by_key(|text| (std::cmp::Reverse(text.len()), *text));
        texts.dedup();
        let encoded = texts.iter().flat_map(|text| Needle::encoded(text));
        let plain = texts.iter().map(|text| Needle::plain(text));
        let needles: Vec<Needle> = plain.chain(encoded).collect();
        let begins = |byte| needles.iter().any(|needle| needle.may_begin(byte));
        let starts = (0..=u8::MAX).map(begins).collect();
        Self { needles, starts }
    }

    /// Masks the values in a text.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        match self.bytes(text.as_bytes(), Cut::Nowhere) {
            Some(masked) => String::from_utf8_lossy(&masked).into_owned(),
            None => text.to_owned(),
        }
    }

    /// Whether there are values to mask.
    pub fn hides(&self) -> bool {
        !self.needles.is_empty()
    }

    /// Masks the values in what a finding quotes.
    pub fn finding(&self, finding: &mut Finding) {
        let told = [&mut finding.expected, &mut finding.actual];
        for text in told.into_iter().chain(&mut finding.evidence.lines) {
            *text = self.text(text);
        }
    }

    /// Masks the values in everything that a result quotes.
    pub fn result(&self, result: &mut CaseResult) {
        let findings = result.findings.iter_mut();
        findings.for_each(|finding| self.finding(finding));
        let quoted = result
            .output
            .iter_mut()
            .chain(&mut result.headroom)
            .chain([&mut result.reason, &mut result.reproduce]);
        for text in quoted {
            *text = self.text(text);
        }
    }

    /// The bytes with the values masked; `None` if there are none.
    fn bytes(&self, bytes: &[u8], cut: Cut) -> Option<Vec<u8>> {
        if self.needles.is_empty() {
            return None;
        }
        let mut masked: Option<Vec<u8>> = None;
        let mut at = 0;
        if cut == Cut::Start {
            at = self.rest_at_start(bytes, &mut masked);
        }
        let may_begin = |byte: &u8| self.starts.get(usize::from(*byte)) == Some(&true);
        while let Some(next) = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(may_begin))
        {
            at += next;
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(cover) = self.cover_at(rest, cut) else {
                at += 1;
                continue;
            };
            let length = cover.len();
            let masked = masked.get_or_insert_with(|| bytes.to_vec());
            masked.splice(at..at + length, cover);
            at += length;
        }
        masked
    }

    /// The mask for a value at the start of some bytes.
    fn cover_at(&self, bytes: &[u8], cut: Cut) -> Option<Vec<u8>> {
        let first = *bytes.first()?;
        let candidates = || self.needles.iter().filter(|needle| needle.may_begin(first));
        let whole = candidates().find_map(|needle| match needle.at(bytes) {
            Found::Whole(cover) => Some(cover),
            Found::RanOut { .. } | Found::No => None,
        });
        if whole.is_some() || cut != Cut::End {
            return whole;
        }
        candidates().find_map(|needle| match needle.at(bytes) {
            Found::RanOut { cover, letters } if letters >= CUT_LETTERS_MIN => Some(cover),
            Found::Whole(_) | Found::RanOut { .. } | Found::No => None,
        })
    }

    /// Masks the end of a value whose start was cut off; gives its length.
    fn rest_at_start(&self, bytes: &[u8], masked: &mut Option<Vec<u8>>) -> usize {
        let rests = self.needles.iter().flat_map(Needle::rests);
        let Some(cover) = rests.into_iter().find_map(|rest| match rest.at(bytes) {
            Found::Whole(cover) => Some(cover),
            Found::RanOut { .. } | Found::No => None,
        }) else {
            return 0;
        };
        let length = cover.len();
        masked
            .get_or_insert_with(|| bytes.to_vec())
            .splice(..length, cover);
        length
    }
}

/// A value, and its lines if there are several.
fn with_lines(value: &str) -> impl Iterator<Item = &str> {
    std::iter::once(value)
        .chain(value.lines())
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(values: &[&str]) -> Mask {
        Mask::new(values.iter().copied(), "")
    }

    #[track_caller]
    fn check(value: &str, text: &str, masked: &str) {
        assert_eq!(mask(&[value]).text(text), masked);
        assert_eq!(text.len(), masked.len());
    }

    #[test]
    fn a_value_is_hidden_wherever_it_stands() {
        check("hunter2hunter2", "a hunter2hunter2!", "a **************!");
        check("98765432", "9876543298765432", "****************");
        check("9876543", "9876543", "9876543");
        check("98765432", "9876543 2", "9876543 2");
    }

    #[test]
    fn escapes_of_json_are_seen_through_and_keep_what_is_read() {
        let value = "p<w\"d/\\é\u{2026}😀end";
        let plain = format!("x {value} y");
        let masked = mask(&[value]).text(&plain);
        assert_eq!(masked, "x ***\"*/\\·•🔒*** y");
        let json = |text: &str| serde_json::to_string(text).expect("JSON");
        check(value, &json(&plain), &json(&masked));
        let nested = (json(&json(&plain)), json(&json(&masked)));
        check(value, &nested.0, &nested.1);
        let ascii = r#""p\u003cw\u0022d\/\\\u00E9\u2026\ud83d\ude00end""#;
        let hidden = mask(&[value]).text(ascii);
        assert_eq!(hidden.len(), ascii.len());
        let read = |text: &str| serde_json::from_str::<String>(text).expect("JSON");
        assert_eq!(read(&hidden), mask(&[value]).text(value));
    }

    #[test]
    fn base64_is_seen_through_at_every_place() {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;

        let value = "hunter2hunter2?>~";
        for before in ["", "a", "ab", "abc"] {
            let encoded = STANDARD.encode(format!("{before}{value}!"));
            let masked = mask(&[value]).text(&encoded);
            let decoded = STANDARD.decode(&masked).expect("still base64");
            let text = String::from_utf8_lossy(&decoded);
            assert!(!text.contains("unter2"), "{text}");
            assert!(text.contains("************"), "{text}");
            assert_eq!(masked.len(), encoded.len());
        }
    }

    #[test]
    fn hex_digits_and_percent_encoding_are_seen_through() {
        check("hunter2!", "68756e7465723221", &"2a".repeat(8));
        check("hunter2!", "68756E7465723221", &"2A".repeat(8));
        check("a b/c~d!", "x?a%20b%2fc~d%21", "x?*%2a*%2f***%2a");
        check("a b/c~d!", "x?a%20b%2Fc~d%21", "x?*%2A*%2F***%2A");
    }

    #[test]
    fn lines_of_a_value_are_values() {
        let key = "-----BEGIN KEY-----\nabcdefgh\nshort\n";
        check(key, "log: abcdefgh", "log: ********");
        check(key, "short", "short");
    }

    #[test]
    fn the_longer_of_two_values_is_hidden_whole() {
        let mask = mask(&["password", "password-and-more"]);
        assert_eq!(
            mask.text("password-and-more password"),
            "***************** ********"
        );
    }

    #[test]
    fn what_everyone_knows_is_no_secret() {
        for value in [
            "application/json",
            "Content-Length",
            "us-east-1",
            "xxxxxxxxx",
        ] {
            check(value, value, value);
        }
        let mask = Mask::new(["RicspecError"], "the type ricspecerror");
        assert_eq!(mask.text("RicspecError"), "RicspecError");
    }

    #[test]
    fn what_was_cut_off_within_a_value_shows_nothing_of_it() {
        let mask = mask(&["hunter2hunter2"]);
        let check = |text: &str, cut, masked: Option<&str>| {
            let found = mask.bytes(text.as_bytes(), cut);
            assert_eq!(found.as_deref(), masked.map(str::as_bytes));
        };
        check("a hunter2", Cut::End, Some("a *******"));
        check("a hun", Cut::End, None);
        check("a hunter2", Cut::Nowhere, None);
        check("er2 b", Cut::Start, None);
        check("ter2hunter2 b", Cut::Start, Some("*********** b"));
    }

    #[test]
    fn values_are_not_printed() {
        let text = format!("{:?}", mask(&["hunter2hunter2"]));
        assert!(!text.contains("hunter2"), "{text}");
    }
}
