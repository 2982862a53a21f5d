//! A build without the feature `mutants`: the reference runtime does everything right.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::explain::Mutation;
use crate::reference;
use crate::session::{CliError, no_mutants};
use crate::verdict::Conclusion;

/// Is the reference runtime.
pub(super) fn be(name: Option<&str>) -> Result<ExitCode, CliError> {
    match name {
        Some(_) => no_mutants(),
        None => Ok(reference::main()),
    }
}

/// There are none.
pub(super) fn mutations() -> Vec<Mutation> {
    Vec::new()
}

/// There are none.
pub(super) fn list(_: bool) -> Result<Conclusion, CliError> {
    no_mutants()
}

/// There are none.
pub(super) fn score(_: &[PathBuf], _: &[String], _: bool) -> Result<Conclusion, CliError> {
    no_mutants()
}
