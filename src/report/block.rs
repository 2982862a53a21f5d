//! The form of text for people: labelled blocks in two columns, and colour on words.

use super::text::{COLUMNS, visible, wrap};
use crate::spec::Level;

/// Whether words are coloured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Style {
    /// No escapes.
    #[default]
    Plain,
    /// Green, red and yellow, on words only.
    Colour,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hue {
    Green,
    Red,
    Yellow,
    None,
}

impl Style {
    pub(super) fn paint(self, hue: Hue, word: &str) -> String {
        let code = match (self, hue) {
            (Self::Plain, _) | (_, Hue::None) => return word.to_owned(),
            (Self::Colour, Hue::Green) => 32,
            (Self::Colour, Hue::Red) => 31,
            (Self::Colour, Hue::Yellow) => 33,
        };
        format!("\x1b[{code}m{word}\x1b[0m")
    }

    /// The word for a level; what can fail a run has a colour.
    pub(super) fn level(self, level: Level) -> String {
        let hue = match level {
            Level::Must => Hue::Red,
            Level::Should => Hue::Yellow,
            Level::May | Level::Info => Hue::None,
        };
        self.paint(hue, &level.to_string())
    }
}

/// Where the text of a block begins, after its label.
const INDENT: usize = 12;

/// The least room for text, however narrow the terminal is.
const TEXT_COLUMNS_MIN: usize = 20;

/// How much of a line that the runtime wrote is shown; the JSON report has it as it was kept.
pub(super) const LINE_CHARS_MAX: usize = 2000;

/// Lines of text, each with a line feed, the most of them below a label.
pub(super) struct Block {
    pub(super) text: String,
    /// How wide it may be.
    columns: usize,
}

impl Default for Block {
    fn default() -> Self {
        Self::within(COLUMNS)
    }
}

impl Block {
    pub(super) fn within(columns: usize) -> Self {
        Self {
            text: String::new(),
            columns: columns.clamp(INDENT + TEXT_COLUMNS_MIN, COLUMNS),
        }
    }

    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub(super) fn labelled(&mut self, label: &str, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let width = INDENT - 2;
            self.line(&format!("  {label:<width$}{line}"));
        }
    }

    /// Wrapped, from the left edge of labels.
    pub(super) fn title(&mut self, text: &str) {
        for line in wrap(text, self.columns - 2) {
            self.line(&format!("  {line}"));
        }
    }

    /// Wrapped; nothing at all if it is empty.
    pub(super) fn prose(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.labelled(label, &wrap(text, self.columns - INDENT));
        }
    }

    /// Several texts below one label, each wrapped, its further lines set in.
    pub(super) fn list(&mut self, label: &str, items: &[String]) {
        let mut lines = Vec::new();
        for item in items {
            let wrapped = wrap(item, self.columns - INDENT - 2);
            lines.extend(wrapped.into_iter().enumerate().map(|(index, line)| {
                let indent = if index == 0 { "" } else { "  " };
                format!("{indent}{line}")
            }));
        }
        self.labelled(label, &lines);
    }

    /// Line by line and not wrapped: a command must stay whole to be copied.
    pub(super) fn verbatim(&mut self, label: &str, lines: &[String]) {
        let lines: Vec<String> = lines
            .iter()
            .flat_map(|line| visible(line).lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        self.labelled(label, &lines);
    }

    /// What came from the runtime: line by line, as far as a person reads.
    pub(super) fn heard(&mut self, label: &str, lines: &[String]) {
        let lines: Vec<String> = lines
            .iter()
            .flat_map(|line| line.lines().map(cut).collect::<Vec<_>>())
            .collect();
        self.verbatim(label, &lines);
    }
}

/// A line with its end left out where it is too long, and how much that is.
fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => {
            let (kept, rest) = line.split_at(end);
            format!("{kept} ... ({} bytes more)", rest.len())
        }
        None => line.to_owned(),
    }
}
