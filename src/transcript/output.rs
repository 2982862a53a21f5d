//! The output of a process, as far as it is kept: long output has a gap, and the text in the gap is unknown.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Output as far as it is kept: its start and its end.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// All bytes that were written.
    pub bytes: u64,
    /// The first ones.
    pub head: String,
    /// The last ones, where they are not in `head`.
    pub tail: String,
}

impl Output {
    /// The last bytes, wherever they are kept.
    pub fn last(&self) -> &str {
        match self.tail.is_empty() {
            true => &self.head,
            false => &self.tail,
        }
    }

    /// Whether bytes between the beginning and the end were not kept.
    pub fn has_gap(&self) -> bool {
        let kept = as_written(&self.head) + as_written(&self.tail);
        !self.tail.is_empty() && self.bytes > kept as u64
    }

    /// The parts that were kept: one, or two if there is a gap between them.
    fn stretches(&self) -> Vec<Cow<'_, str>> {
        match (self.tail.is_empty(), self.has_gap()) {
            (true, _) => vec![Cow::from(&self.head)],
            (false, true) => vec![Cow::from(&self.head), Cow::from(&self.tail)],
            (false, false) => vec![Cow::from(self.head.clone() + &self.tail)],
        }
    }

    /// Whether the kept output contains a text.
    pub fn contains(&self, text: &str) -> bool {
        self.stretches().iter().any(|kept| kept.contains(text))
    }

    /// The lines that were kept whole.
    pub fn lines(&self) -> Vec<String> {
        let stretches = self.stretches();
        let [head, tail] = stretches.as_slice() else {
            return stretches.iter().flat_map(|kept| own_lines(kept)).collect();
        };
        let head = head.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let tail = tail.split_once('\n').map_or("", |(_, whole)| whole);
        own_lines(head).chain(own_lines(tail)).collect()
    }

    /// Whether a text is in the first so many bytes, or may be in the part of them that was not kept.
    pub fn begins_with(&self, text: &str, bytes: u64) -> bool {
        let until = usize::try_from(bytes).unwrap_or(usize::MAX);
        if self.has_gap() && until > as_written(&self.head) {
            return true;
        }
        let kept = self.stretches();
        let found = kept.first().and_then(|first| first.find(text));
        let before = found.and_then(|at| kept.first()?.get(..at));
        before.is_some_and(|before| as_written(before) + text.len() <= until)
    }
}

/// The least number of bytes that a text had when it was written: an invalid byte is kept as a letter of three bytes.
fn as_written(kept: &str) -> usize {
    kept.len() - 2 * kept.matches(char::REPLACEMENT_CHARACTER).count()
}

fn own_lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(bytes: u64, head: &str, tail: &str) -> Output {
        Output {
            bytes,
            head: head.to_owned(),
            tail: tail.to_owned(),
        }
    }

    #[test]
    fn a_text_may_stand_across_the_middle_or_in_the_gap() {
        let whole = output(8, "one\ntw", "o\n");
        assert!(whole.contains("two") && !whole.has_gap());
        assert_eq!(whole.lines(), ["one", "two"]);
        assert!(whole.begins_with("two", 7) && !whole.begins_with("two", 6));
        let cut = output(100, "one\ntw", "ee\nfour");
        assert!(cut.has_gap() && !cut.contains("two"));
        assert_eq!(cut.lines(), ["one", "four"]);
        assert!(cut.begins_with("two", 7) && !cut.begins_with("two", 6));
    }

    #[test]
    fn bytes_that_are_no_text_count_as_they_were_written() {
        let odd = output(5, "\u{fffd}\u{fffd}one", "");
        assert!(odd.begins_with("one", 5) && !odd.begins_with("one", 4));
        assert!(!output(5, "\u{fffd}\u{fffd}", "one").has_gap());
    }
}
