//! `answer_status`: an extension answers a batch with a certain status.

use serde::Deserialize;

use super::{Code, Facts, Faults, RuleFacts};

/// The status of the answer to a batch lies between two, both inclusive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerStatus {
    /// The least.
    pub min: u16,
    /// The greatest.
    pub max: u16,
}

impl RuleFacts for AnswerStatus {
    fn facts(&self) -> Facts<'_> {
        Facts::of_call(&[Code::WrongStatus])
    }

    fn told(&self) -> String {
        format!(
            "the status of the answer is from {} to {}",
            self.min, self.max
        )
    }

    fn faults(&self, at: &str, faults: &mut Faults) {
        let (min, max) = (self.min.into(), self.max.into());
        faults.range(&format!("{at}/answer_status"), min, max);
    }
}
