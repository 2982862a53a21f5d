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
    /// Program and arguments, if it is an extension of the user; never in a file.
    #[serde(skip)]
    pub command: Option<Vec<String>>,
    /// Its kind.
    pub kind: ActorKind,
    /// What the reference extension does otherwise than usual, if it is this one.
    #[serde(default)]
    pub does: Companion,
    /// What it does, in order. After the case is read, these steps come after those of the runtime.
    #[serde(default, deserialize_with = "super::repeat::written_out")]
    pub(super) steps: Vec<Step>,
}

impl CaseActor {
    /// An extension of the user, under the name of its file, without steps.
    pub fn of_user(program: &str) -> Self {
        Self {
            name: name_of(program),
            target: false,
            command: Some(vec![program.to_owned()]),
            kind: ActorKind::Extension,
            does: Companion::Usual,
            steps: Vec::new(),
        }
    }

    /// Makes an extension of the user of the one under test.
    pub fn is_started_by(&mut self, command: &[String]) {
        self.name = command
            .first()
            .map(|program| name_of(program))
            .unwrap_or_default();
        self.command = Some(command.to_vec());
    }
}

/// The name of the file of a program.
fn name_of(program: &str) -> String {
    let name = program.rsplit('/').next();
    name.unwrap_or_default().to_owned()
}

/// The kind of an actor.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An external extension.
    Extension,
}
