//! What may have been meant by a word that nothing is called.

use strsim::osa_distance;

/// How many names are offered.
const OFFERED_MAX: usize = 3;

/// A question that names what is nearest, with a blank at its end; nothing if nothing is near.
pub(super) fn hint(word: &str, names: &[String]) -> String {
    // A third of the letters may be wrong, and two in any case.
    let limit = (word.chars().count() / 3).max(2);
    let mut near: Vec<(usize, &String)> = names
        .iter()
        .map(|name| (distance(word, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort();
    let offered: Vec<String> = near
        .iter()
        .take(OFFERED_MAX)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    match offered.as_slice() {
        [] => String::new(),
        [only] => format!("did you mean {only}? "),
        [head @ .., last] => format!("did you mean {} or {last}? ", head.join(", ")),
    }
}

/// A case is often asked for without its area: then only the name counts, and a little more for what is missing.
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
        let check = |word: &str, expect: &str| assert_eq!(hint(word, &names), expect);
        check("resp-3", "did you mean `RESP-03` or `RESP-04`? ");
        check("nonext", "did you mean `no-next`? ");
        check("poll_held", "did you mean `next/poll_held`? ");
        check("something else", "");
    }
}
