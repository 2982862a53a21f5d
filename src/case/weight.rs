//! Which cases need much memory: only a few of them are played at the same time.

use super::told::Told;
use super::{Case, Step};

/// A case with an event or an answer of so many bytes is heavy: ricspec holds several copies of it.
const HEAVY_BYTES: usize = 1024 * 1024;

impl Case {
    /// Whether an event, an answer or a reply of it is large.
    pub fn is_heavy(&self) -> bool {
        let mut steps = self.earlier.iter().chain(&self.steps);
        steps.any(|step| bytes(step) >= HEAVY_BYTES)
    }
}

/// The size of the largest body of a step, in bytes, if the case says it.
fn bytes(step: &Step) -> usize {
    let facts = step.facts();
    let asked = facts.event.map(|event| Told::by(event).bytes);
    let asked = asked.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    let sent = facts.payloads.iter().map(|(_, payload)| payload.len());
    let wanted = facts.checks.iter().map(|check| check.rule.facts());
    let wanted = wanted.map(|rule| {
        rule.payload
            .map_or(rule.bytes, |(_, payload)| payload.len())
    });
    sent.chain(wanted).chain(asked).max().unwrap_or(0)
}
