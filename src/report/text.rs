//! Text from outside, made fit to be shown: visible, on one line, wrapped; and times.

/// How wide text for people may be.
pub(super) const COLUMNS: usize = 100;

/// Why a case counts for no more than a SHOULD; empty where it may break a MUST.
pub(super) fn beyond(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| format!("{why} Hence a SHOULD at most."))
}

/// The text with every character that a terminal would obey, or XML would refuse, as an escape. Line feeds and tabs stay.
///
/// A runtime's output is not trusted to colour, clear or retitle the terminal of the one who reads about it.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Further control characters, marks that turn the direction of writing, and what is no character at all.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// The visible text on one line.
pub(super) fn one_line(text: &str) -> String {
    visible(text)
        .split(['\n', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// One line in which Markdown and HTML see plain text; `marks` are the letters that would mean something at its place.
pub(super) fn unmarked(text: &str, marks: &str) -> String {
    let mut out = String::new();
    for letter in one_line(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            letter if marks.contains(letter) => out.extend(['\\', letter]),
            letter => out.push(letter),
        }
    }
    out
}

/// The visible text in lines of at most `width` characters; a longer word stays whole, and blanks at the start stay.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let text = visible(text);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let before = lines.len();
        let bare = paragraph.trim_start_matches(' ');
        let (indent, _) = paragraph.split_at(paragraph.len() - bare.len());
        let mut line = String::new();
        for word in bare.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            } else if lines.len() == before {
                line.push_str(indent);
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// `12 ms`, `1.20 s`, `2 min 03 s`
pub(super) fn time(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{:02} s", ms / 1_000, ms % 1_000 / 10),
        60_000.. => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// `1 case`, `2 cases`
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let check = |text, shown: &str| assert_eq!(visible(text), shown);
        check("caf\u{e9} \u{2713}\n\tx", "caf\u{e9} \u{2713}\n\tx");
        check("\x1b[2J\x07\r\n\0", "\\x1b[2J\\x07\\r\n\\x00");
        check(
            "\u{85}\u{202e}\u{ffff}\u{7f}",
            "\\u{85}\\u{202e}\\u{ffff}\\x7f",
        );
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a verylongword b", 6), ["a", "verylongword", "b"]);
        assert_eq!(wrap("x  y\n\nz", 9), ["x  y", "", "z"]);
        assert_eq!(wrap("a\n  b ccccc", 5), ["a", "  b", "ccccc"]);
        assert_eq!(one_line(" a\n\n b\tc"), "a b c");
    }

    #[test]
    fn times_are_short() {
        let shown: Vec<_> = [0, 999, 1_000, 12_345, 123_456].map(time).to_vec();
        assert_eq!(shown, ["0 ms", "999 ms", "1.00 s", "12.34 s", "2 min 03 s"]);
    }
}
