//! `deliver`: the service delivers a batch of telemetry.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Facts, Faults, StepFacts};
use crate::case::Payload;

/// A batch for an extension that has subscribed: these events, in addition to the service's own batches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// The events, as an array in JSON. To a port they go one a line.
    pub batch: Payload,
}

impl StepFacts for Deliver {
    fn facts(&self) -> Facts<'_> {
        Facts {
            payloads: vec![("/deliver/batch", &self.batch)],
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        format!("Delivers the batch {}.", self.batch.told())
    }

    fn faults(&self, faults: &mut Faults) {
        let bytes = self.batch.bytes().unwrap_or_default();
        if serde_json::from_slice::<Vec<IgnoredAny>>(&bytes).is_err() {
            faults.add("/deliver/batch", "a batch is an array in JSON");
        }
    }
}
