//! `serve`: the service delivers an event.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::{Facts, Faults, Polled, PossibleFinding, StepFacts, Swap, Wait, held};
use crate::case::shape::{headers_told, with};
use crate::case::{Payload, Shape};
use crate::cut::shortened;
use crate::law::Code;

/// An event for the runtime.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// A name, by which later steps refer to this invocation.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    /// The bytes of the event.
    #[serde(default)]
    pub event: Payload,
    /// The request id; a fresh UUID by default.
    #[serde(default)]
    pub request_id: Option<String>,
    /// Headers instead of the defaults; `null` leaves one out.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    /// The function's time limit: the deadline header is the wall clock at dispatch plus this.
    #[serde(default = "usual_timeout_ms")]
    pub timeout_ms: i64,
    /// How long the poll is held before the event goes out.
    #[serde(default)]
    pub hold_ms: u64,
    /// The shape of the reply on the wire.
    #[serde(default)]
    pub shape: Shape,
    /// The requirement that is broken if no poll comes; by default the audit's.
    #[serde(default)]
    pub cites: Option<String>,
    /// Where the event comes from.
    #[serde(default)]
    pub from: Origin,
    /// Whether its caller reads a stream, so that the answer may have more than 6 MiB.
    #[serde(default)]
    pub streams: bool,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The service has it.
    #[default]
    Service,
    /// A caller brings it to the invoke door, and gets what the runtime answers. ricspec itself is the caller.
    Caller,
}

/// A usual timeout of a function.
const fn usual_timeout_ms() -> i64 {
    60_000
}

impl StepFacts for Serve {
    fn facts(&self) -> Facts<'_> {
        let raw = self.shape.raw.as_ref();
        let raw = raw.map(|raw| ("/serve/shape/raw", raw));
        Facts {
            cites: self.cites.as_deref().into_iter().collect(),
            wait: Wait {
                at: "/serve",
                ms: self.hold_ms,
                writing_ms: self.shape.segments_ms(self.event.len()),
                holds_up: true,
            },
            needs_call: true,
            takes_poll: true,
            event: Some(&self.event),
            by_caller: self.from == Origin::Caller,
            name: self.name.as_deref(),
            payloads: [("/serve/event", &self.event)]
                .into_iter()
                .chain(raw)
                .collect(),
            shape: Some(&self.shape),
            provokes_exit: self.shape.ends_connection(),
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        let mut words = format!("Serves {}", self.event.told());
        if let Some(name) = &self.name {
            words.push_str(&format!(", called `{name}`"));
        }
        let mut parts = Vec::new();
        if let Some(id) = &self.request_id {
            parts.push(format!("the request id `{}`", shortened(id)));
        }
        // Only an unusual deadline is mentioned.
        if self.timeout_ms != usual_timeout_ms() {
            parts.push(format!("a deadline {} ms from now", self.timeout_ms));
        }
        parts.extend(headers_told(&self.headers));
        parts.extend(self.shape.told());
        words.push_str(&with(&parts));
        words.push_str(&held(self.hold_ms));
        if self.from == Origin::Caller {
            words.push_str("; a caller brings it to the invoke door");
        }
        if self.streams {
            words.push_str("; its caller reads a stream, of any length");
        }
        if let Some(cites) = &self.cites {
            words.push_str(&format!("; a poll must come for it ({cites})"));
        }
        words + "."
    }

    /// No poll comes for the event. If the case cites nothing for this, the usual requirement is broken.
    fn possible(&self, polled: Polled) -> Vec<PossibleFinding> {
        let codes: &[Code] = match (polled, self.hold_ms) {
            (Polled::Not, 0) => &[Code::ExitedBeforeNext, Code::NoNext],
            (Polled::Not, _) => &[Code::ExitedBeforeNext, Code::NoNext, Code::ExitInHealth],
            (Polled::Before, _) => &[Code::NoNext, Code::ExitInHealth],
        };
        let cites = self.cites.iter();
        cites
            .flat_map(|cites| PossibleFinding::all(cites, codes))
            .collect()
    }

    fn faults(&self, faults: &mut Faults) {
        faults.time("/serve/hold_ms", self.hold_ms);
        if let Some(id) = &self.request_id {
            faults.header_value("/serve/request_id", id);
        }
        for (name, value) in &self.headers {
            faults.header("/serve/headers", name, value.as_deref());
        }
        faults.shape("/serve/shape", &self.shape, self.event.len());
    }

    fn without_fixture(
        this: &mut Arc<Self>,
        swap: &mut Swap<'_>,
        answer: Option<&Facts<'_>>,
    ) -> Result<(), String> {
        let event = swap.event(&this.event, answer)?;
        Arc::make_mut(this).event = event;
        Ok(())
    }
}
