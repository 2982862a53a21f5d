//! What a run loses: transcripts that cannot be written, and cases after a runtime deleted itself.

use std::collections::BTreeMap;

use super::RunOptions;
use crate::files::{Outlet, WriteError};
use crate::play::Stage;
use crate::run::Played;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// What a run has lost so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    transcripts: u32,
    /// The first message of each kind of failure, and the number of transcripts that failed with it.
    kinds: BTreeMap<String, (String, u32)>,
    /// Which file of the runtime is gone, and the case after which it was gone.
    gone: Option<(String, String)>,
    /// How many cases could not be played because of it.
    unplayed: u32,
}

impl Losses {
    /// Writes the transcript of a case, and notes whether the runtime is still there.
    pub(super) fn keep(&mut self, played: &Played, options: &RunOptions, stage: &Stage) {
        if let (Some(folder), Some(transcript)) = (&options.transcripts, &played.transcript) {
            let path = folder.join(format!("{}.json", transcript.case));
            self.transcripts += 1;
            if let Err(error) = Outlet::open(&path).and_then(|outlet| write(&outlet, transcript)) {
                let (_, times) = self
                    .kinds
                    .entry(error.kind())
                    .or_insert_with(|| (error.to_string(), 0));
                *times += 1;
            }
        }
        let gone = stage.gone();
        if gone.is_some() && played.result.verdict == Verdict::Skip {
            self.unplayed += 1;
        }
        if let (None, Some(path)) = (&self.gone, gone) {
            let path = path.display().to_string();
            self.gone = Some((path, played.result.id.clone()));
        }
    }

    /// One message for each kind of loss.
    pub(super) fn told(self) -> Vec<String> {
        let all = self.transcripts;
        let kinds = self.kinds.into_values();
        let mut messages: Vec<String> = kinds
            .map(|(message, times)| format!("{times} of {all} transcripts are not kept: {message}"))
            .collect();
        messages.extend(self.gone.map(|(path, case)| {
            format!(
                "`{path}` disappeared while `{case}` was in play, so {} cases could not be judged: the runtime must not delete \
                 its own files, which are read-only in Lambda; put them back before the next run",
                self.unplayed
            )
        }));
        messages
    }
}

fn write(outlet: &Outlet, transcript: &Transcript) -> Result<(), WriteError> {
    let text = serde_json::to_string_pretty(transcript)
        .expect("no map with keys that are not text, and no writer that fails");
    outlet.write_private(&text)
}
