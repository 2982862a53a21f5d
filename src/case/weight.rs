//! Which cases need much memory: not many of them are in play at a time.

use serde_json::Value;

use super::{Case, Payload, Rule, Step};

/// From how many bytes of one event or answer on a case is heavy. ricspec holds several copies of it.
const HEAVY_BYTES: usize = 1024 * 1024;

impl Case {
    /// Whether an event, an answer or a reply of it is large.
    pub fn is_heavy(&self) -> bool {
        let mut steps = self.earlier.iter().chain(&self.steps);
        steps.any(|step| bytes(step) >= HEAVY_BYTES)
    }
}

/// How many bytes the largest body of a step has, as far as the case says.
fn bytes(step: &Step) -> usize {
    match step {
        Step::Serve(serve) => serve.event.len().max(asked_for(&serve.event)),
        Step::Refuse(refuse) => refuse.body.as_ref().map_or(0, Payload::len),
        Step::Expect(expect) => {
            let ack = expect.ack.as_ref().and_then(|ack| ack.body.as_ref());
            let checks = expect.checks.iter().map(|check| match &check.rule {
                Rule::Length { is, .. } => *is,
                Rule::Bytes { value } => value.len(),
                _ => 0,
            });
            checks.chain(ack.map(Payload::len)).max().unwrap_or(0)
        }
        Step::Quiet(_) | Step::Signal(_) | Step::Freeze(_) | Step::Measure(_) => 0,
    }
}

/// How many bytes an event asks the fixture for.
fn asked_for(event: &Payload) -> usize {
    let Payload::Json(event) = event else {
        return 0;
    };
    let event: Value = serde_json::from_str(event.get()).unwrap_or_default();
    let bytes = event["bytes"].as_u64().unwrap_or(0);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
