//! One test in its own process, as cargo-nextest runs them.
//!
//! cargo-nextest looks only at the exit code. So a case that could not be tried fails here if it was named; it is listed as
//! ignored, and named only with `--run-ignored`. A case that passes prints nothing, so the output of passing tests is only
//! that of broken SHOULDs.

use libtest_mimic::Arguments;

use super::prepare::Suite;
use super::told::{FAILED, Told, say};

/// With this variable, cargo-nextest says that a test has its own process.
const MODE: (&str, &str) = ("NEXTEST_EXECUTION_MODE", "process-per-test");

/// The name of the one test to run, if there is exactly one.
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
        None => Told::Failed(format!("there is no case `{id}` to play")),
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
