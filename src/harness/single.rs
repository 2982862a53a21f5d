//! One test in a process of its own, as cargo-nextest runs them.
//!
//! The exit code is all that it looks at, so a case that could not be tried fails here where it was asked for by name; it
//! is listed as ignored, and asked for only with `--run-ignored`. What holds prints nothing, so that the output of passing
//! tests, if it is wanted, is that of broken SHOULDs.

use libtest_mimic::Arguments;

use super::prepare::Suite;
use super::told::{FAILED, Told, say};

/// How cargo-nextest tells a test that it has a process of its own.
const MODE: (&str, &str) = ("NEXTEST_EXECUTION_MODE", "process-per-test");

/// The name of the one test that is asked for, if one is.
pub(super) fn asked_for(arguments: &Arguments) -> Option<&str> {
    let (name, value) = MODE;
    let is_single = std::env::var_os(name).is_some_and(|set| set == value);
    arguments
        .filter
        .as_deref()
        .filter(|_| is_single && arguments.exact)
}

/// Runs it, and gives its exit code.
pub(super) fn run(suite: &Suite, id: &str) -> u8 {
    let told = match suite.named().next() {
        Some(case) => suite.play(case),
        None => Told::Failed(format!("there is no case `{id}` to be played now")),
    };
    match told {
        Told::Passed => 0,
        Told::Warned { line, whole } => {
            say(&format!("{whole}\n{line}"));
            0
        }
        Told::Ignored(reason) => {
            say(&format!(
                "`{id}` was not tried: {reason}\ncargo-nextest would show it as passed; to leave it out, name it under `skip` in ricspec.toml"
            ));
            FAILED
        }
        Told::Failed(text) => {
            say(&text);
            FAILED
        }
    }
}
