//! The plan as a libtest binary: each case is a test, for `cargo test`, cargo-nextest and whatever else speaks to one.
//!
//! A runtime's own crate has a `tests/conformance.rs` with `harness = false` whose `main` calls [`main`], and a
//! `ricspec.toml` beside its `Cargo.toml` that says what to check; `ricspec test` does the same without a crate.
//!
//! No face shows green what was not tried. The fixture is asked before anything is listed or played, so that a case
//! which it cannot play is listed as ignored; cargo-nextest knows no test that turns out to be ignored while it runs.

mod prepare;
mod single;

use std::io::{self, Write};
use std::process::ExitCode;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, FormatSetting, Trial};
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::cli::Stop;
use crate::report::{Style, human, lenient};
use crate::run::{Work, play_work};
use crate::verdict::{CaseResult, Verdict, reconcile};
use prepare::{Fitted, Suite};

/// Runs the cases as tests, by the arguments of this process, and gives its exit code.
pub fn main() -> ExitCode {
    conclude(&Arguments::from_args())
}

/// As [`main`], with arguments that do not begin with a program's name.
pub fn test(arguments: &[String]) -> ExitCode {
    let named = std::iter::once("ricspec test".to_owned()).chain(arguments.iter().cloned());
    conclude(&Arguments::from_iter(named))
}

fn conclude(arguments: &Arguments) -> ExitCode {
    answer(arguments).unwrap_or_else(|stop| ExitCode::from(stop.tell().exit_code()))
}

fn answer(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let suite = Suite::read(|id| is_named(id, arguments))?;
    if arguments.list {
        list(&suite, arguments);
        return Ok(ExitCode::SUCCESS);
    }
    match single::asked_for(arguments) {
        Some(id) => Ok(single::run(&suite, id)),
        None => Ok(run(suite, arguments)),
    }
}

/// Whether the filters let a test of this name through, ignored or not.
fn is_named(id: &str, arguments: &Arguments) -> bool {
    let arguments = Arguments {
        ignored: false,
        ..arguments.clone()
    };
    !arguments.is_filtered_out(&Trial::test(id, || Ok(())))
}

/// The tests by name, as libtest lists them. The reasons of the ignored ones have no place in such a list.
fn list(suite: &Suite, arguments: &Arguments) {
    for case in suite.named() {
        match suite.fitted(case) {
            Fitted::Not(reason) if arguments.ignored => note(&case.id, &reason),
            Fitted::Not(_) => {}
            Fitted::Played(_) | Fitted::Judged(_) | Fitted::Unknown(_) if arguments.ignored => {
                continue;
            }
            Fitted::Played(_) | Fitted::Judged(_) | Fitted::Unknown(_) => {}
        }
        say(&format!("{}: test", case.id));
    }
}

/// All tests in one process.
fn run(suite: Suite, arguments: &Arguments) -> ExitCode {
    for what in &suite.settings.notes {
        let _ = writeln!(io::stderr().lock(), "note: {what}");
    }
    let suite = Arc::new(suite);
    let reasons: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let trial = |case: &Case| {
        let (suite, reasons, case) = (Arc::clone(&suite), Arc::clone(&reasons), case.clone());
        // Only such a filter needs the mark, and a test that has it is ignored without its reason.
        let is_marked = arguments.ignored && matches!(suite.fitted(&case), Fitted::Not(_));
        let id = case.id.clone();
        let run = move || {
            let done = suite.play(&case).completion();
            if let Ok(Completion::Ignored {
                reason: Some(reason),
            }) = &done
            {
                let mut reasons = reasons.lock().unwrap_or_else(PoisonError::into_inner);
                reasons.push((case.id.clone(), reason.clone()));
            }
            done
        };
        Trial::ignorable_test(id, run).with_ignored_flag(is_marked)
    };
    let trials = suite.all().map(trial).collect();
    let code = libtest_mimic::run(arguments, trials).exit_code();
    // Every other form leaves the reasons out.
    if arguments.quiet
        || arguments
            .format
            .is_some_and(|form| form != FormatSetting::Pretty)
    {
        let mut reasons = reasons.lock().unwrap_or_else(PoisonError::into_inner);
        reasons.sort();
        for (id, reason) in reasons.iter() {
            note(id, reason);
        }
    }
    code
}

/// What came of a case, as a test.
#[derive(Debug)]
enum Told {
    /// It holds.
    Passed,
    /// It breaks something that does not fail the run, or did not come to its point: in a line, and in full.
    Warned { line: String, whole: String },
    /// It was not tried, and why.
    Ignored(String),
    /// It fails the run.
    Failed(String),
}

impl Told {
    /// Of the words that libtest has, "ignored" is the one that takes a reason and does not fail.
    fn completion(self) -> Result<Completion, Failed> {
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
    /// Plays a case, or says why that cannot be.
    fn play(&self, case: &Case) -> Told {
        match self.fitted(case) {
            Fitted::Not(reason) => Told::Ignored(reason),
            Fitted::Unknown(text) => Told::Failed(text),
            Fitted::Judged(result) => self.rule(*result),
            Fitted::Played(case) => {
                let cancel = CancellationToken::new();
                let work = Work {
                    retry: self.settings.manner.retry(&case.id),
                    case: Arc::new(*case),
                    stage: Arc::clone(self.stage()),
                    repeat: 1,
                    alone: false,
                    mark: (),
                };
                let played = self.block_on(play_work(&work, &cancel));
                match played {
                    // It is not as if this test alone could not be tried.
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
        // Entries that no longer fit fail a run, whatever else the case shows.
        let stale: Vec<String> = settings
            .baseline
            .as_ref()
            .map_or_else(Vec::new, |baseline| {
                let stale = reconcile(slice::from_mut(&mut result), baseline, settings.today);
                stale.iter().map(ToString::to_string).collect()
            });
        let whole = |result: &CaseResult| human::failure(result, Style::Plain);
        if result.counts(settings.manner.strictness) || !stale.is_empty() {
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

fn note(id: &str, reason: &str) {
    // Whoever does not listen has no use for it.
    let _ = writeln!(io::stderr().lock(), "ignored: {id}: {reason}");
}

/// Prints a line. A reader that has gone away, such as `head`, is no fault.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
