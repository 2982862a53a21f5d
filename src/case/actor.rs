//! Further actors of a case: the processes beside the runtime.

use serde::Deserialize;

use super::Step;

/// A process beside the runtime.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseActor {
    /// The name of its file, under which it registers.
    pub name: String,
    /// What it is.
    pub kind: ActorKind,
    /// What it does, in order. Once the case is read, these steps stand behind those of the runtime.
    #[serde(default, deserialize_with = "super::repeat::written_out")]
    pub(super) steps: Vec<Step>,
}

/// What an actor is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An external extension.
    Extension,
}
