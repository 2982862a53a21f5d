//! `equals`: a value equals the one that the case gives.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Code, Facts, RuleFacts, absent, place};
use crate::cut::shortened;
use crate::law::Level;

/// The JSON value at a pointer equals this one; numbers are compared exactly.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equals {
    /// JSON Pointer; empty is the whole body.
    #[serde(default)]
    pub at: String,
    /// The value.
    pub value: Box<RawValue>,
    /// Whether an absent value or `null` also holds.
    #[serde(default)]
    pub or_absent: bool,
    /// The highest level of the breach if a text contains this one, with more text around it.
    #[serde(default)]
    pub contained: Option<Level>,
}

impl RuleFacts for Equals {
    fn facts(&self) -> Facts<'_> {
        Facts::of_member(&self.at, &[Code::Wrapped, Code::WrongValue])
    }

    fn told(&self) -> String {
        let value = self.value.get().split_whitespace();
        let value = value.collect::<Vec<_>>().join(" ");
        let contained = self.contained.map_or(String::new(), |level| {
            format!(", and no more than contains it at {level}")
        });
        let (at, absent) = (place(&self.at), absent(self.or_absent));
        format!("{at} is {}{absent}{contained}", shortened(&value))
    }
}
