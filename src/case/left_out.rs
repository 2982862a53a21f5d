//! A case that the selection of a run leaves out: what is known of it, and why it is not there.

use serde::{Deserialize, Serialize};

use super::Case;

/// A case that is not part of a run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The case's id.
    pub id: String,
    /// Its profile.
    pub profile: String,
    /// The requirements that it tries.
    pub requirements: Vec<String>,
    /// What leaves it out.
    pub because: Because,
}

/// What leaves a case out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Because {
    /// `--filter`, `--skip` or `--last-failed`.
    Filter,
    /// Its profile was not selected.
    Profile,
    /// It belongs to another part of the run.
    Shard,
    /// There is no recording of it.
    Recording,
    /// The set of requirements that the user chose is older.
    Set,
}

impl LeftOut {
    /// This case.
    pub fn new(case: &Case, because: Because) -> Self {
        Self {
            id: case.id.clone(),
            profile: case.profile.clone(),
            requirements: case.requirements.clone(),
            because,
        }
    }

    /// The reason in words.
    pub fn reason(&self) -> String {
        match self.because {
            Because::Filter => "not selected by --filter, --skip or --last-failed".to_owned(),
            Because::Profile => format!("profile `{}` was not selected", self.profile),
            Because::Recording => "there is no recording of it".to_owned(),
            Because::Set => "newer than the set".to_owned(),
            Because::Shard => "in another shard of the run".to_owned(),
        }
    }
}
