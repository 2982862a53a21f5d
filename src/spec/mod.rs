//! The law as types: every requirement, with its level, source and evidence.
//!
//! Pure. The text lives in `specs/requirements/*.json`; it knows no case.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/specs/requirements");

/// How binding a requirement is, weakest first, so that the greatest of several levels is the one that counts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; never a failure.
    Info,
    /// Allowed; never a failure.
    May,
    /// A breach is a failure of its own weight: it fails the run only with `--strict`.
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
    /// How it can be seen from outside: `wire`, `process`, `handler`.
    pub observe: Vec<String>,
    /// Where it comes from.
    pub source: Vec<Source>,
    /// What kinds of proof stand behind it.
    pub evidence: Vec<String>,
    /// Where sources disagree, or official runtimes do otherwise.
    #[serde(default)]
    pub conflicts: Vec<String>,
    /// Why no case can show it, if none can.
    #[serde(default)]
    pub unobservable: Option<String>,
}

/// A place in a document, a source file or an issue.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A name of `specs/sources.json`.
    pub name: String,
    /// Where in it.
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(rename = "$schema")]
    _schema: String,
    #[serde(rename = "area")]
    _area: String,
    #[serde(rename = "title")]
    _title: String,
    requirements: Vec<Requirement>,
}

/// The law book, by requirement id.
pub fn law() -> &'static BTreeMap<String, Requirement> {
    static LAW: OnceLock<BTreeMap<String, Requirement>> = OnceLock::new();
    LAW.get_or_init(|| {
        let pages = PAGES.files().map(|file| {
            serde_json::from_slice::<Page>(file.contents()).unwrap_or_else(|error| {
                panic!("embedded law book page {}: {error}", file.path().display())
            })
        });
        pages
            .flat_map(|page| page.requirements)
            .map(|requirement| (requirement.id.clone(), requirement))
            .collect()
    })
}

/// The level of a requirement; `Must` for one that the law does not know, so that nothing is lost.
pub fn level_of(id: &str) -> Level {
    law()
        .get(id)
        .map_or(Level::Must, |requirement| requirement.level)
}
