//! What a run loses: transcripts that cannot be written, and cases after a runtime deleted itself.

use std::collections::BTreeMap;

use super::RunOptions;
use crate::files::Outlet;
use crate::play::Stage;
use crate::report::sha256;
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
    pub(super) fn keep(&mut self, played: &mut Played, options: &RunOptions, stage: &Stage) {
        let text = played.transcript.as_ref().filter(|_| is_wanted(options));
        let text = text.map(text_of_transcript);
        played.result.transcript = text.as_deref().map(sha256);
        if let (Some(folder), Some(text)) = (&options.transcripts, &text) {
            let path = folder.join(format!("{}.json", played.result.id));
            self.transcripts += 1;
            if let Err(error) = Outlet::open(&path).and_then(|outlet| outlet.write_private(text)) {
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

/// Whether the text of transcripts is needed: for their files, or for the digest in a report.
fn is_wanted(options: &RunOptions) -> bool {
    options.transcripts.is_some() || !options.report.is_empty()
}

fn text_of_transcript(transcript: &Transcript) -> String {
    serde_json::to_string_pretty(transcript)
        .expect("no map with keys that are not text, and no writer that fails")
}
