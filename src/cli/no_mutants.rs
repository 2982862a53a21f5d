//! A build without the feature `mutants` has only the reference runtime itself.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::explain::Mutation;
use crate::reference;
use crate::session::{CliError, no_mutants};
use crate::verdict::Conclusion;

/// Runs as the reference runtime.
pub(super) fn be(name: Option<&str>) -> Result<ExitCode, CliError> {
    match name {
        Some(_) => no_mutants(),
        None => Ok(reference::main()),
    }
}

/// An error: this build has none.
pub(super) fn mutations() -> Vec<Mutation> {
    Vec::new()
}

/// No mutants in the explanation.
pub(super) fn list(_: bool) -> Result<Conclusion, CliError> {
    no_mutants()
}

/// An error: this build has none.
pub(super) fn score(_: &[PathBuf], _: &[String], _: bool) -> Result<Conclusion, CliError> {
    no_mutants()
}
