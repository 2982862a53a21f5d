//! Words that readers stumble over, whose first language is not English.

use std::fs;

use super::{files_below, none, place, root};

/// Riddles, and what to write instead.
const RIDDLES: &[(&str, &str)] = &[
    ("are no longer than", "have at most"),
    ("as the case may be", "leave it out"),
    ("be it", "whether"),
    ("besides", "also"),
    ("came of", "result"),
    ("comes of", "result"),
    ("dearest", "slowest"),
    ("for ever", "forever"),
    ("has come of", "result"),
    ("in its place", "instead"),
    ("in its stead", "instead"),
    ("in place of", "instead of"),
    ("is held against", "is compared with"),
    ("is to be", "must be"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("somewhen", "at some time"),
    ("take leave", "end"),
    ("that are no", "that are not"),
    ("that is no", "that is not a"),
    ("told of", "reported, or gets"),
    ("what is none", "another word for the thing"),
    ("whatever becomes of", "whatever happens to"),
    ("which is no", "which is not a"),
];

/// Whether a line has a word or several, and not only inside of longer ones.
fn has(line: &str, words: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    line.match_indices(words).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + words.len()..)
            .and_then(|text| text.chars().next());
        let no_longer = line.get(at..).unwrap_or_default().strip_prefix(words);
        let continues = no_longer.is_some_and(|rest| {
            [" longer", " more"]
                .iter()
                .any(|word| rest.starts_with(word))
        });
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter) && !continues
    })
}

#[test]
fn texts_hold_no_riddles() {
    let mut paths = Vec::new();
    for folder in ["src", "specs", "cases", "tests"] {
        files_below(&root().join(folder), &mut paths);
    }
    paths.push(root().join("README.md"));
    let mut faults = Vec::new();
    for path in paths {
        let place = place(&path);
        // Data of other days, and this list.
        let left_out = [
            "src/fixture/",
            "tests/fuzz/",
            "tests/golden/",
            "tests/runtimes/",
            "tests/tidy/words.rs",
        ];
        if left_out.iter().any(|start| place.starts_with(start)) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for (index, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            for (words, instead) in RIDDLES.iter().filter(|(words, _)| has(&line, words)) {
                faults.push(format!(
                    "{place}:{}: `{words}`; write: {instead}",
                    index + 1
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn only_whole_words_are_riddles() {
    assert!(has("// what came of it", "came of"));
    assert!(has("mend", "mend"));
    assert!(!has("amend, mended", "mend"));
    assert!(!has("a file that is no longer there", "that is no"));
}
