//! Whether this build has a mutant or a variant of the reference runtime.

use super::CliError;

/// An error if this build has no mutant or variant of this name.
#[cfg(feature = "mutants")]
pub(crate) fn check_mutant(name: &str) -> Result<(), CliError> {
    match crate::mutation::mutant(name) {
        Some(_) => Ok(()),
        None => Err(CliError::bad_input(format!(
            "no mutant `{name}`; see `ricspec list --mutants`"
        ))),
    }
}

/// An error: this build has none.
#[cfg(not(feature = "mutants"))]
pub(crate) fn check_mutant(_: &str) -> Result<(), CliError> {
    no_mutants()
}

/// Says how to build ricspec with mutants.
#[cfg(not(feature = "mutants"))]
pub(crate) fn no_mutants<T>() -> Result<T, CliError> {
    Err(CliError::bad_input(
        "this build of ricspec has no mutants; build it with `--features mutants`",
    ))
}
