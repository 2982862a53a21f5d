//! The form of text for people: labelled blocks in two columns, rules between them, and colour on words.

use super::printable::Printable;
use super::style::{Hue, Look, Style};
use super::text::{COLUMNS, count, fold, one_line, visible, width, wrap};
use crate::cut::cut;

/// Where the text of a block begins, after its label.
const INDENT: usize = 12;

/// Where the text of a line on the wire begins, after its time and its mark.
const WIRE_INDENT: usize = 13;

/// The least width for text, however narrow the terminal is.
const TEXT_COLUMNS_MIN: usize = 20;

/// How many bytes of a line that the runtime wrote are shown; the JSON report has the line as it was kept.
pub(super) const LINE_BYTES_MAX: usize = 400;

/// Lines of text, each with a line feed; most of them have a label.
pub(super) struct Block {
    pub(super) text: Printable,
    style: Style,
    /// How wide it may be.
    columns: usize,
}

impl Block {
    pub(super) fn new(look: Look) -> Self {
        Self {
            text: Printable::default(),
            style: look.style,
            columns: look.columns.clamp(INDENT + TEXT_COLUMNS_MIN, COLUMNS),
        }
    }

    /// How wide text below a label may be.
    fn room(&self) -> usize {
        self.columns - INDENT
    }

    /// A line of our own words and of coloured ones.
    pub(super) fn line(&mut self, line: Printable) {
        self.text += line.trimmed();
        self.text += "\n";
    }

    /// A line of any words.
    pub(super) fn words(&mut self, text: &str) {
        self.line(Printable::line(text));
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text += "\n";
    }

    /// A line across the block, with a title in it and a remark at the end.
    pub(super) fn rule(&mut self, hue: Hue, title: &str, remark: &str) {
        let (title, remark) = (one_line(title), one_line(remark));
        let used = width(&title) + width(&remark) + 8;
        let dashes = "\u{2500}".repeat(self.columns.saturating_sub(used).max(2));
        let line = format!("\u{2500}\u{2500} {title} {dashes} {remark} \u{2500}\u{2500}");
        self.line(self.style.paint(hue, &line));
    }

    pub(super) fn labelled(&mut self, label: &str, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let pad = " ".repeat((INDENT - 2).saturating_sub(label.len()));
            let hue = match label {
                // The reader wants to know first what to change.
                "fix" => Hue::Green,
                _ => Hue::None,
            };
            let start = Printable::of("  ") + self.style.paint(hue, label) + &pad;
            self.line(start + Printable::of(line));
        }
    }

    /// Wrapped, from the left edge of labels.
    pub(super) fn title(&mut self, text: &str) {
        for line in wrap(text, self.columns - 2) {
            self.line(Printable::of(&format!("  {line}")));
        }
    }

    /// Wrapped; nothing at all if it is empty.
    pub(super) fn prose(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.labelled(label, &wrap(text, self.room()));
        }
    }

    /// Several texts below one label, each wrapped, with its later lines indented.
    pub(super) fn list(&mut self, label: &str, items: &[String]) {
        let mut lines = Vec::new();
        for item in items {
            let wrapped = wrap(item, self.room() - 2);
            lines.extend(wrapped.into_iter().enumerate().map(|(index, line)| {
                let indent = if index == 0 { "" } else { "  " };
                format!("{indent}{line}")
            }));
        }
        self.labelled(label, &lines);
    }

    /// Line by line, not wrapped: a command must stay whole to be copied.
    pub(super) fn verbatim(&mut self, label: &str, text: &str) {
        let lines: Vec<String> = visible(text).lines().map(str::to_owned).collect();
        self.labelled(label, &lines);
    }

    /// The lines on the wire; a long line is folded, and its later parts are indented.
    pub(super) fn wire(&mut self, lines: &[String]) {
        let lines: Vec<String> = lines.iter().map(|line| cut(line, LINE_BYTES_MAX)).collect();
        self.heard("wire", &lines, WIRE_INDENT);
    }

    /// The last lines that the process wrote, and how many there were before. Equal consecutive lines are shown once.
    pub(super) fn output(&mut self, lines: &[String], shown_max: usize) {
        let mut told: Vec<(&str, usize)> = Vec::new();
        for line in lines.iter().flat_map(|line| line.lines()) {
            match told.last_mut() {
                Some((last, times)) if *last == line => *times += 1,
                _ => told.push((line, 1)),
            }
        }
        let hidden = told.len().saturating_sub(shown_max);
        let before: usize = told.iter().take(hidden).map(|(_, times)| times).sum();
        let mut lines = Vec::new();
        if before > 0 {
            lines.push(format!("... {} before", count(before, "line", "lines")));
        }
        for (line, times) in told.iter().skip(hidden) {
            lines.push(cut(line, LINE_BYTES_MAX));
            if *times > 1 {
                lines.push(format!("  (the same {times} times)"));
            }
        }
        self.heard("output", &lines, 2);
    }

    /// Text of the runtime: cut, and folded to the width.
    fn heard(&mut self, label: &str, lines: &[String], indent: usize) {
        let mut folded = Vec::new();
        for line in lines.iter().flat_map(|line| line.lines()) {
            let shown = visible(line).replace('\t', "    ");
            folded.extend(fold(&shown, self.room(), indent));
        }
        self.labelled(label, &folded);
    }
}
