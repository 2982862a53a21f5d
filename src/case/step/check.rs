//! One rule for a call.

use serde::Deserialize;

use super::PossibleFinding;
use crate::case::{Rule, attributed};
use crate::law::Level;
use crate::protocol::AnswerKind;

/// One rule for an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The requirement that a breach breaks.
    pub cites: String,
    /// A code for the finding; by default the rule's own.
    #[serde(default)]
    pub code: Option<String>,
    /// A lower level than the requirement's own.
    #[serde(default)]
    pub level: Option<Level>,
    /// The rule, in words, for the report.
    #[serde(default)]
    pub expected: Option<String>,
    /// The kind of answer that it is about, if both kinds meet the wait; never in a file.
    #[serde(skip)]
    pub only: Option<AnswerKind>,
    /// The rule.
    pub rule: Rule,
}

impl Check {
    /// A clause that follows the word "where", with the requirement that it cites.
    pub(super) fn told(&self) -> String {
        let clause = self.rule.told();
        match &self.code {
            Some(code) => format!("{clause} ({}, {code})", self.cites),
            None => format!("{clause} ({})", self.cites),
        }
    }

    /// The findings that it can give if the call is one of these answers, or another call.
    pub(super) fn possible(&self, answers: &[Option<AnswerKind>]) -> Vec<PossibleFinding> {
        let facts = self.rule.facts();
        let mut found = Vec::new();
        for answer in answers {
            for code in &facts.codes {
                let cites = attributed(&self.cites, &facts, *code, *answer);
                let name = self.code.as_deref().unwrap_or(code.name());
                found.push(PossibleFinding::new(cites, name));
            }
        }
        found
    }
}
