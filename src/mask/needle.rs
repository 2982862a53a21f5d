//! One form of a value: plain or escaped, in hex digits or percent-encoded, or the part of its base64 that does not depend
//! on the bytes around it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::letter::{Letter, escapes};

/// How many letters of a value must be left where text was cut, so that they are masked.
pub(super) const CUT_LETTERS_MIN: usize = 4;

/// How a byte of a value is written, and what masks it.
type ByteForm = fn(byte: u8, shown: u8) -> String;

/// The forms, each with its hex digits.
const BYTE_FORMS: [ByteForm; 4] = [
    |_, shown| format!("{shown:02x}"),
    |_, shown| format!("{shown:02X}"),
    |byte, shown| percent(byte, shown, format!("%{shown:02x}")),
    |byte, shown| percent(byte, shown, format!("%{shown:02X}")),
];

/// Letters, digits and some marks stand for themselves.
fn percent(byte: u8, shown: u8, escaped: String) -> String {
    match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        true => char::from(shown).to_string(),
        false => escaped,
    }
}

/// The pattern to look for.
#[derive(Clone)]
pub(super) enum Needle {
    /// These letters, in any escaped form.
    Letters(Vec<Letter>),
    /// These bytes, with their mask.
    Encoded {
        /// The text.
        sought: Vec<u8>,
        /// The mask.
        cover: Vec<u8>,
    },
}

/// Whether a needle is found at a place.
pub(super) enum Found {
    /// It is; the mask has the same length.
    Whole(Vec<u8>),
    /// It matches up to the end of the bytes.
    RanOut {
        /// The mask.
        cover: Vec<u8>,
        /// How many letters there are.
        letters: usize,
    },
    /// It is not.
    No,
}

impl Needle {
    /// A value in its plain form, or escaped.
    pub(super) fn plain(value: &str) -> Self {
        Self::Letters(Letter::all(value))
    }

    /// A value as other texts write its bytes: in base64, in both alphabets, with zero, one or two bytes before it in its
    /// group; in hex digits; and percent-encoded, as in URLs.
    pub(super) fn encoded(value: &str) -> Vec<Self> {
        let Found::Whole(hidden) = Self::plain(value).at(value.as_bytes()) else {
            return Vec::new();
        };
        let mut needles: Vec<Self> = BYTE_FORMS
            .iter()
            .filter_map(|form| Self::by_bytes(value.as_bytes(), &hidden, *form))
            .collect();
        for engine in [&STANDARD, &URL_SAFE] {
            for before in 0..3 {
                let core = |value: &[u8]| {
                    let mut whole = vec![0; before];
                    whole.extend(value);
                    let (from, to) = ((before * 8).div_ceil(6), whole.len() * 8 / 6);
                    let text = engine.encode(whole);
                    text.as_bytes().get(from..to).map(<[u8]>::to_vec)
                };
                if let (Some(sought), Some(cover)) = (core(value.as_bytes()), core(&hidden)) {
                    needles.push(Self::Encoded { sought, cover });
                }
            }
        }
        needles
    }

    /// A value whose bytes are written one by one; `None` if that is its plain form.
    fn by_bytes(value: &[u8], hidden: &[u8], form: ByteForm) -> Option<Self> {
        let written = |shown: &[u8]| -> Vec<u8> {
            let pairs = value.iter().zip(shown);
            let texts = pairs.map(|(byte, shown)| form(*byte, *shown));
            texts.collect::<String>().into_bytes()
        };
        let (sought, cover) = (written(value), written(hidden));
        (sought != value).then_some(Self::Encoded { sought, cover })
    }

    /// What is left of it when its start is cut off, longest first.
    pub(super) fn rests(&self) -> Vec<Self> {
        match self {
            Self::Letters(letters) => (1..letters.len().saturating_sub(CUT_LETTERS_MIN - 1))
                .filter_map(|from| letters.get(from..))
                .map(|rest| Self::Letters(rest.to_vec()))
                .collect(),
            Self::Encoded { .. } => Vec::new(),
        }
    }

    /// Whether a byte may be its first.
    pub(super) fn may_begin(&self, byte: u8) -> bool {
        match self {
            Self::Letters(letters) => letters.first().is_some_and(|first| first.may_begin(byte)),
            Self::Encoded { sought, .. } => sought.first() == Some(&byte),
        }
    }

    /// Whether it stands at the start of some bytes.
    pub(super) fn at(&self, bytes: &[u8]) -> Found {
        match self {
            Self::Letters(letters) => letters_at(letters, bytes),
            Self::Encoded { sought, cover } if bytes.starts_with(sought) => {
                Found::Whole(cover.clone())
            }
            Self::Encoded { .. } => Found::No,
        }
    }
}

fn letters_at(letters: &[Letter], bytes: &[u8]) -> Found {
    let mut cover = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let rest = bytes.get(cover.len()..).unwrap_or_default();
        if rest.is_empty() {
            let letters = index;
            return Found::RanOut { cover, letters };
        }
        if letter.is_escape() {
            let after = letters.get(index + 1..).unwrap_or_default();
            return after_escapes(after, rest, cover, index + 1);
        }
        if letter.take(rest, &mut cover).is_none() {
            return Found::No;
        }
    }
    Found::Whole(cover)
}

/// Like [`letters_at`], starting at a row of backslashes, with `before` letters and their mask before it.
fn after_escapes(after: &[Letter], bytes: &[u8], cover: Vec<u8>, before: usize) -> Found {
    let row = escapes(bytes);
    // A third of them may belong to the escape of the next letter: if a backslash is written as two, `\u` has one.
    for own in [row, row / 3 * 2] {
        let Some((own, rest)) = bytes.split_at_checked(own).filter(|_| own > 0) else {
            continue;
        };
        let with = |further: &[u8]| [&cover, own, further].concat();
        match letters_at(after, rest) {
            Found::Whole(further) => return Found::Whole(with(&further)),
            Found::RanOut { cover, letters } => {
                return Found::RanOut {
                    cover: with(&cover),
                    letters: before + letters,
                };
            }
            Found::No => {}
        }
    }
    Found::No
}
