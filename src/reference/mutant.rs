//! Mutants of the reference runtime: what each does wrong, and which requirements it breaks.

mod boot;
mod context;
mod error;
mod init;
mod late;
mod next;
mod process;
mod response;

use super::fault::{Fault, When};

/// The reference runtime with one fault.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name.
    pub name: &'static str,
    /// What it does wrong.
    pub text: &'static str,
    /// The requirements that it breaks.
    pub breaks: &'static [&'static str],
    pub(super) fault: Fault,
    pub(super) when: When,
}

impl Mutant {
    const fn new(
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

    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }
}

const PARTS: [&[Mutant]; 8] = [
    boot::MUTANTS,
    next::MUTANTS,
    response::MUTANTS,
    error::MUTANTS,
    init::MUTANTS,
    context::MUTANTS,
    process::MUTANTS,
    late::MUTANTS,
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

/// The mutant of this name.
pub fn mutant(name: &str) -> Option<&'static Mutant> {
    MUTANTS.iter().find(|mutant| mutant.name == name)
}
