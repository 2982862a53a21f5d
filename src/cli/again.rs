//! What failed in the last run of a target, so that it can be played again: alone, or before all other cases.
//!
//! I/O. The user's cache folder holds one file for each target with failures; the working folder holds none.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files::{Outlet, WriteError};
use crate::http1::hex;
use crate::plan::{Again, Order};
use crate::run::chain;
use crate::session::{RunOptions, Settings, config_file};
use crate::verdict::{CaseResult, Verdict};

/// The version of the file.
const SCHEMA: u32 = 1;

/// How many targets are remembered; the target with the oldest run is forgotten first.
const TARGETS_MAX: usize = 200;

/// The file of a target.
pub(super) struct LastRun {
    path: Option<PathBuf>,
}

#[derive(Deserialize, Serialize)]
struct Record {
    schema: u32,
    failed: BTreeSet<String>,
}

/// The cache folder of the user.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let given = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let usual = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
    let folder = given.filter(|path| path.is_absolute()).or_else(usual)?;
    Some(folder.join("ricspec"))
}

impl LastRun {
    /// The name is made from the target and the configuration of a run.
    pub(super) fn of(settings: &Settings, options: &RunOptions) -> Self {
        let info = settings.target_info();
        let stage = &settings.stage;
        let config = config_file(options).unwrap_or_default();
        let folders = [&stage.task_root, &config].map(|path| path.display().to_string());
        let words = [info.kind, stage.handler.clone()].into_iter();
        let words = words.chain(folders).chain(info.command);
        let mut hash = Sha256::new();
        for word in words {
            hash.update(word);
            hash.update([0]);
        }
        let mut key = hex(&hash.finalize());
        key.truncate(32);
        let folder = cache_folder().map(|folder| folder.join("last"));
        Self {
            path: folder.map(|folder| folder.join(format!("{key}.json"))),
        }
    }

    /// Chooses the cases by what failed last time, with a note for the user.
    pub(super) fn choose(&self, options: &RunOptions) -> (Option<Again>, Option<String>) {
        let order = match (options.last_failed, options.failed_first) {
            (true, _) => Order::Only,
            (false, true) => Order::First,
            (false, false) => return (None, None),
        };
        let ids = self.failed();
        if ids.is_empty() {
            let note = "ricspec remembers no failure of this target, so it plays all cases";
            return (None, Some(note.to_owned()));
        }
        (Some(Again { ids, order }), None)
    }

    /// What failed. A file that cannot be read counts as empty.
    fn failed(&self) -> BTreeSet<String> {
        let read = || {
            let text = fs::read_to_string(self.path.as_ref()?).ok()?;
            let record: Record = serde_json::from_str(&text).ok()?;
            (record.schema == SCHEMA).then_some(record.failed)
        };
        read().unwrap_or_default()
    }

    /// Remembers what failed now. A case that was not played keeps its last result.
    pub(super) fn remember(&self, cases: &[CaseResult]) -> Result<(), String> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut failed = self.failed();
        let before = failed.clone();
        for case in cases {
            match case.verdict {
                Verdict::Skip => {}
                Verdict::Pass | Verdict::ExpectedFailure => {
                    failed.remove(&case.id);
                }
                Verdict::Fail
                | Verdict::Flaky
                | Verdict::UnexpectedPass
                | Verdict::Inconclusive
                | Verdict::Error => {
                    failed.insert(case.id.clone());
                }
            }
        }
        if failed == before {
            return Ok(());
        }
        if failed.is_empty() {
            return fs::remove_file(path).map_err(|error| error.to_string());
        }
        let record = Record {
            schema: SCHEMA,
            failed,
        };
        let text = serde_json::to_string_pretty(&record).map_err(|error| error.to_string())?;
        let write = || Outlet::open(path)?.write_private(&text);
        write().map_err(|error: WriteError| chain(&error))?;
        forget_some(path).map_err(|error| error.to_string())
    }
}

/// Removes the oldest files.
fn forget_some(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.metadata()?.modified()?, entry.path()));
    }
    files.sort();
    let over = files.len().saturating_sub(TARGETS_MAX);
    for (_, path) in files.into_iter().take(over) {
        fs::remove_file(path)?;
    }
    Ok(())
}
