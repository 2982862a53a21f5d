//! What a mutant is.

use std::fmt;

use super::processes::Processes;
use crate::reference::hooks::Hooks;

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
pub(super) enum When {
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
    pub(super) change: &'static dyn Hooks,
    pub(super) when: When,
    pub(super) processes: Processes,
}

impl Mutant {
    pub(super) const fn new(
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

    /// What it does works in Lambda, so that no case may find it to break a MUST.
    pub(super) const fn should(self) -> Self {
        let most = Most::Should;
        Self { most, ..self }
    }

    pub(super) const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    pub(super) const fn in_processes(self, processes: Processes) -> Self {
        Self { processes, ..self }
    }
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mutant").field(&self.name).finish()
    }
}
