//! Text that may be printed: the only type that the screen takes.
//!
//! A runtime may put any text into its name, verbs, output, error types, headers and paths. No part of it may colour, clear
//! or retitle a terminal, or give a command to the CI service that reads the log. So all printed text is made here: every
//! character that a terminal obeys, or that is invisible, becomes an escape, and so does the start of a command. The only
//! control sequences in the result are the colours of [`Style::paint`].

use std::fmt;
use std::ops::{Add, AddAssign};

use super::style::{Hue, Style, hue_of};
use super::text::{one_line, start, visible};
use crate::law::Level;

/// How a tab is shown.
const TAB: &str = "    ";

/// Marks of a command for a CI service anywhere in a line: GitHub and Azure, Azure, TeamCity.
const ANYWHERE: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// Marks of a command at the start of a line, even after spaces: GitHub; sections of GitLab and Travis.
const AT_START: [&str; 5] = [
    "::",
    "section_start:",
    "section_end:",
    "travis_fold:",
    "travis_time:",
];

/// Text that may be printed. Its `Display` is the text for a terminal or a log.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Printable {
    /// Visible text, with colours.
    text: String,
}

impl Printable {
    /// Any text. Its line feeds stay.
    pub fn of(text: &str) -> Self {
        Self {
            text: visible(text).replace('\t', TAB),
        }
    }

    /// Any text, on one line.
    pub fn line(text: &str) -> Self {
        Self {
            text: one_line(text),
        }
    }

    /// Any text as a whole line, with its line feed.
    pub fn whole_line(text: &str) -> Self {
        Self::line(text) + "\n"
    }

    /// A JSON document: an invisible character becomes a JSON escape, so that the document means the same.
    pub fn json(document: &str) -> Self {
        let mut text = String::with_capacity(document.len());
        for letter in document.chars() {
            let shown = visible(letter.encode_utf8(&mut [0; 4]));
            if shown.chars().eq([letter]) {
                text.push(letter);
            } else {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
        for command in ANYWHERE {
            text = text.replace(command, &command.replacen('#', "\\u0023", 1));
        }
        Self { text }
    }

    /// Any text that may have colours, such as that of a library which makes tables or test results.
    pub fn coloured(text: &str) -> Self {
        let mut out = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find("\x1b[") {
            let (before, after) = rest.split_at(at);
            out += Self::of(before);
            let length = colour_length(after);
            let (colour, further) = after.split_at(length.max(1));
            match length {
                0 => out += Self::of(colour),
                _ => out.text.push_str(colour),
            }
            rest = further;
        }
        out + Self::of(rest)
    }

    /// The start of an uncoloured line, as much as fits into so many columns.
    #[must_use]
    pub fn start(&self, columns: usize) -> Self {
        // The escapes that come later only make it longer, so it is cut first.
        Self::of(start(&self.to_string(), columns))
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Without spaces and line feeds at the end.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        self.text.truncate(self.text.trim_end().len());
        self
    }
}

/// The length of the colour sequence at the start of a text; 0 if there is none.
fn colour_length(text: &str) -> usize {
    let Some(inner) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    let digits = inner.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ';');
    match digits.starts_with('m') {
        true => text.len() - digits.len() + 1,
        false => 0,
    }
}

impl Style {
    /// Any text on one line, in a colour.
    pub(super) fn paint(self, hue: Hue, text: &str) -> Printable {
        let line = Printable::line(text);
        match self.code(hue) {
            Some(code) => Printable {
                text: format!("\x1b[{code}m{}\x1b[0m", line.text),
            },
            None => line,
        }
    }

    /// The word for a level; a level that can fail a run has a colour.
    pub(super) fn level(self, level: Level) -> Printable {
        self.paint(hue_of(level), &level.to_string())
    }
}

/// Any text, made as by [`Printable::of`].
impl From<&str> for Printable {
    fn from(text: &str) -> Self {
        Self::of(text)
    }
}

/// Any text, made as by [`Printable::of`].
impl From<&String> for Printable {
    fn from(text: &String) -> Self {
        Self::of(text)
    }
}

impl<T: Into<Self>> Add<T> for Printable {
    type Output = Self;

    fn add(mut self, other: T) -> Self {
        self += other;
        self
    }
}

impl<T: Into<Self>> AddAssign<T> for Printable {
    fn add_assign(&mut self, other: T) {
        self.text.push_str(&other.into().text);
    }
}

impl fmt::Display for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Several pieces together may make a command, so whole lines are checked, as late as possible.
        for line in self.text.split_inclusive('\n') {
            f.write_str(&without_commands(line))?;
        }
        Ok(())
    }
}

/// A line in which no CI service sees a command: the first letter of a command becomes an escape.
fn without_commands(line: &str) -> String {
    let mut line = line.to_owned();
    for command in ANYWHERE {
        if line.contains(command) {
            line = line.replace(command, &disarmed(command));
        }
    }
    let start = start_of(&line);
    let (before, after) = line.split_at(start);
    match AT_START.iter().find(|command| after.starts_with(**command)) {
        Some(command) => {
            let rest = after.get(command.len()..).unwrap_or_default();
            format!("{before}{}{rest}", disarmed(command))
        }
        None => line,
    }
}

/// `::` as `\x3a:`
fn disarmed(command: &str) -> String {
    let mut letters = command.chars();
    let first = letters.next().map_or(0, u32::from);
    format!("\\x{first:02x}{}", letters.as_str())
}

/// Where a line begins for a reader that ignores spaces and colours.
fn start_of(line: &str) -> usize {
    let mut rest = line;
    loop {
        let bare = rest.trim_start();
        let (_, further) = bare.split_at(colour_length(bare));
        if further.len() == rest.len() {
            return line.len() - rest.len();
        }
        rest = further;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(Printable::of(text).to_string(), shown);
    }

    #[test]
    fn no_ci_service_sees_a_command() {
        check("::error::x", "\\x3a:error::x");
        check(
            "a\n \t::stop-commands::x\n",
            "a\n     \\x3a:stop-commands::x\n",
        );
        check("a::b ##x", "a::b ##x");
        check("done ##vso[task.complete]", "done \\x23#vso[task.complete]");
        check("##[error]x", "\\x23#[error]x");
        check("##teamcity[x]", "\\x23#teamcity[x]");
        check(
            "section_start:1:a\r\x1b[0K",
            "\\x73ection_start:1:a\\r\\x1b[0K",
        );
        check("\u{2028}::x\u{200b}", "\\u{2028}::x\\u{200b}");
    }

    #[test]
    fn pieces_make_no_command_together() {
        let word = Style::Colour.paint(Hue::Red, ":");
        let line = Printable::of("  ") + word + ":error::x";
        assert_eq!(line.to_string(), "  \x1b[31m:\x1b[0m:error::x");
        let plain = Printable::of(" :") + Printable::of(":error::x");
        assert_eq!(plain.to_string(), " \\x3a:error::x");
        let painted = Style::Colour.paint(Hue::Red, "::error");
        assert_eq!(painted.to_string(), "\x1b[31m\\x3a:error\x1b[0m");
    }

    #[test]
    fn colours_of_a_library_stay_and_nothing_else() {
        let shown = Printable::coloured("\x1b[1;32mok\x1b[0m \x1b[2J\x1b]0;x\x07\x1b[");
        assert_eq!(
            shown.to_string(),
            "\x1b[1;32mok\x1b[0m \\x1b[2J\\x1b]0;x\\x07\\x1b["
        );
    }

    #[test]
    fn json_stays_json_with_the_same_meaning() {
        let value =
            serde_json::json!({"a": "\u{202e}\u{7f}\u{e0001}\u{e9}\n::x", "b": ["##[x] ##vso[y]"]});
        let shown = Printable::json(&format!("{value:#}")).to_string();
        assert!(
            shown.contains("\\u202e\\u007f\\udb40\\udc01\u{e9}\\n::x"),
            "{shown}"
        );
        assert!(shown.contains("\\u0023#[x] \\u0023#vso[y]"), "{shown}");
        let back: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(back, value);
    }

    #[test]
    fn what_was_made_printable_is_not_changed_again() {
        let once = Printable::of("\x1b[2J\u{202e} ##[x]\n::x").to_string();
        check(&once, &once);
    }
}
