//! `trailer`: a rule about a trailer line after the body.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::case::shape::listed;
use crate::cut::shortened;

/// A trailer of the call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    /// Its name, in upper or lower case.
    pub name: String,
    /// The rule.
    pub is: TrailerRule,
}

/// What a trailer must be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum TrailerRule {
    /// A `Trailer` header names it, whether it comes or not.
    Announced,
    /// It comes, and is not empty.
    Present,
    /// It is a JSON object in base64 with these members, which are texts.
    Document(BTreeMap<String, String>),
}

impl RuleFacts for Trailer {
    fn facts(&self) -> Facts<'_> {
        let codes: &[Code] = match self.is {
            TrailerRule::Announced => &[Code::TrailerNotAnnounced],
            TrailerRule::Present => &[Code::MissingTrailer],
            TrailerRule::Document(_) => &[Code::MissingTrailer, Code::WrongTrailer],
        };
        Facts {
            without_fixture: false,
            ..Facts::of_call(codes)
        }
    }

    fn told(&self) -> String {
        let name = &self.name;
        match &self.is {
            TrailerRule::Announced => format!("the header Trailer announces {name}"),
            TrailerRule::Present => format!("the trailer {name} is there"),
            TrailerRule::Document(members) => {
                let member =
                    |(name, text): (&String, &String)| format!("{name} `{}`", shortened(text));
                let members: Vec<String> = members.iter().map(member).collect();
                format!(
                    "the trailer {name} is base64 of a JSON object with {}",
                    listed(&members)
                )
            }
        }
    }
}
