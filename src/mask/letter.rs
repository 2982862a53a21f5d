//! One letter of a value: how it may be written, and what masks it.

/// A letter, or a row of backslashes. How many backslashes stand for one depends on how often the text was escaped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Letter(char);

/// How many backslashes in a row are looked at: enough for text that was escaped five times.
const ESCAPES_MAX: usize = 64;

/// How many backslashes are at the start of some bytes.
pub(super) fn escapes(bytes: &[u8]) -> usize {
    let bytes = bytes.iter().take(ESCAPES_MAX);
    bytes.take_while(|byte| **byte == b'\\').count()
}

/// The mask of a letter, by its length in UTF-8. Each mask has as many bytes, and as many code units in an escape.
const COVERS: [char; 4] = ['*', '\u{b7}', '\u{2022}', '\u{1f512}'];

impl Letter {
    /// The letters of a text; a row of backslashes is one letter.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let mut letters: Vec<Self> = text.chars().map(Self).collect();
        letters.dedup_by(|one, other| one == other && one.0 == '\\');
        letters
    }

    /// Letters that JSON escapes with two bytes stay: no escape of two bytes could mask them.
    fn stays(self) -> bool {
        self.0.is_control() || ['"', '/', '\\'].contains(&self.0)
    }

    fn cover(self) -> char {
        match self.stays() {
            true => self.0,
            false => COVERS[self.0.len_utf8() - 1],
        }
    }

    /// Whether a byte may be the first of this letter.
    pub(super) fn may_begin(self, byte: u8) -> bool {
        let mut raw = [0; 4];
        byte == b'\\' || self.0.encode_utf8(&mut raw).as_bytes().first() == Some(&byte)
    }

    /// Whether this is a row of backslashes.
    pub(super) fn is_escape(self) -> bool {
        self.0 == '\\'
    }

    /// How many bytes at the start of `bytes` are this letter, which is not a row of backslashes; its mask is added to
    /// `cover`.
    pub(super) fn take(self, bytes: &[u8], cover: &mut Vec<u8>) -> Option<usize> {
        let escapes = escapes(bytes);
        let mut raw = [0; 4];
        let raw = self.0.encode_utf8(&mut raw).as_bytes();
        if bytes.starts_with(raw) {
            let mut hidden = [0; 4];
            cover.extend(self.cover().encode_utf8(&mut hidden).as_bytes());
            return Some(raw.len());
        }
        let rest = bytes.get(escapes..).filter(|_| escapes > 0)?;
        match self.short_escape() {
            Some(short) if rest.first() == Some(&short) => {
                cover.extend(bytes.get(..=escapes)?);
                Some(escapes + 1)
            }
            Some(_) | None => self.take_units(bytes, escapes, cover),
        }
    }

    /// Like [`Self::take`], for `\u` and four hex digits, or two of them.
    fn take_units(self, bytes: &[u8], escapes: usize, cover: &mut Vec<u8>) -> Option<usize> {
        let (mut units, mut hidden) = ([0; 2], [0; 2]);
        let units = self.0.encode_utf16(&mut units);
        let hidden = self.cover().encode_utf16(&mut hidden);
        let mut at = 0;
        for (unit, hidden) in units.iter().zip(hidden.iter()) {
            let lead = bytes.get(at..at + escapes)?;
            let written = bytes.get(at + escapes..at + escapes + 5)?;
            let digits = std::str::from_utf8(written.strip_prefix(b"u")?).ok()?;
            let meant = u16::from_str_radix(digits, 16).ok()?;
            if meant != *unit || lead.iter().any(|byte| *byte != b'\\') {
                return None;
            }
            cover.extend(lead);
            match self.stays() {
                true => cover.extend(written),
                false => cover.extend(format!("u{hidden:04x}").as_bytes()),
            }
            at += escapes + 5;
        }
        Some(at)
    }

    fn short_escape(self) -> Option<u8> {
        Some(match self.0 {
            '"' => b'"',
            '/' => b'/',
            '\u{8}' => b'b',
            '\u{c}' => b'f',
            '\n' => b'n',
            '\r' => b'r',
            '\t' => b't',
            _ => return None,
        })
    }
}
