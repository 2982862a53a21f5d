//! A run that is a step of a GitHub workflow: annotations in its log, and the summary of the step.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::console::{Console, Stream};
use crate::files::append;
use crate::report::github;
use crate::verdict::Report;

/// This variable is `true` in every step of a workflow.
const VARIABLE: &str = "GITHUB_ACTIONS";

/// Names the file to which a step adds its summary.
const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// The step of this run.
pub(super) struct Step {
    summary: Summary,
    /// Ends the silence, in which GitHub obeys no command. Only ricspec knows this token.
    word: String,
    /// The streams that are silent.
    hushed: Vec<Stream>,
}

/// The file to which the step adds its summary.
enum Summary {
    /// The step has no such file.
    None,
    Open(PathBuf, File),
    /// It cannot be written.
    Fault(PathBuf, io::Error),
}

impl Step {
    /// The step, if there is one. From here on, GitHub obeys no command: the runtime's text may look like one.
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

    /// Silences the stream of the screen as well: GitHub reads both streams, in an unknown order. If the summary cannot be
    /// written, this is said before any case is played; nobody asked for the summary, so the run goes on.
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

    /// Ends the silence of the screen, annotates, and adds the summary.
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

    /// Ends the silence if it still lasts.
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
