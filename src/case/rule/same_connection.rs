//! `same_connection`: calls share connections.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// So far the calls share connections, instead of one for each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameConnection {}

impl RuleFacts for SameConnection {
    fn facts(&self) -> Facts<'_> {
        Facts::of_call(&[Code::NewConnection])
    }

    fn told(&self) -> String {
        "the calls share connections".to_owned()
    }
}
