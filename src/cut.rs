//! Cuts text of the target to a limit, with a mark that says how much was cut.

/// How many characters of a body or of a header line are shown.
pub const SHOWN: usize = 240;

/// At most so many bytes of a text, and how many were cut.
pub fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let kept = (0..=bytes_max).rev().find_map(|at| text.get(..at));
    let kept = kept.unwrap_or_default();
    format!("{kept}... ({} bytes more)", text.len() - kept.len())
}

/// The first so many texts, each cut, and how many more there are.
pub fn cut_list(
    texts: impl IntoIterator<Item = String>,
    count_max: usize,
    bytes_max: usize,
) -> Vec<String> {
    let mut texts = texts.into_iter();
    let kept = texts.by_ref().take(count_max);
    let mut kept: Vec<String> = kept.map(|text| cut(&text, bytes_max)).collect();
    let more = texts.count();
    kept.extend((more > 0).then(|| format!("... ({more} more)")));
    kept
}

/// A text without control characters, cut to the length that is shown.
pub fn shortened(text: &str) -> String {
    let clean: String = text
        .chars()
        .take(SHOWN + 1)
        .flat_map(|letter| match letter.is_control() {
            true => letter.escape_default().collect::<Vec<_>>(),
            false => vec![letter],
        })
        .collect();
    match clean.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}...", clean.get(..at).unwrap_or(&clean)),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_is_told() {
        assert_eq!(cut("four", 4), "four");
        assert_eq!(cut("four more", 4), "four... (5 bytes more)");
        assert_eq!(cut("f\u{fc}nf", 2), "f... (4 bytes more)");
        let texts = ["a", "bcd", "e"].map(str::to_owned);
        assert_eq!(
            cut_list(texts, 2, 2),
            ["a", "bc... (1 bytes more)", "... (1 more)"]
        );
    }
}
