//! `header`: a header of the call is as it must be.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// A header of the call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name, in any case.
    pub name: String,
    /// What must hold of it.
    pub is: HeaderRule,
}

/// What must hold of a header.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum HeaderRule {
    /// It is there.
    Present,
    /// It is not there, not even empty.
    Absent,
    /// It has this value.
    Equals(String),
    /// It contains this text, in any case.
    Contains(String),
    /// It is what the service sent in the header of the same name.
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
