//! Why nothing can be judged.

use thiserror::Error;

use crate::run::Played;

/// Why nothing can be judged.
#[derive(Debug, Error)]
pub enum ProbeFault {
    /// The stage broke: the target could not be started, or nobody could listen.
    #[error("{0}")]
    Stage(String),
    /// The target never called: most likely it is the wrong command.
    #[error("{what}{output}")]
    Silent {
        /// What happened instead.
        what: String,
        /// Its last output, on lines of their own.
        output: String,
    },
    /// The target works, the fixture does not.
    #[error(
        "the function under test is not a fixture: {what}{output}{breaches}\n\
         There are two ways. Check the runtime with a fixture, which tries everything: `ricspec fixture LANGUAGE` prints one, and \
         specs/fixture-contract.md tells how to write another. Or keep this function: `--no-fixture --event FILE` gives it events of \
         yours, and tries what needs no fixture"
    )]
    NoFixture {
        /// What came instead.
        what: String,
        /// Its last output, on lines of their own.
        output: String,
        /// What the runtime broke meanwhile, which may be why; on lines of their own.
        breaches: String,
    },
    /// An ordinary function does not answer: nobody can say whether that is the runtime's fault.
    #[error(
        "the function gave no answer to event {number}: {what}{output}\nGive events that it can answer with --event FILE, or put a fixture in its place"
    )]
    Unanswered {
        /// Which event, from 1.
        number: usize,
        /// What came instead.
        what: String,
        /// Its last output, on lines of their own.
        output: String,
    },
    /// The runtime broke a requirement before the fixture could answer: a finding like any other.
    #[error("the runtime breaks a requirement at its first event")]
    Breach(Box<Played>),
    /// ricspec was told to stop.
    #[error("interrupted")]
    Cancelled,
}
