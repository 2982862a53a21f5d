//! How much of the outside a test may and must use: what `RICSPEC_REQUIRE` says.

use std::env;

use libtest_mimic::{Completion, Failed};

/// How much of the outside this run may and must use.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Require {
    /// What is here.
    Nothing,
    /// Installed runtimes, as far as their tools are here.
    Runtimes,
    /// All of them.
    All,
}

impl Require {
    /// What the environment says.
    pub fn read() -> Result<Self, Failed> {
        match env::var("RICSPEC_REQUIRE").as_deref() {
            Err(_) | Ok("") => Ok(Self::Nothing),
            Ok("runtimes") => Ok(Self::Runtimes),
            Ok("all") => Ok(Self::All),
            Ok(other) => {
                Err(format!("RICSPEC_REQUIRE is `runtimes` or `all`, not `{other}`").into())
            }
        }
    }

    /// What it means that the machine lacks something: no test, or a failed one.
    pub fn lacking(self, reason: String) -> Result<Completion, Failed> {
        match self {
            Self::All => Err(reason.into()),
            Self::Nothing | Self::Runtimes => Ok(Completion::ignored_with(reason)),
        }
    }
}
