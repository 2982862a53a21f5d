//! The law as types: every requirement, with its level, source and evidence.
//!
//! Pure. `specs/requirements/*.json` holds the text, `specs/codes.json` the meaning of codes; this room knows no case.

mod code;
mod codes;
mod documents;
mod set;

pub use code::Code;
pub use codes::{Meaning, codes};
pub use documents::{Document, documents};
pub use set::{InForce, Member, SET_SCHEMA, Set, SetError, sets, sets_for, since};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::data;

/// How binding a requirement is, weakest first: the greatest of several levels counts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; never a failure.
    Info,
    /// Allowed; never a failure.
    May,
    /// A breach fails the case; it fails the run only with `--strict`.
    Should,
    /// A breach fails the run.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "INFO",
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        })
    }
}

/// What a requirement binds.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A runtime.
    #[default]
    Runtime,
    /// An extension.
    Extension,
    /// A container image.
    Image,
}

impl Subject {
    /// Its word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Extension => "extension",
            Self::Image => "image",
        }
    }

    /// The same in a sentence.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Runtime => "a runtime",
            Self::Extension => "an extension",
            Self::Image => "an image",
        }
    }
}

/// One sentence of law.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable id, such as `NEXT-03`.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// The requirement, in our own words.
    pub text: String,
    /// What breaks when it is not met.
    #[serde(default)]
    pub why: Option<String>,
    /// What the author of a runtime should change.
    #[serde(default)]
    pub fix: Option<String>,
    /// How a runtime meets it in production, or how an invocation is lost there. Every MUST has this.
    #[serde(default)]
    pub met: Option<String>,
    /// How it can be seen from outside: `wire`, `process`, `handler`.
    pub observe: Vec<String>,
    /// Where it comes from.
    pub source: Vec<Source>,
    /// The kinds of evidence for it.
    pub evidence: Vec<String>,
    /// Where sources disagree, or official runtimes differ.
    #[serde(default)]
    pub conflicts: Vec<String>,
    /// Why no case can show it, if so.
    #[serde(default)]
    pub unobservable: Option<String>,
}

/// A place in a document, a source file or an issue.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A name of `specs/sources.json`.
    pub name: String,
    /// The place in it.
    #[serde(default)]
    pub place: Option<String>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{} ({place})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl Requirement {
    /// All sources on one line.
    pub fn sources(&self) -> String {
        self.source
            .iter()
            .map(Source::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// A page of the law book.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    #[serde(rename = "$schema")]
    _schema: String,
    /// Its name, such as `response`.
    pub area: String,
    /// What it is about.
    pub title: String,
    /// What its requirements bind.
    #[serde(default)]
    pub subject: Subject,
    /// Its requirements.
    pub requirements: Vec<Requirement>,
}

/// The law book, page by page, in the order of the areas' names.
pub fn areas() -> &'static [Area] {
    static AREAS: OnceLock<Vec<Area>> = OnceLock::new();
    AREAS.get_or_init(|| {
        let read = |file: &data::File| {
            serde_json::from_str::<Area>(file.text)
                .unwrap_or_else(|error| panic!("embedded law book page {}: {error}", file.path))
        };
        let mut areas: Vec<Area> = data::REQUIREMENTS.files().iter().map(read).collect();
        areas.sort_by(|one, other| one.area.cmp(&other.area));
        areas
    })
}

/// The law book, by requirement id.
pub fn requirements() -> &'static BTreeMap<String, Requirement> {
    static LAW: OnceLock<BTreeMap<String, Requirement>> = OnceLock::new();
    LAW.get_or_init(|| {
        areas()
            .iter()
            .flat_map(|area| &area.requirements)
            .map(|requirement| (requirement.id.clone(), requirement.clone()))
            .collect()
    })
}

/// What a requirement binds; `None` for an unknown one.
pub fn subject_of(id: &str) -> Option<Subject> {
    static SUBJECTS: OnceLock<BTreeMap<&str, Subject>> = OnceLock::new();
    let subjects = SUBJECTS.get_or_init(|| {
        let pages = areas().iter();
        let ids = pages.flat_map(|page| {
            let requirements = page.requirements.iter();
            requirements.map(|requirement| (requirement.id.as_str(), page.subject))
        });
        ids.collect()
    });
    subjects.get(id).copied()
}

/// The level of a requirement; `Must` for an unknown one, so that nothing is lost.
pub fn level_of(id: &str) -> Level {
    requirements()
        .get(id)
        .map_or(Level::Must, |requirement| requirement.level)
}
