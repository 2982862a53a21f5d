//! The plan as a libtest binary: each case is a test, for `cargo test`, cargo-nextest and other runners of tests.
//!
//! A runtime's own crate has a `tests/conformance.rs` with `harness = false` whose `main` calls [`main`], and a
//! `ricspec.toml` beside its `Cargo.toml` that names the target; `ricspec test` does the same without a crate.
//!
//! A case that was not tried is never shown as passed. The fixture is asked before anything is listed or played, so that a
//! case which it cannot play is listed as ignored; cargo-nextest cannot ignore a test after it has started it.

mod prepare;
mod single;
mod told;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, ColorSetting, Completion, FormatSetting, Trial};

use crate::case::Case;
use crate::console::{self, Relay, Stream, tell};
use crate::report::Printable;
use crate::session::{CliError, be_helper};
use prepare::{Fitted, Look, Suite};
use told::{FAILED, say};

/// Runs the cases as tests, with the arguments of this process, and gives its exit code.
///
/// # Examples
/// ```no_run
/// let code: std::process::ExitCode = ricspec::harness::main();
/// ```
pub fn main() -> ExitCode {
    be_helper().unwrap_or_else(|| conclude(Arguments::from_args()))
}

/// Like [`main`], with these arguments (without a program name).
pub fn test(arguments: &[String]) -> ExitCode {
    let named = std::iter::once("ricspec test".to_owned()).chain(arguments.iter().cloned());
    conclude(Arguments::from_iter(named))
}

fn conclude(arguments: Arguments) -> ExitCode {
    let code = answer(arguments).unwrap_or_else(|error| error.tell().exit_code());
    console::exit_code(code)
}

fn answer(arguments: Arguments) -> Result<u8, CliError> {
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

/// Whether the filters allow a test of this name, ignored or not.
fn is_named(id: &str, arguments: &Arguments) -> bool {
    let arguments = Arguments {
        ignored: false,
        ..arguments.clone()
    };
    !arguments.is_filtered_out(&Trial::test(id, || Ok(())))
}

/// The tests by name, as libtest lists them. Such a list has no place for the reasons of ignored tests.
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

/// Runs the tests. libtest-mimic panics if it cannot print, so it prints to a file of ours.
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
        console::note(what);
    }
    let suite = Arc::new(suite);
    let reasons: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let trial = |case: &Case| {
        let (suite, reasons, case) = (Arc::clone(&suite), Arc::clone(&reasons), case.clone());
        // Only this filter needs the flag; a test with the flag is ignored without its reason.
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
    // All other formats leave out the reasons.
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

fn note(id: &str, reason: &str) {
    tell(&Printable::whole_line(&format!("ignored: {id}: {reason}")));
}
