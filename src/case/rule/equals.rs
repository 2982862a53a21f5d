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
    /// Whether a value that is absent or `null` will do as well.
    #[serde(default)]
    pub or_absent: bool,
    /// How grave it is at most when a text has this one in it, and more around it.
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
