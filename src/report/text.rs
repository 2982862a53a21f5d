//! Makes text from outside fit to be shown: visible, on one line, wrapped; and formats times.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::check::Finding;

/// The greatest width of text for people.
pub(super) const COLUMNS: usize = 100;

/// Why a case is a SHOULD at most; empty if it may break a MUST.
pub(super) fn beyond(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| {
        format!("{why} So it is a SHOULD at most.")
    })
}

/// The step that a finding is about, and where it stands; empty if it is about no single step.
pub(super) fn step_of(finding: &Finding) -> String {
    let step = finding.step.as_ref();
    step.map(ToString::to_string).unwrap_or_default()
}

/// The text with an escape for every character that a terminal obeys, that is invisible, or that XML refuses. Line feeds and
/// tabs stay.
///
/// A runtime's output must not colour, clear or retitle the reader's terminal.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Nearly all are of these.
            ' '..='~' | '\n' | '\t' => out.push(c),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Other control characters; characters without width, so that two texts look alike but differ; marks that turn the
/// direction of writing; line separators; tags; and code points that are not characters.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
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

/// One line that Markdown and HTML show as plain text; `marks` are the letters with a meaning at its place.
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

/// How many columns a visible text needs on a terminal.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The start of a visible text, as much as fits into so many columns.
pub(super) fn start(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += letter.width().unwrap_or_default();
        used > columns
    });
    match end {
        Some((end, _)) => text.split_at(end).0,
        None => text,
    }
}

/// One visible line as lines of at most so many columns, broken before a space or a slash if one is near, otherwise
/// anywhere; all but the first are indented.
pub(super) fn fold(line: &str, columns: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut rest, mut before) = (line, 0);
    loop {
        // Even if the indent leaves no room, each line gets one letter.
        let mut part = start(rest, columns.saturating_sub(before).max(2));
        if part.len() < rest.len() {
            part = up_to_a_break(part);
        }
        lines.push(format!("{}{part}", " ".repeat(before)));
        rest = rest.get(part.len()..).unwrap_or_default();
        before = indent.min(columns.saturating_sub(2));
        if rest.is_empty() {
            return lines;
        }
    }
}

/// The text up to its last blank or slash, if that is in its last third.
fn up_to_a_break(text: &str) -> &str {
    let near = text.len() * 2 / 3;
    match text.rfind([' ', '/']).filter(|at| *at > near) {
        Some(at) => text.split_at(at).0,
        None => text,
    }
}

/// The visible text in lines of at most `columns` columns; a longer word stays whole, and spaces at the start stay.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let text = visible(text);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let before = lines.len();
        let bare = paragraph.trim_start_matches(' ');
        let (indent, _) = paragraph.split_at(paragraph.len() - bare.len());
        let mut line = String::new();
        for word in bare.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > columns {
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
    fn what_is_not_seen_is_told() {
        for unseen in
            "\u{ad}\u{61c}\u{200b}\u{200d}\u{2060}\u{2066}\u{feff}\u{fdd0}\u{e0041}".chars()
        {
            let shown = visible(&format!("a{unseen}b"));
            assert_eq!(shown, format!("a\\u{{{:x}}}b", u32::from(unseen)));
        }
    }

    #[test]
    fn a_long_line_is_folded_below_its_start() {
        assert_eq!(fold("abcdefgh", 4, 1), ["abcd", " efg", " h"]);
        assert_eq!(fold("abcdefg/h ijk", 9, 1), ["abcdefg", " /h ijk"]);
        assert_eq!(fold("ab", 4, 1), ["ab"]);
        assert_eq!(fold("", 4, 1), [""]);
        assert_eq!(
            fold("\u{4e00}\u{4e01}\u{4e02}", 4, 0),
            ["\u{4e00}\u{4e01}", "\u{4e02}"]
        );
        assert_eq!(fold("abc", 1, 9), ["ab", "c"]);
        assert_eq!((width("\u{4e00}e\u{301}"), start("\u{4e00}b", 1)), (3, ""));
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
