//! Mutants of the reference runtime: each breaks some requirements and nothing else. And its variants, which do things
//! otherwise and break nothing: what a check has against one of them it would have against real runtimes too.
//!
//! One row tells all of a mutant: its name, what it does in words, what it breaks, and the change. A new one is a new row in
//! the file of its area.

/// A table of mutants: `"name": "what it does", breaks ["WHAT-01"] => change;`, where `should()` or `when(…)` may stand before
/// the arrow.
macro_rules! mutants {
    ($($name:literal: $text:literal, breaks $breaks:tt $($with:ident $how:tt)* => $change:expr;)*) => {
        pub(super) const MUTANTS: &[Mutant] =
            &[$(Mutant::new($name, $text, &$breaks, &$change)$(.$with $how)*),*];
    };
}

mod boot;
mod caller;
mod change;
mod context;
mod error;
mod field;
mod init;
mod json;
mod late;
mod next;
mod odd;
mod other_apis;
mod past;
mod process;
mod processes;
mod repeated;
mod response;
pub mod score;
mod value;
mod variants;
mod wire;

use std::fmt;
use std::process::ExitCode;

use crate::reference::{self, hooks::Hooks};
use processes::Processes;

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

/// When a change shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum When {
    Always,
    /// From this invocation on, the first being 1.
    From(u32),
    /// With this invocation only.
    At(u32),
    /// After so many failed invocations.
    AfterFailures(u32),
    /// With this failure of the function, and later ones.
    FromFailure(u32),
    /// After an event of a mebibyte or more.
    AfterLarge,
    /// With an event that came in chunks.
    Chunked,
    /// After the service has refused an answer.
    AfterRefusal,
}

/// The reference runtime with one change: a mutant, or a variant.
#[derive(Clone, Copy)]
pub struct Mutant {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub text: &'static str,
    /// The requirements that it breaks; a variant breaks none.
    pub breaks: &'static [&'static str],
    /// How grave a breach of it may be.
    pub most: Most,
    change: &'static dyn Hooks,
    when: When,
    processes: Processes,
}

impl Mutant {
    const fn new(
        name: &'static str,
        text: &'static str,
        breaks: &'static [&'static str],
        change: &'static dyn Hooks,
    ) -> Self {
        Self {
            name,
            text,
            breaks,
            most: Most::Must,
            change,
            when: When::Always,
            processes: Processes::One,
        }
    }

    /// Whether it does things otherwise and none of them wrong.
    pub fn is_variant(&self) -> bool {
        self.breaks.is_empty()
    }

    /// Is this runtime, until the service ends it.
    pub fn be(&'static self) -> ExitCode {
        processes::wrap(self).unwrap_or_else(|| reference::be(past::ways(self)))
    }

    /// What it does works in Lambda, so that no case may find it to break a MUST.
    const fn should(self) -> Self {
        let most = Most::Should;
        Self { most, ..self }
    }

    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    const fn in_processes(self, processes: Processes) -> Self {
        Self { processes, ..self }
    }
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mutant").field(&self.name).finish()
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

/// All variants.
pub const VARIANTS: &[Mutant] = variants::MUTANTS;

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
