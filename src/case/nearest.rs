//! Did-you-mean suggestions.

use strsim::osa_distance;

/// How many names are offered.
const OFFERED_MAX: usize = 3;

/// The names that are most similar to a word, the best first; upper and lower case do not matter.
pub fn nearest<'a>(word: &str, names: &'a [String]) -> Vec<&'a String> {
    let word = word.to_ascii_lowercase();
    // A third of the letters may be wrong, and two in any case.
    let limit = (word.chars().count() / 3).max(2);
    let mut near: Vec<(usize, &String)> = names
        .iter()
        .map(|name| (distance(&word, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort();
    let near = near.into_iter().map(|(_, name)| name);
    near.take(OFFERED_MAX).collect()
}

/// `did you mean A or B?`; nothing without names.
pub fn did_you_mean(names: &[impl AsRef<str>]) -> Option<String> {
    let quoted = names.iter().map(|name| format!("`{}`", name.as_ref()));
    let quoted: Vec<String> = quoted.collect();
    match quoted.as_slice() {
        [] => None,
        [only] => Some(format!("did you mean {only}?")),
        [head @ .., last] => Some(format!("did you mean {} or {last}?", head.join(", "))),
    }
}

/// Users often write a case without its area: then only the names are compared, and the missing area counts as one letter.
fn distance(word: &str, name: &str) -> usize {
    let whole = osa_distance(word, name);
    match name.split_once('/') {
        Some((_, inner)) if !word.contains('/') => whole.min(osa_distance(word, inner) + 1),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_nearest_first() {
        let names = ["RESP-03", "RESP-04", "no-next", "next/poll_held", "boot"].map(str::to_owned);
        let check = |word: &str, expect: &str| {
            let question = did_you_mean(&nearest(word, &names));
            assert_eq!(question.unwrap_or_default(), expect);
        };
        check("resp-3", "did you mean `RESP-03` or `RESP-04`?");
        check("nonext", "did you mean `no-next`?");
        check("poll_held", "did you mean `next/poll_held`?");
        check("something else", "");
    }
}
