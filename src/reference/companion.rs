//! The reference extension as the companion of a runtime: what a case orders that it does otherwise than usual.

use std::future::pending;
use std::process::exit;
use std::time::Duration;

use serde_json::Value;

use super::call::{Call, Later};
use super::extending::{Extending, Life};
use crate::protocol::{COMPANION_VARIABLE, Companion};

/// How long one takes that is late: longer than a runtime may wait for its poll by mistake.
const PAUSE: Duration = Duration::from_secs(3);

/// A registration for invocations only: at the end of the environment the service does not wait for it.
const INVOKE: &str = r#"{"events":["INVOKE"]}"#;

/// A registration for the end of the environment only.
const SHUTDOWN: &str = r#"{"events":["SHUTDOWN"]}"#;

impl Extending for Companion {
    fn start<'a>(&'a self, _: &'a mut Life) -> Later<'a, ()> {
        Box::pin(async {
            if *self == Self::RegistersLate {
                tokio::time::sleep(PAUSE).await;
            }
        })
    }

    fn request(&self, call: &mut Call, life: &Life) {
        let events = match self {
            Self::NeverPolls | Self::NeverComesBack => INVOKE,
            Self::HearsOfTheEndOnly => SHUTDOWN,
            Self::Usual
            | Self::RegistersLate
            | Self::PollsLate
            | Self::ComesBackLate
            | Self::Dies
            | Self::ReportsInitError
            | Self::ReportsExitError => return,
        };
        if life.identifier.is_empty() {
            call.body = Some(events.into());
        }
    }

    fn registered<'a>(&'a self, life: &'a mut Life) -> Later<'a, ()> {
        Box::pin(async {
            match self {
                Self::PollsLate => tokio::time::sleep(PAUSE).await,
                Self::NeverPolls => pending().await,
                Self::ReportsInitError => fails(life, "/init/error").await,
                Self::Usual
                | Self::RegistersLate
                | Self::ComesBackLate
                | Self::NeverComesBack
                | Self::HearsOfTheEndOnly
                | Self::Dies
                | Self::ReportsExitError => {}
            }
        })
    }

    fn worked<'a>(&'a self, life: &'a mut Life, _: &'a Value) -> Later<'a, ()> {
        Box::pin(async {
            match self {
                Self::ComesBackLate => tokio::time::sleep(PAUSE).await,
                Self::NeverComesBack => pending().await,
                Self::Dies => exit(1),
                Self::ReportsExitError => fails(life, "/exit/error").await,
                Self::Usual
                | Self::RegistersLate
                | Self::PollsLate
                | Self::NeverPolls
                | Self::HearsOfTheEndOnly
                | Self::ReportsInitError => {}
            }
        })
    }
}

/// Reports a failure, and ends.
async fn fails(life: &mut Life, path: &str) {
    let report = life.report(path, "Extension.Companion", "as the case orders");
    drop(life.client.send(&report).await);
    exit(1);
}

/// What the case orders; `Err` if this is unknown.
pub(super) fn ordered() -> Result<&'static Companion, String> {
    let Ok(word) = std::env::var(COMPANION_VARIABLE) else {
        return Ok(&Companion::Usual);
    };
    let mut all = Companion::ALL.iter();
    all.find(|companion| companion.word() == word)
        .ok_or_else(|| format!("{COMPANION_VARIABLE}: `{word}` is unknown"))
}
