//! What the function asks while it works.

use std::fmt::Debug;

use serde_json::value::RawValue;
use tokio::process::{Child, Command};

use super::call::Later;
use super::settings::Settings;

/// How the function ends its process, or tries to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wish<'a> {
    /// It panics, with this message.
    Panic(&'a str),
    /// It exits.
    Exit,
    /// It aborts.
    Abort,
}

/// What the function asks while it works. The hooks of the same names answer.
pub(crate) trait Working: Debug + Sync {
    fn view(&self, view: Box<RawValue>) -> Box<RawValue>;
    fn trace<'a>(&self, trace: Option<&'a str>) -> Option<&'a str>;
    fn random(&self) -> u64;
    fn wish(&self, wish: Wish<'_>);
    fn inits(&self, inits: u64, calls: u64) -> u64;
    fn spawn(&self, command: &mut Command);
    fn spawned(&self, child: Child);
    fn failed_late<'a>(&'a self, settings: &'a Settings) -> Later<'a, ()>;
}
