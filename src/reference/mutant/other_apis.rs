//! Mutants: what becomes of the runtime by the APIs next to the Runtime API.

use super::super::fault::Fault;
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[Mutant::new(
    "extension-or-nothing",
    "Registers as an internal extension, and exits when that is refused.",
    &["EXTI-04"],
    Fault::NeedsExtension,
)];
