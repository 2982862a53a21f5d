//! `header`: a rule about a header of the call.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// A header of the call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name, in upper or lower case.
    pub name: String,
    /// The rule.
    pub is: HeaderRule,
}

/// What a header must be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum HeaderRule {
    /// It is there.
    Present,
    /// It is absent, not only empty.
    Absent,
    /// It has this value.
    Equals(String),
    /// It contains this text, in upper or lower case.
    Contains(String),
    /// It is the value that the service sent in the header of the same name.
    Echo,
}

impl RuleFacts for Header {
    fn facts(&self) -> Facts<'_> {
        let codes: &[Code] = match self.is {
            HeaderRule::Present => &[Code::MissingHeader],
            HeaderRule::Absent => &[Code::UnwantedHeader],
            HeaderRule::Equals(_) | HeaderRule::Contains(_) | HeaderRule::Echo => {
                &[Code::MissingHeader, Code::WrongHeader]
            }
        };
        Facts::of_call(codes)
    }

    fn told(&self) -> String {
        let name = &self.name;
        match &self.is {
            HeaderRule::Present => format!("the header {name} is there"),
            HeaderRule::Absent => format!("the header {name} is not there"),
            HeaderRule::Equals(value) => format!("the header {name} is `{value}`"),
            HeaderRule::Contains(text) => format!("the header {name} contains `{text}`"),
            HeaderRule::Echo => format!("the header {name} comes back as it was sent"),
        }
    }
}
