//! A build without the feature `mutants`: the reference runtime does everything right.

use std::path::PathBuf;
use std::process::ExitCode;

use super::Stop;
use crate::explain::Mutation;
use crate::reference;
use crate::verdict::Conclusion;

fn absent<T>() -> Result<T, Stop> {
    Err(Stop::bad_input(
        "this build of ricspec has no mutants; build it with `--features mutants`",
    ))
}

/// There is none of this name.
pub(super) fn check(_: &str) -> Result<(), Stop> {
    absent()
}

/// Is the reference runtime.
pub(super) fn be(name: Option<&str>) -> Result<ExitCode, Stop> {
    match name {
        Some(_) => absent(),
        None => Ok(reference::main()),
    }
}

/// There are none.
pub(super) fn mutations() -> Vec<Mutation> {
    Vec::new()
}

/// There are none.
pub(super) fn list(_: bool) -> Result<Conclusion, Stop> {
    absent()
}

/// There are none.
pub(super) fn score(_: &[PathBuf], _: &[String], _: bool) -> Result<Conclusion, Stop> {
    absent()
}
