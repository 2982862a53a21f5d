//! Headroom: how near a runtime came to the limits that it kept.
//!
//! A size or a time is told when half of what is allowed was used; a growth always, since a leak shows itself there first.

use super::growth::gains;
use crate::case::{Case, Check, Expect, Measure, Rule, Step};
use crate::protocol::RESPONSE_BYTES_MAX;
use crate::transcript::{Exchange, StepRecord, Transcript};

/// How many lines of a case are told.
const LINES_SHOWN: usize = 32;

/// The headroom of a case, in the order of its steps, one line each. They say something only of a case that passes.
pub fn headroom(case: &Case, transcript: &Transcript) -> Vec<String> {
    let mut found = Vec::new();
    let mut measures = 0;
    for (step, state) in case.steps.iter().zip(&transcript.steps) {
        match step {
            Step::Expect(expect) => found.extend(waited(transcript, expect, state)),
            Step::Measure(measure) => {
                found.extend(grown(transcript, measure, measures));
                measures += 1;
            }
            _ => {}
        }
    }
    found.extend(transcript.exchanges.iter().filter_map(sent));
    let more = found.len().saturating_sub(LINES_SHOWN);
    found.truncate(LINES_SHOWN);
    found.extend((more > 0).then(|| format!("... {more} more")));
    found
}

/// A line, when at least half was used.
fn near(what: &str, used: u64, most: u64, unit: &str) -> Option<String> {
    (used.saturating_mul(2) >= most).then(|| format!("{what}: {used} of at most {most} {unit}"))
}

fn waited(transcript: &Transcript, expect: &Expect, state: &StepRecord) -> Vec<String> {
    let exchange = state
        .exchange
        .and_then(|index| transcript.exchanges.get(index));
    let limited = |check: &Check| match (&check.rule, exchange) {
        (Rule::Size { max }, Some(exchange)) => {
            near("the body", exchange.body.bytes, *max, "bytes")
        }
        (Rule::Started { within_ms }, Some(exchange)) => {
            let ms = exchange.at.ms_since(transcript.process.started);
            near("the first call", ms, transcript.stretched(*within_ms), "ms")
        }
        _ => None,
    };
    let wait = || {
        let ms = state.met?.ms_since(state.began?);
        near(
            "the wait for it",
            ms,
            transcript.stretched(expect.within_ms?),
            "ms",
        )
    };
    expect
        .checks
        .iter()
        .filter_map(limited)
        .chain(wait())
        .collect()
}

fn grown(transcript: &Transcript, measure: &Measure, index: usize) -> Option<String> {
    let measures = &transcript.measures;
    let growth = measure.growth.as_ref()?;
    let gains = gains(growth, measures.first()?, measures.get(index)?);
    let words: Vec<String> = gains
        .iter()
        .map(|gain| format!("{}/{} {}", gain.more(), gain.most, gain.what))
        .collect();
    Some(format!("growth: {}", words.join(", ")))
}

/// A body against the limit of the service.
fn sent(exchange: &Exchange) -> Option<String> {
    let what = format!("{} {}", exchange.method, endpoint(exchange));
    let bytes = exchange.body.bytes;
    (bytes <= RESPONSE_BYTES_MAX)
        .then(|| near(&what, bytes, RESPONSE_BYTES_MAX, "bytes"))
        .flatten()
}

fn endpoint(exchange: &Exchange) -> &str {
    exchange
        .target
        .rsplit_once('/')
        .map_or("", |(_, endpoint)| endpoint)
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
