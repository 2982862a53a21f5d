//! What `--filter` and `--skip` name: an area, an id, a requirement, or a glob of one of them.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

use super::PlanError;
use crate::case::{Case, did_you_mean, nearest};
use crate::law::{Subject, requirements};

/// A pattern that matches no case: probably a typing error.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unmatched {
    /// No case has this name.
    Nothing {
        /// As given.
        pattern: String,
        /// Did-you-mean suggestions, or why there are none; empty if no name is similar.
        hint: String,
    },
    /// Only cases about something else than the target match.
    OtherSubject {
        /// As given.
        pattern: String,
        /// What they are about.
        subject: Subject,
    },
    /// Only cases of a profile that was not selected match.
    OtherProfile {
        /// As given.
        pattern: String,
        /// Their profile.
        profile: String,
    },
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { pattern, hint } if hint.is_empty() => {
                write!(f, "`{pattern}` matches no case; see `ricspec list`")
            }
            Self::Nothing { pattern, hint } => write!(f, "`{pattern}` matches no case; {hint}"),
            Self::OtherSubject { pattern, subject } => write!(
                f,
                "`{pattern}` matches only cases for {}, which this target is not",
                subject.told()
            ),
            Self::OtherProfile { pattern, profile } => write!(
                f,
                "`{pattern}` matches only cases of the profile `{profile}`; add --profile {profile}"
            ),
        }
    }
}

pub(super) struct Pattern {
    text: String,
    glob: GlobMatcher,
    on: On,
}

/// What a glob is compared with.
#[derive(Clone, Copy)]
enum On {
    Area,
    Id,
    Requirement,
}

impl Pattern {
    pub(super) fn matches(&self, case: &Case) -> bool {
        match self.on {
            On::Requirement => {
                let mut requirements = case.requirements.iter();
                requirements.any(|id| self.glob.is_match(id))
            }
            On::Area => self.glob.is_match(case.area()),
            On::Id => self.glob.is_match(&case.id),
        }
    }

    /// The message if it matches no case, no case about the target, or none of those for which `wanted` holds.
    pub(super) fn unmatched(
        &self,
        cases: &[Case],
        is_about: impl Fn(&Case) -> bool,
        wanted: impl Fn(&Case) -> bool,
    ) -> Option<Unmatched> {
        let pattern = self.text.clone();
        let mut matched = cases.iter().filter(|case| self.matches(case)).peekable();
        let Some(first) = matched.peek() else {
            let hint = self.hint(cases);
            return Some(Unmatched::Nothing { pattern, hint });
        };
        let subject = first.subject;
        let mut matched = matched.filter(|case| is_about(case)).peekable();
        let Some(first) = matched.peek() else {
            return Some(Unmatched::OtherSubject { pattern, subject });
        };
        let profile = first.profile.clone();
        (!matched.any(wanted)).then_some(Unmatched::OtherProfile { pattern, profile })
    }

    fn hint(&self, cases: &[Case]) -> String {
        let bare = self.bare();
        let mut areas: Vec<String> = cases.iter().map(|case| case.area().to_owned()).collect();
        areas.sort();
        areas.dedup();
        let ids = || cases.iter().map(|case| case.id.clone());
        let near = match (self.on, bare.split_once('/')) {
            (On::Id, Some((area, rest))) if !areas.iter().any(|known| known == area) => {
                let near = nearest(area, &areas).into_iter();
                near.map(|area| format!("{area}/{rest}")).collect()
            }
            (On::Requirement, _) if requirements().contains_key(bare) => {
                return "it is a requirement that no case tries".to_owned();
            }
            (On::Requirement, _) => {
                let laws: Vec<String> = requirements().keys().cloned().collect();
                nearest(bare, &laws).into_iter().cloned().collect()
            }
            (On::Id | On::Area, _) => {
                let names: Vec<String> = ids()
                    .chain(areas)
                    .chain(requirements().keys().cloned())
                    .collect();
                nearest(bare, &names)
                    .into_iter()
                    .cloned()
                    .collect::<Vec<_>>()
            }
        };
        did_you_mean(&near).unwrap_or_default()
    }

    /// Shells complete `next` to `next/` if there is a folder of that name.
    fn bare(&self) -> &str {
        self.text.strip_suffix('/').unwrap_or(&self.text)
    }
}

/// Reads patterns.
pub(super) fn patterns(texts: &[String]) -> Result<Vec<Pattern>, PlanError> {
    texts.iter().map(|text| pattern(text)).collect()
}

fn pattern(text: &str) -> Result<Pattern, PlanError> {
    // Shells complete `next` to `next/` if there is a folder of that name.
    let bare = text.strip_suffix('/').unwrap_or(text);
    let glob = GlobBuilder::new(bare)
        .literal_separator(true)
        .build()
        .map_err(|error| PlanError::Glob {
            pattern: text.to_owned(),
            what: error.kind().clone(),
        })?;
    Ok(Pattern {
        text: text.to_owned(),
        glob: glob.compile_matcher(),
        on: match bare {
            bare if bare.contains('/') => On::Id,
            // The names of areas are in lower case.
            bare if bare.contains(|letter: char| letter.is_ascii_uppercase()) => On::Requirement,
            _ => On::Area,
        },
    })
}
