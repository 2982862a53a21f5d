//! Mutants of the reference runtime: what each does wrong, and which requirements it breaks.

mod boot;
mod caller;
mod context;
mod error;
mod field;
mod init;
mod late;
mod next;
mod odd;
mod other_apis;
mod process;
mod response;
mod value;
mod wire;

use super::fault::{Fault, When};
use super::variant::VARIANTS;

/// How grave the breaches of a mutant may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Most {
    /// No more than a SHOULD: a runtime with this habit works in Lambda.
    Should,
    /// Whatever the law says of them.
    Must,
}

impl Most {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Should => "should",
            Self::Must => "must",
        }
    }
}

/// The reference runtime with one fault, or as a variant with none.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name.
    pub name: &'static str,
    /// What it does wrong.
    pub text: &'static str,
    /// The requirements that it breaks; a variant breaks none.
    pub breaks: &'static [&'static str],
    /// How grave a breach of it may be.
    pub most: Most,
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
            most: Most::Must,
            fault,
            when: When::Always,
        }
    }

    /// Whether it does things otherwise and none of them wrong.
    pub fn is_variant(&self) -> bool {
        self.breaks.is_empty()
    }

    /// What it does works in Lambda, so that no case may find it to break a MUST.
    const fn should(self) -> Self {
        let most = Most::Should;
        Self { most, ..self }
    }

    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }
}

const PARTS: [&[Mutant]; 14] = [
    boot::MUTANTS,
    next::MUTANTS,
    response::MUTANTS,
    error::MUTANTS,
    init::MUTANTS,
    context::MUTANTS,
    process::MUTANTS,
    late::MUTANTS,
    caller::MUTANTS,
    odd::MUTANTS,
    value::MUTANTS,
    wire::MUTANTS,
    other_apis::MUTANTS,
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
