//! Mutants of the reference runtime.

/// The reference runtime with one fault.
#[derive(Debug)]
pub struct Mutant {
    /// Its name.
    pub name: &'static str,
    /// What it does wrong.
    pub text: &'static str,
    /// The requirements that it breaks.
    pub breaks: &'static [&'static str],
}

/// All mutants.
pub const MUTANTS: &[Mutant] = &[];

/// The mutant of this name.
pub fn mutant(name: &str) -> Option<&'static Mutant> {
    MUTANTS.iter().find(|mutant| mutant.name == name)
}
