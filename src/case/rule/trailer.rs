//! `trailer`: a trailer line behind the body is as it must be.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::case::shape::listed;
use crate::cut::shortened;

/// A trailer of the call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    /// Its name, in any case.
    pub name: String,
    /// What must hold of it.
    pub is: TrailerRule,
}

/// What must hold of a trailer.
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
