//! The plan as a libtest binary: each case is a test, for `cargo test`, cargo-nextest and whatever else speaks to one.
//!
//! A runtime's own crate has a `tests/conformance.rs` with `harness = false` whose `main` calls [`main`], and a
//! `ricspec.toml` beside its `Cargo.toml` that says what to check; `ricspec test` does the same without a crate.
//!
//! No face shows green what was not tried. The fixture is asked before anything is listed or played, so that a case
//! which it cannot play is listed as ignored; cargo-nextest knows no test that turns out to be ignored while it runs.

mod prepare;
mod single;

use std::process::ExitCode;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, ColorSetting, Completion, Failed, FormatSetting, Trial};
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::cli::{Stop, settled};
use crate::console::{Relay, Stream, tell};
use crate::report::{Printable, Style, human, lenient};
use crate::run::{Work, play_work};
use crate::verdict::{CaseResult, Verdict, reconcile};
use prepare::{Fitted, Look, Suite};

/// Runs the cases as tests, by the arguments of this process, and gives its exit code.
pub fn main() -> ExitCode {
    conclude(Arguments::from_args())
}

/// As [`main`], with arguments that do not begin with a program's name.
pub fn test(arguments: &[String]) -> ExitCode {
    let named = std::iter::once("ricspec test".to_owned()).chain(arguments.iter().cloned());
    conclude(Arguments::from_iter(named))
}

fn conclude(arguments: Arguments) -> ExitCode {
    settled(answer(arguments).unwrap_or_else(|stop| stop.tell().exit_code()))
}

fn answer(arguments: Arguments) -> Result<u8, Stop> {
    let look = match arguments.list || arguments.ignored {
        true => Look::Ahead,
        false => Look::Usual,
    };
    let suite = Suite::read(look, |id| is_named(id, &arguments))?;
    if arguments.list {
        list(&suite, &arguments);
        return Ok(0);
    }
    match single::asked_for(&arguments) {
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

/// The exit code of a libtest binary with a failed test.
const FAILED: u8 = 101;

/// Runs the tests. The library panics where it cannot print, so that it prints to a file of ours.
fn conduct(mut arguments: Arguments, trials: Vec<Trial>) -> u8 {
    let relay = match arguments.logfile {
        Some(_) => None,
        None => Relay::start().ok(),
    };
    if let Some(relay) = &relay {
        arguments.logfile = Some(relay.path().display().to_string());
        if arguments.color.is_none() && Stream::Out.terminal().is_some() {
            arguments.color = Some(ColorSetting::Always);
        }
    }
    let failed = libtest_mimic::run(&arguments, trials).has_failed();
    if let Some(relay) = relay {
        relay.finish();
    }
    if failed { FAILED } else { 0 }
}

/// All tests in one process.
fn run(suite: Suite, arguments: Arguments) -> u8 {
    for what in &suite.settings.notes {
        tell(&(Printable::line(&format!("note: {what}")) + "\n"));
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
    // Every other form leaves the reasons out.
    let form = arguments.format.unwrap_or(FormatSetting::Pretty);
    let silent = arguments.quiet || form != FormatSetting::Pretty;
    let code = conduct(arguments, trials);
    if silent {
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
        let whole = |result: &CaseResult| human::failure(result, Style::Plain).to_string();
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
    tell(&(Printable::line(&format!("ignored: {id}: {reason}")) + "\n"));
}

fn say(text: &str) {
    Stream::Out.print(&(Printable::of(text) + "\n"));
}
