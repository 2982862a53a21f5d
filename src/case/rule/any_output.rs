//! `any_output`: the process has written something.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The process has written something to stdout or stderr.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyOutput {}

impl RuleFacts for AnyOutput {
    fn facts(&self) -> Facts<'_> {
        Facts {
            // It holds for any output of the function.
            without_fixture: true,
            ..Facts::of_output(&[Code::NoOutput])
        }
    }

    fn told(&self) -> String {
        "the process has written something".to_owned()
    }
}
