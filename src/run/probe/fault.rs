//! Why nothing can be judged.

use thiserror::Error;

use crate::run::Played;

/// Why nothing can be judged.
#[derive(Debug, Error)]
pub enum ProbeFault {
    /// The stage failed: the target could not be started, or no port could be opened.
    #[error("{0}")]
    Stage(String),
    /// The target never called: probably it is the wrong command.
    #[error("{what}{output}")]
    Silent {
        /// What happened instead.
        what: String,
        /// Its last output, on its own lines.
        output: String,
    },
    /// The target works, but its function is not a fixture.
    #[error(
        "the function under test is not a fixture: {what}{output}{breaches}\n\
         There are two ways. Check the runtime with a fixture, which tries everything: `ricspec fixture LANGUAGE` prints one, and \
         specs/fixture-contract.md says how to write one. Or keep this function: `--no-fixture --event FILE` gives it your own \
         events, and tries what needs no fixture"
    )]
    NoFixture {
        /// What came instead.
        what: String,
        /// Its last output, on its own lines.
        output: String,
        /// What the runtime broke before, which may be the reason; on its own lines.
        breaches: String,
    },
    /// An ordinary function does not answer; it is unknown whether the runtime is at fault.
    #[error(
        "the function gave no answer to event {number}: {what}{output}\nGive events that it can answer with --event FILE, or use a fixture"
    )]
    Unanswered {
        /// Which event, from 1.
        number: usize,
        /// What came instead.
        what: String,
        /// Its last output, on its own lines.
        output: String,
    },
    /// The runtime broke a requirement before the fixture could answer: a finding like any other.
    #[error("the runtime breaks a requirement at its first event")]
    Breach(Box<Played>),
    /// ricspec was told to stop.
    #[error("interrupted")]
    Cancelled,
}
