//! Mutants of the reference runtime: what each does wrong, and which requirements it breaks.

mod boot;
mod caller;
mod context;
mod error;
mod field;
mod init;
mod late;
mod next;
mod process;
mod response;
mod value;
mod wire;

use super::fault::{Fault, When};
use super::variant::VARIANTS;

/// The reference runtime with one fault, or as a variant with none.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name.
    pub name: &'static str,
    /// What it does wrong.
    pub text: &'static str,
    /// The requirements that it breaks; a variant breaks none.
    pub breaks: &'static [&'static str],
    pub(super) fault: Fault,
    pub(super) when: When,
}

impl Mutant {
    pub(super) const fn new(
        name: &'static str,
        text: &'static str,
        breaks: &'static [&'static str],
        fault: Fault,
    ) -> Self {
        Self {
            name,
            text,
            breaks,
            fault,
            when: When::Always,
        }
    }

    /// Whether it does things otherwise and none of them wrong.
    pub fn is_variant(&self) -> bool {
        self.breaks.is_empty()
    }

    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }
}

const PARTS: [&[Mutant]; 12] = [
    boot::MUTANTS,
    next::MUTANTS,
    response::MUTANTS,
    error::MUTANTS,
    init::MUTANTS,
    context::MUTANTS,
    process::MUTANTS,
    late::MUTANTS,
    caller::MUTANTS,
    value::MUTANTS,
    wire::MUTANTS,
    field::MUTANTS,
];

const COUNT: usize = {
    let (mut count, mut part) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].len();
        part += 1;
    }
    count
};

/// All mutants.
pub const MUTANTS: &[Mutant] = &ALL;

static ALL: [Mutant; COUNT] = {
    let mut all = [PARTS[0][0]; COUNT];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut index = 0;
        while index < PARTS[part].len() {
            all[at] = PARTS[part][index];
            at += 1;
            index += 1;
        }
        part += 1;
    }
    all
};

/// The mutant or variant of this name.
pub fn mutant(name: &str) -> Option<&'static Mutant> {
    let mut all = MUTANTS.iter().chain(VARIANTS);
    all.find(|mutant| mutant.name == name)
}
