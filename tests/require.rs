//! How much a test may and must use from outside: the meaning of `RICSPEC_REQUIRE`.

use std::env;

use libtest_mimic::{Completion, Failed};

/// How much this run may and must use from outside.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Require {
    /// What this machine has.
    Nothing,
    /// Installed runtimes, if their tools are here.
    Runtimes,
    /// All of them.
    All,
}

impl Require {
    /// Reads the environment.
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

    /// What a missing tool means: an ignored test, or a failed one.
    pub fn lacking(self, reason: String) -> Result<Completion, Failed> {
        match self {
            Self::All => Err(reason.into()),
            Self::Nothing | Self::Runtimes => Ok(Completion::ignored_with(reason)),
        }
    }
}
