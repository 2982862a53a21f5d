//! `other_connection`: the call comes on another connection than the stream before it.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The call does not come on the connection of the last answer that was streamed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherConnection {}

impl RuleFacts for OtherConnection {
    fn facts(&self) -> Facts<'_> {
        Facts {
            without_fixture: false,
            ..Facts::of_call(&[Code::ConnectionKept])
        }
    }

    fn told(&self) -> String {
        "it comes on another connection than the stream before it".to_owned()
    }
}
