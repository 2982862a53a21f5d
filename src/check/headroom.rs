//! Headroom: how near a runtime came to the limits that it kept.
//!
//! A size or a time is reported if at least half of its limit was used; growth always, because a leak shows there first.

use super::steps;
use crate::case::Case;
use crate::protocol::RESPONSE_BYTES_MAX;
use crate::transcript::{Exchange, Head, Transcript};

/// How many lines of a case are shown.
const LINES_SHOWN: usize = 32;

/// The headroom of a case, in the order of its steps, one line each. The lines mean something only for a case that passes.
pub fn headroom(case: &Case, transcript: &Transcript) -> Vec<String> {
    let mut found = Vec::new();
    let mut measures = 0;
    for (step, state) in case.steps.iter().zip(&transcript.steps) {
        found.extend(steps::headroom(step, transcript, state, measures));
        measures += usize::from(step.facts().measures);
    }
    found.extend(transcript.exchanges.iter().filter_map(sent));
    let more = found.len().saturating_sub(LINES_SHOWN);
    found.truncate(LINES_SHOWN);
    found.extend((more > 0).then(|| format!("... {more} more")));
    found
}

/// A line, if at least half was used.
pub(super) fn near(what: &str, used: u64, most: u64, unit: &str) -> Option<String> {
    (used.saturating_mul(2) >= most).then(|| format!("{what}: {used} of at most {most} {unit}"))
}

/// A body compared with the limit of the service.
fn sent(exchange: &Exchange) -> Option<String> {
    let Head { method, target, .. } = exchange.head();
    let endpoint = target.rsplit_once('/').map_or("", |(_, endpoint)| endpoint);
    let what = format!("{method} {endpoint}");
    let bytes = exchange.body.bytes;
    (bytes <= RESPONSE_BYTES_MAX)
        .then(|| near(&what, bytes, RESPONSE_BYTES_MAX, "bytes"))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_limit_is_near() {
        assert_eq!(near("x", 49, 100, "ms"), None);
        assert_eq!(
            near("x", 50, 100, "ms").as_deref(),
            Some("x: 50 of at most 100 ms")
        );
    }
}
