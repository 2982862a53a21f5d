//! A run that is a step of a GitHub workflow: annotations in its log, and the summary of the step.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::console::Console;
use crate::files::append;
use crate::report::github;
use crate::verdict::Report;

/// `true` in every step of a workflow.
const VARIABLE: &str = "GITHUB_ACTIONS";

/// Names the file to which a step adds its summary.
const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// The step that this run is.
pub(super) struct Step {
    summary: Option<(PathBuf, File)>,
    /// Ends the time in which GitHub obeys no command. Nobody else may know it.
    word: String,
}

impl Step {
    /// The step, if there is one. That its summary cannot be written is told before any case is played; it was not
    /// asked for, and keeps no run from its verdict.
    pub(super) fn found(console: &mut Console) -> Option<Self> {
        if std::env::var_os(VARIABLE)? != "true" {
            return None;
        }
        let path = std::env::var_os(SUMMARY_VARIABLE).map(PathBuf::from);
        let path = path.filter(|path| !path.as_os_str().is_empty());
        let summary = path.and_then(|path| match append(&path) {
            Ok(file) => Some((path, file)),
            Err(error) => {
                console.print(&note(&path, &error));
                None
            }
        });
        let word = format!("ricspec-{:016x}", RandomState::new().hash_one(VARIABLE));
        Some(Self { summary, word })
    }

    /// From here on GitHub obeys no command: what follows shows output of the runtime, and that may look like one.
    pub(super) fn hush(&self, console: &mut Console) {
        console.print(&format!("::stop-commands::{}\n", self.word));
    }

    /// Ends the hush, annotates, and adds the summary.
    pub(super) fn tell(self, report: &Report, console: &mut Console) {
        console.print(&format!("::{}::\n{}", self.word, github::render(report)));
        if let Some((path, mut file)) = self.summary
            && let Err(error) = file.write_all(github::summary(report).as_bytes())
        {
            console.print(&note(&path, &error));
        }
    }
}

fn note(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    format!(
        "note: the step has no summary: cannot write `{path}`, the file of {SUMMARY_VARIABLE}: {error}\n"
    )
}
