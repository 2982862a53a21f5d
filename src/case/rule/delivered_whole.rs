//! `delivered_whole`: the function ran only after a complete event.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// A `/response` came only after the event had been delivered completely; an `/error` may come at any time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveredWhole {}

impl RuleFacts for DeliveredWhole {
    fn facts(&self) -> Facts<'_> {
        Facts::of_call(&[Code::RanOnHalfAnEvent])
    }

    fn told(&self) -> String {
        "the function ran only on an event that came whole".to_owned()
    }
}
