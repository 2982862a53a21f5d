//! Bytes as markup in which every byte is seen: what is not a plain letter is an escape, set apart from the text.

use maud::{Markup, html};

use crate::report::visible;

/// Plain text, or an escape.
#[derive(Debug, Eq, PartialEq)]
enum Piece {
    Text(String),
    Mark(String),
    /// The end of a line, which also begins a new line on the page.
    Line(&'static str),
}

/// Every byte.
pub(super) fn bytes(bytes: &[u8]) -> Markup {
    html! {
        @for piece in pieces(bytes) {
            @match piece {
                Piece::Text(text) => (text),
                Piece::Mark(mark) => i { (mark) },
                Piece::Line(mark) => { i { (mark) } "\n" },
            }
        }
    }
}

fn pieces(bytes: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let mut letters = chunk.valid().chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\r' if letters.next_if_eq(&'\n').is_some() => pieces.push(Piece::Line("\\r\\n")),
                '\n' => pieces.push(Piece::Line("\\n")),
                '\t' => pieces.push(Piece::Mark("\\t".to_owned())),
                letter => push(&mut pieces, letter),
            }
        }
        let invalid = chunk.invalid().iter();
        pieces.extend(invalid.map(|byte| Piece::Mark(format!("\\x{byte:02x}"))));
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, letter: char) {
    let shown = visible(letter.encode_utf8(&mut [0; 4]));
    if !shown.chars().eq([letter]) {
        pieces.push(Piece::Mark(shown));
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(letter),
        Some(Piece::Mark(_) | Piece::Line(_)) | None => pieces.push(Piece::Text(shown)),
    }
}

/// The text of a JSON document with line feeds and indents, and nothing else changed; another text as it is.
pub(super) fn indented(text: &str) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let (mut out, mut depth) = (String::with_capacity(text.len() * 2), 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if in_string {
            out.push(letter);
            in_string = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            continue;
        }
        match letter {
            ' ' | '\t' | '\r' | '\n' => {}
            '{' | '[' => {
                out.push(letter);
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                let closes = letters.next_if(|next| matches!(next, '}' | ']'));
                match closes {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            letter => {
                in_string = letter == '"';
                out.push(letter);
            }
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_seen() {
        let shown = bytes(b"a<b\r\nc\n\td\r\0\xff\xe2\x80\x8b").into_string();
        assert_eq!(
            shown,
            "a&lt;b<i>\\r\\n</i>\nc<i>\\n</i>\n<i>\\t</i>d<i>\\r</i><i>\\x00</i><i>\\xff</i><i>\\u{200b}</i>"
        );
    }

    #[test]
    fn only_space_between_the_parts_of_a_document_changes() {
        let text = r#"{"a":[1.50,{},[ ]],"b c":"x, \"{\\"}"#;
        let shown =
            "{\n  \"a\": [\n    1.50,\n    {},\n    []\n  ],\n  \"b c\": \"x, \\\"{\\\\\"\n}";
        assert_eq!(indented(text), shown);
        for text in ["{", "not JSON", ""] {
            assert_eq!(indented(text), text);
        }
    }
}
