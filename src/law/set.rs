//! Frozen sets of requirements: ids, levels and texts as they stood in one month, and the cases that tried them. A set never
//! changes; the law may, and cases are added.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Level, Requirement, Subject, areas, level_of, subject_of};
use crate::data;

/// Where a set says that its schema is.
pub const SET_SCHEMA: &str = "../schemas/set.schema.json";

/// Requirements that are published under one name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Where editors find the schema.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// Its name, which ends with year and month.
    pub name: String,
    /// Its requirements, by id.
    pub requirements: Vec<Member>,
    /// The cases that there were when it was published, by id; a set without a list of them is tried by all cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
}

/// A requirement as it stands in a set.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The id.
    pub id: String,
    /// How binding it was.
    pub level: Level,
    /// The requirement in words.
    pub text: String,
}

/// A text that is not a set.
#[derive(Debug, Error)]
pub enum SetError {
    /// Not JSON, or not of this shape.
    #[error("not a set of requirements: {0}")]
    Shape(#[from] serde_json::Error),
    /// The law does not know the id.
    #[error(
        "the requirement `{0}` is unknown; `ricspec list --requirements` lists those that there are"
    )]
    Unknown(String),
    /// The requirement is there more than once.
    #[error("the requirement `{0}` is listed twice; remove one of them")]
    Twice(String),
}

impl Set {
    /// Reads a set.
    ///
    /// # Errors
    /// The text is not a set, or names a requirement that the law does not know.
    pub fn read(text: &str) -> Result<Self, SetError> {
        let mut set: Self = serde_json::from_str(text)?;
        set.requirements.sort_by(|one, other| one.id.cmp(&other.id));
        set.cases.sort();
        for member in &set.requirements {
            if subject_of(&member.id).is_none() {
                return Err(SetError::Unknown(member.id.clone()));
            }
        }
        let mut pairs = set.requirements.iter().zip(set.requirements.iter().skip(1));
        match pairs.find(|(one, next)| one.id == next.id) {
            Some((twice, _)) => Err(SetError::Twice(twice.id.clone())),
            None => Ok(set),
        }
    }

    /// The law as it stands, as a set of this name. A runtime is bound together with its image.
    pub fn of_law(name: &str, subject: Subject) -> Self {
        let mut requirements: Vec<Member> = areas()
            .iter()
            .filter(|area| bound_with(area.subject) == bound_with(subject))
            .flat_map(|area| &area.requirements)
            .map(Member::of)
            .collect();
        requirements.sort_by(|one, other| one.id.cmp(&other.id));
        Self {
            schema: SET_SCHEMA.to_owned(),
            name: name.to_owned(),
            requirements,
            cases: Vec::new(),
        }
    }

    /// The same, with the cases that there are now.
    #[must_use]
    pub fn with_cases(mut self, cases: impl IntoIterator<Item = String>) -> Self {
        self.cases = cases.into_iter().collect();
        self.cases.sort();
        self
    }

    /// Whether a case may count: one that is newer than the set would fail it after the fact.
    pub fn has_case(&self, id: &str) -> bool {
        self.cases.is_empty()
            || self
                .cases
                .binary_search_by(|own| own.as_str().cmp(id))
                .is_ok()
    }

    /// A requirement of the set.
    pub fn get(&self, id: &str) -> Option<&Member> {
        let found = self
            .requirements
            .binary_search_by(|member| member.id.as_str().cmp(id));
        self.requirements.get(found.ok()?)
    }

    /// The level of a breach under this set, if it has this level under the law: a requirement outside of the set binds nobody.
    pub fn level(&self, id: &str, level: Level) -> Level {
        match self.get(id) {
            None => Level::Info,
            Some(member) if level == level_of(id) => member.level,
            // The case has its own reason for a lower level.
            Some(member) => level.min(member.level),
        }
    }

    /// Whether it binds this subject.
    pub fn binds(&self, subject: Subject) -> bool {
        let mut bound = self.requirements.iter().filter_map(Member::subject);
        bound.any(|found| bound_with(found) == bound_with(subject))
    }
}

impl Member {
    fn of(requirement: &Requirement) -> Self {
        Self {
            id: requirement.id.clone(),
            level: requirement.level,
            text: requirement.text.clone(),
        }
    }

    /// What it binds.
    pub fn subject(&self) -> Option<Subject> {
        subject_of(&self.id)
    }
}

/// An image is checked together with the runtime in it.
fn bound_with(subject: Subject) -> Subject {
    match subject {
        Subject::Runtime | Subject::Image => Subject::Runtime,
        Subject::Extension => Subject::Extension,
    }
}

/// All published sets: for each subject the oldest first.
pub fn sets() -> &'static [Arc<Set>] {
    static SETS: OnceLock<Vec<Arc<Set>>> = OnceLock::new();
    SETS.get_or_init(|| {
        let read = |file: &data::File| {
            let set = Set::read(file.text)
                .unwrap_or_else(|error| panic!("embedded set {}: {error}", file.path));
            Arc::new(set)
        };
        let mut sets: Vec<Arc<Set>> = data::SETS.files().iter().map(read).collect();
        sets.sort_by(|one, other| one.name.cmp(&other.name));
        sets
    })
}

/// The published sets that bind this subject, the oldest first.
pub fn sets_for(subject: Subject) -> impl DoubleEndedIterator<Item = &'static Arc<Set>> {
    sets().iter().filter(move |set| set.binds(subject))
}

/// The first set with this requirement; `None` if it is newer than all sets.
pub fn since(id: &str) -> Option<&'static str> {
    let first = sets().iter().find(|set| set.get(id).is_some());
    first.map(|set| set.name.as_str())
}

/// The requirements that a run is measured by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InForce {
    /// The set.
    pub set: Arc<Set>,
    /// Requirements that also count although the set does not have them yet; empty if the user chose the set.
    pub newer: Vec<Member>,
    /// Whether the user chose the set, so that nothing else counts.
    pub chosen: bool,
    /// The digest of the set's file, if a saved report names it; the report does not have the whole file.
    pub digest: Option<String>,
}

impl InForce {
    /// Only this set.
    pub fn only(set: &Arc<Set>) -> Self {
        Self {
            set: Arc::clone(set),
            newer: Vec::new(),
            chosen: true,
            digest: None,
        }
    }

    /// The law as it stands, under the name of the newest set.
    pub fn law(subject: Subject) -> Option<Self> {
        let set = sets_for(subject).next_back()?;
        let mut newer = Set::of_law(&set.name, subject).requirements;
        newer.retain(|member| set.get(&member.id).is_none());
        Some(Self {
            set: Arc::clone(set),
            newer,
            chosen: false,
            digest: None,
        })
    }

    /// How binding a requirement is.
    pub fn level(&self, id: &str) -> Level {
        let newer = || self.newer.iter().find(|member| member.id == id);
        let member = self.set.get(id).or_else(newer);
        member.map_or(Level::Info, |member| member.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(level: Level) -> Set {
        let text = format!(
            r#"{{"$schema": "", "name": "mine", "requirements": [{{"id": "NEXT-01", "level": "{}", "text": "x"}}]}}"#,
            level.to_string().to_lowercase()
        );
        Set::read(&text).expect("a set")
    }

    #[test]
    fn a_set_decides_how_binding_a_requirement_is() {
        assert_eq!(level_of("NEXT-01"), Level::Must);
        let check = |set: Level, breach: Level, wanted: Level| {
            assert_eq!(self::set(set).level("NEXT-01", breach), wanted);
        };
        check(Level::Must, Level::Must, Level::Must);
        check(Level::Should, Level::Must, Level::Should);
        check(Level::Must, Level::Should, Level::Should);
        check(Level::Info, Level::Should, Level::Info);
        assert_eq!(set(Level::Must).level("NEXT-02", Level::Must), Level::Info);
        assert_ne!(level_of("BOOT-04"), Level::Must);
    }

    #[test]
    fn a_case_that_is_newer_than_the_set_does_not_count() {
        let all = set(Level::Must);
        assert!(all.has_case("next/b"));
        let some = all.with_cases(["next/c", "next/a"].map(str::to_owned));
        let found = ["next/a", "next/b", "next/c"].map(|id| some.has_case(id));
        assert_eq!(found, [true, false, true]);
    }

    #[test]
    fn a_set_with_a_fault_is_refused() {
        let check = |requirements: &str, wanted: &str| {
            let text =
                format!(r#"{{"$schema": "", "name": "mine", "requirements": [{requirements}]}}"#);
            let error = Set::read(&text).expect_err("a fault");
            assert!(error.to_string().contains(wanted), "{error}");
        };
        let one = r#"{"id": "NEXT-01", "level": "must", "text": "x"}"#;
        check(&format!("{one}, {one}"), "listed twice");
        check(
            r#"{"id": "NEXT-99", "level": "must", "text": "x"}"#,
            "unknown",
        );
        check(r#"{"id": "NEXT-01"}"#, "not a set");
    }

    #[test]
    fn each_subject_has_a_newest_set() {
        let check = |subject, name: &str| {
            let in_force = InForce::law(subject).expect("a set");
            assert!(in_force.set.name.starts_with(name));
            assert!(!in_force.chosen);
        };
        check(Subject::Runtime, "runtime-api-");
        check(Subject::Image, "runtime-api-");
        check(Subject::Extension, "extensions-api-");
        assert_eq!(since("NEXT-01"), Some("runtime-api-2026-11"));
    }
}
