//! The result of a case, told as a test.

use std::slice;
use std::sync::Arc;

use libtest_mimic::{Completion, Failed};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::prepare::{Fitted, Suite};
use crate::case::Case;
use crate::console::Stream;
use crate::report::{Printable, Style, human, lenient};
use crate::run::{Work, play_work};
use crate::verdict::{CaseResult, Verdict, reconcile};

/// The exit code of a libtest binary with a failed test.
pub(super) const FAILED: u8 = 101;

/// Cases that need much memory are in play one at a time, until they are judged.
static HEAVY: Semaphore = Semaphore::const_new(1);

/// The result of a case, as a test.
#[derive(Debug)]
pub(super) enum Told {
    /// It passes.
    Passed,
    /// It breaks something that does not fail the run, or is inconclusive: in one line, and in full.
    Warned { line: String, whole: String },
    /// It was not tried, and why.
    Ignored(String),
    /// It fails the run.
    Failed(String),
}

impl Told {
    /// libtest has only one word that takes a reason and does not fail: "ignored".
    pub(super) fn completion(self) -> Result<Completion, Failed> {
        match self {
            Self::Passed => Ok(Completion::Completed),
            Self::Warned { line: reason, .. } | Self::Ignored(reason) => {
                Ok(Completion::ignored_with(reason))
            }
            Self::Failed(text) => Err(Failed::from(text)),
        }
    }
}

impl Suite {
    /// Plays a case, or says why it cannot be played.
    pub(super) fn play(&self, case: &Case) -> Told {
        match self.fitted(case) {
            Fitted::Not(reason) => Told::Ignored(reason),
            Fitted::Unknown(text) => Told::Failed(text),
            Fitted::Judged(result) => self.rule(*result),
            Fitted::Played(case) => {
                let cancel = CancellationToken::new();
                let work = Work {
                    retry: self.settings.run_config.retry(&case.id),
                    case: Arc::new(*case),
                    stage: Arc::clone(self.stage()),
                    repeat: 1,
                    alone: false,
                    mark: (),
                };
                let played = self.block_on(async {
                    let _turn = match work.case.is_heavy() {
                        true => HEAVY.acquire().await.ok(),
                        false => None,
                    };
                    play_work(&work, &cancel).await
                });
                match played {
                    // The reason concerns all tests, not only this one.
                    Some(played) if self.stage().gone().is_some() => {
                        Told::Failed(played.result.reason)
                    }
                    Some(played) => self.rule(played.result),
                    None => Told::Failed("cancelled".to_owned()),
                }
            }
        }
    }

    fn rule(&self, mut result: CaseResult) -> Told {
        let settings = &self.settings;
        // Entries that no longer fit fail a run, whatever the case itself shows.
        let stale: Vec<String> = settings
            .baseline
            .as_ref()
            .map_or_else(Vec::new, |baseline| {
                let stale = reconcile(slice::from_mut(&mut result), baseline, settings.today);
                stale.iter().map(ToString::to_string).collect()
            });
        let whole = |result: &CaseResult| human::failure(result, Style::Plain).to_string();
        if result.counts(settings.run_config.strictness) || !stale.is_empty() {
            let parts = [&[whole(&result)][..], &stale].concat();
            return Told::Failed(parts.join("\n"));
        }
        match result.verdict {
            Verdict::Skip => Told::Ignored(result.reason),
            Verdict::Fail | Verdict::Flaky | Verdict::Inconclusive => Told::Warned {
                line: lenient(&result),
                whole: whole(&result),
            },
            Verdict::Pass | Verdict::ExpectedFailure | Verdict::UnexpectedPass | Verdict::Error => {
                Told::Passed
            }
        }
    }
}

/// Prints lines on standard output.
pub(super) fn say(text: &str) {
    Stream::Out.print(&(Printable::of(text) + "\n"));
}
