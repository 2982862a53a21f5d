//! The events of a user's own function, which replace those of a case.

use super::Payload;
use super::step::{Check, Facts, What};

/// Events for a function that is not a fixture, and what is known of the function.
#[derive(Clone, Debug)]
pub struct Ordinary {
    /// The events, used in turn; there is at least one.
    pub events: Vec<Payload>,
    /// The longest time that the function takes for one of them, in milliseconds.
    pub answer_ms: u64,
}

impl Ordinary {
    /// An unknown function, with a plain event.
    pub fn unknown() -> Self {
        Self {
            events: vec![Payload::default()],
            answer_ms: 0,
        }
    }
}

/// Verbs that ask for nothing special: any event can replace theirs.
pub(super) const PLAIN_VERBS: [&str; 3] = ["count", "describe", "echo"];

/// A larger event is about its size.
const PLAIN_BYTES_MAX: usize = 1024;

pub(super) fn needs(why: &str) -> String {
    format!("needs a fixture: {why}")
}

/// Steps being rewritten.
pub(super) struct Swap<'a> {
    pub(super) ordinary: &'a Ordinary,
    /// The case's own events, in the order of their first use.
    pub(super) seen: Vec<Vec<u8>>,
    /// Whether an event keeps its bytes.
    pub(super) special: bool,
}

impl Swap<'_> {
    /// The event that replaces this one; `answer` is the wait that follows.
    pub(super) fn event(
        &mut self,
        event: &Payload,
        answer: Option<&Facts<'_>>,
    ) -> Result<Payload, String> {
        match verb(event) {
            Some(verb) if PLAIN_VERBS.contains(&verb.as_str()) => Ok(self.ours(event)),
            Some(verb) => Err(needs(&format!("its events ask for `{verb}`"))),
            None if answer.is_some_and(asks_for_survival) => {
                self.special = true;
                Ok(event.clone())
            }
            None => Err(needs("it is about the content of events and answers")),
        }
    }

    /// The next of the user's events; equal events of the case stay equal.
    fn ours(&mut self, event: &Payload) -> Payload {
        let bytes = event.bytes().unwrap_or_default();
        let known = self.seen.iter().position(|seen| *seen == bytes);
        let at = known.unwrap_or(self.seen.len());
        if known.is_none() {
            self.seen.push(bytes);
        }
        let events = &self.ordinary.events;
        events
            .get(at % events.len().max(1))
            .cloned()
            .unwrap_or_default()
    }
}

/// The verb of an event, if it is a small ASCII document. Other events are about their bytes.
fn verb(event: &Payload) -> Option<String> {
    let Payload::Json(raw) = event else {
        return None;
    };
    let text = raw.get();
    if !text.is_ascii() || text.len() > PLAIN_BYTES_MAX {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(value.get("do")?.as_str()?.to_owned())
}

/// Whether any answer meets a wait, without a rule about its body.
fn asks_for_survival(wait: &Facts<'_>) -> bool {
    let needs_fixture = |check: &Check| !check.rule.facts().without_fixture;
    wait.call.is_some_and(What::takes_either_answer) && !wait.checks.iter().any(needs_fixture)
}
