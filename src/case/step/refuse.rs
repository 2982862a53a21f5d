//! `refuse`: the service answers a poll with something that is not an event.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::{Facts, Faults, StepFacts, Wait, held};
use crate::case::shape::with;
use crate::case::{Payload, Shape};
use crate::cut::shortened;

/// A reply to a poll that is not an event.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// The status of the reply.
    #[serde(default = "internal_error")]
    pub status: u16,
    /// Its headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Its body; the service's own error document by default.
    #[serde(default)]
    pub body: Option<Payload>,
    /// Its shape on the wire.
    #[serde(default)]
    pub shape: Shape,
    /// How long the poll is held before the reply goes out.
    #[serde(default)]
    pub hold_ms: u64,
    /// Every poll in this time gets this reply, not only the next one.
    #[serde(default)]
    pub for_ms: Option<u64>,
}

const fn internal_error() -> u16 {
    500
}

impl StepFacts for Refuse {
    fn facts(&self) -> Facts<'_> {
        let payloads = [
            ("/refuse/body", self.body.as_ref()),
            ("/refuse/shape/raw", self.shape.raw.as_ref()),
        ];
        let payloads = payloads.into_iter();
        Facts {
            wait: Wait::of_script("/refuse", self.hold_ms),
            // A refusal for a time also ends when the process has ended.
            needs_call: self.for_ms.is_none(),
            takes_poll: true,
            payloads: payloads
                .filter_map(|(at, body)| Some((at, body?)))
                .collect(),
            shape: Some(&self.shape),
            provokes_exit: true,
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        let which = match self.for_ms {
            Some(ms) => format!("every poll for {ms} ms"),
            None => "the next poll".to_owned(),
        };
        let headers = self.headers.iter();
        let mut parts: Vec<String> = headers
            .map(|(name, value)| format!("{name}: {}", shortened(value)))
            .collect();
        if let Some(body) = &self.body {
            parts.push(format!("the body {}", body.told()));
        }
        parts.extend(self.shape.told());
        let (with, held) = (with(&parts), held(self.hold_ms));
        format!("Answers {which} with {}{with}{held}.", self.status)
    }

    fn faults(&self, faults: &mut Faults) {
        faults.status("/refuse/status", self.status, self.body.as_ref());
        faults.time("/refuse/hold_ms", self.hold_ms);
        faults.time("/refuse/for_ms", self.for_ms.unwrap_or_default());
        for (name, value) in &self.headers {
            faults.header("/refuse/headers", name, Some(value));
        }
        let body = self.body.as_ref().map_or(0, Payload::len);
        faults.shape("/refuse/shape", &self.shape, body);
    }

    fn decoy_texts(this: &mut Arc<Self>) -> Vec<&mut String> {
        Arc::make_mut(this).headers.values_mut().collect()
    }
}
