//! The type of a mutant.

use std::fmt;

use super::processes::Processes;
use crate::case::Case;
use crate::law::Subject;
use crate::reference::extending::Extending;
use crate::reference::hooks::Hooks;

/// The highest level of a mutant's breaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Most {
    /// A SHOULD at most: a runtime with this behaviour works in Lambda.
    Should,
    /// The level that the law gives.
    Must,
}

impl Most {
    /// In one word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Should => "should",
            Self::Must => "must",
        }
    }
}

/// When a change applies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum When {
    Always,
    /// From this invocation on, the first being 1.
    From(u32),
    /// In this invocation only.
    At(u32),
    /// After so many failed invocations.
    AfterFailures(u32),
    /// From this failure of the function on.
    FromFailure(u32),
    /// After an event of a mebibyte or more.
    AfterLarge,
    /// On an event that came in chunks.
    Chunked,
    /// After the service has refused an answer.
    AfterRefusal,
}

/// What a mutant does otherwise, and who it is.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// The reference runtime.
    Runtime(&'static dyn Hooks),
    /// The reference extension.
    Extension(&'static dyn Extending),
}

/// The reference runtime or extension with one change: a mutant, or a variant.
#[derive(Clone, Copy)]
pub struct Mutant {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub text: &'static str,
    /// The requirements that it breaks; a variant breaks none.
    pub breaks: &'static [&'static str],
    /// The highest level of its breaches.
    pub most: Most,
    /// Whether it hangs in each case alike, until the time of the case is up.
    pub(super) hangs: bool,
    pub(super) change: Change,
    pub(super) when: When,
    pub(super) processes: Processes,
}

impl Mutant {
    pub(super) const fn new(
        name: &'static str,
        text: &'static str,
        breaks: &'static [&'static str],
        change: Change,
    ) -> Self {
        Self {
            name,
            text,
            breaks,
            most: Most::Must,
            hangs: false,
            change,
            when: When::Always,
            processes: Processes::One,
        }
    }

    /// Whether it does something differently, but nothing wrong.
    pub fn is_variant(&self) -> bool {
        self.breaks.is_empty()
    }

    /// What it is a mutant of.
    pub fn subject(&self) -> Subject {
        match self.change {
            Change::Runtime(_) => Subject::Runtime,
            Change::Extension(_) => Subject::Extension,
        }
    }

    /// Whether a case can be played against it.
    pub fn is_subject_of(&self, case: &Case) -> bool {
        match (self.subject(), case.subject) {
            (Subject::Extension, subject) => subject == Subject::Extension,
            (Subject::Runtime | Subject::Image, subject) => subject != Subject::Extension,
        }
    }

    /// It works in Lambda, so no case may find that it breaks a MUST.
    pub(super) const fn should(self) -> Self {
        let most = Most::Should;
        Self { most, ..self }
    }

    /// It hangs in each case alike: many of them show no more than a few.
    pub(super) const fn hangs(self) -> Self {
        Self {
            hangs: true,
            ..self
        }
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
