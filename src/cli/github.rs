//! A run that is a step of a GitHub workflow: annotations in its log, and the summary of the step.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::console::{Console, Stream};
use crate::files::append;
use crate::report::github;
use crate::verdict::Report;

/// `true` in every step of a workflow.
const VARIABLE: &str = "GITHUB_ACTIONS";

/// Names the file to which a step adds its summary.
const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// The step that this run is.
pub(super) struct Step {
    summary: Summary,
    /// Ends the time in which GitHub obeys no command. Nobody else may know it.
    word: String,
    /// Where GitHub obeys none.
    hushed: Vec<Stream>,
}

/// The file to which the step adds its summary.
enum Summary {
    /// The step has none.
    None,
    Open(PathBuf, File),
    /// It cannot be written.
    Fault(PathBuf, io::Error),
}

impl Step {
    /// The step, if there is one. From here on GitHub obeys no command: what follows may show what the runtime says, and
    /// that may look like one.
    pub(super) fn found() -> Option<Self> {
        if std::env::var_os(VARIABLE)? != "true" {
            return None;
        }
        let path = std::env::var_os(SUMMARY_VARIABLE).map(PathBuf::from);
        let summary = match path.filter(|path| !path.as_os_str().is_empty()) {
            None => Summary::None,
            Some(path) => match append(&path) {
                Ok(file) => Summary::Open(path, file),
                Err(error) => Summary::Fault(path, error),
            },
        };
        let word = format!("ricspec-{:016x}", RandomState::new().hash_one(VARIABLE));
        Stream::Err.print(&github::hush(&word));
        Some(Self {
            summary,
            word,
            hushed: vec![Stream::Err],
        })
    }

    /// Hushes the stream of the screen as well: GitHub reads both, and in which order is not known. That the summary
    /// cannot be written is told before any case is played; it was not asked for, and keeps no run from its verdict.
    pub(super) fn hush(&mut self, console: &mut Console) {
        let stream = console.out();
        if !self.hushed.contains(&stream) {
            console.print(&github::hush(&self.word));
            self.hushed.push(stream);
        }
        if let Summary::Fault(path, error) = &self.summary {
            console.note(&note(path, error));
        }
    }

    /// Ends the hush of the screen, annotates, and adds the summary.
    pub(super) fn tell(&mut self, report: &Report, console: &mut Console) {
        self.hushed.retain(|stream| *stream != console.out());
        console.print(&github::resume(&self.word));
        console.print(&github::annotate(report));
        if let Summary::Open(path, file) = &mut self.summary
            && let Err(error) = file.write_all(github::summary(report).as_bytes())
        {
            console.note(&note(path, &error));
        }
    }

    /// Ends the hush wherever it is not ended.
    pub(super) fn end(self) {
        for stream in self.hushed {
            stream.print(&github::resume(&self.word));
        }
    }
}

fn note(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    format!(
        "the step has no summary: cannot write `{path}`, the file of {SUMMARY_VARIABLE}: {error}"
    )
}
