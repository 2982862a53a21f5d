//! More actors of a case: processes in addition to the runtime.

use serde::Deserialize;

use super::Step;
use crate::protocol::Companion;

/// A process in addition to the runtime.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseActor {
    /// The name of its file, under which it registers. The target has that of the user's file, which a case does not know.
    #[serde(default)]
    pub name: String,
    /// Whether it is under test.
    #[serde(default)]
    pub target: bool,
    /// Its kind.
    pub kind: ActorKind,
    /// What the reference extension does otherwise than usual, if it is this one.
    #[serde(default)]
    pub does: Companion,
    /// What it does, in order. After the case is read, these steps come after those of the runtime.
    #[serde(default, deserialize_with = "super::repeat::written_out")]
    pub(super) steps: Vec<Step>,
}

/// The kind of an actor.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An external extension.
    Extension,
}
