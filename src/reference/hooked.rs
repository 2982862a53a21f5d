//! The hooks of the function around a snapshot.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::failure::Failure;
use super::log;
use super::settings::{OddHook, Side};

/// The hooks of a side, in the order of their registration.
pub(super) const HOOKS: [u8; 2] = [1, 2];

/// What the hooks of the function did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hooked(Arc<Mutex<Did>>);

#[derive(Clone, Debug, Default, Serialize)]
struct Did {
    /// The hooks that ran, in order.
    ran: Vec<String>,
    /// When the last one ran before the environment was copied, and the first one after it was restored.
    before_ms: Option<u64>,
    after_ms: Option<u64>,
    /// A number that the last one drew before the environment was copied.
    random: Option<String>,
}

impl Hooked {
    /// Runs a hook of the function.
    pub(super) async fn run(
        &self,
        (side, hook): (Side, u8),
        odd: OddHook,
        number: u64,
    ) -> Result<(), Failure> {
        let name = format!("{} {hook}", side.word());
        self.note(side, name.clone(), number);
        let is_first = HOOKS.first() == Some(&hook);
        match odd {
            OddHook::Fails(odd) if odd == side && is_first => return Err(failure(side)),
            OddHook::Sleeps(odd, pause) if odd == side && is_first => {
                tokio::time::sleep(pause).await
            }
            OddHook::None | OddHook::Fails(_) | OddHook::Sleeps(..) => {}
        }
        log::say(&format!("ricspec: the hook {name} has run"));
        Ok(())
    }

    fn note(&self, side: Side, name: String, number: u64) {
        let mut did = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        did.ran.push(name);
        match side {
            Side::Before => {
                did.before_ms = Some(unix_ms());
                did.random = Some(random(number));
            }
            Side::After => {
                did.after_ms.get_or_insert_with(unix_ms);
            }
        }
    }

    /// What they did, for the function to return.
    pub(super) fn did(&self) -> impl Serialize + use<> {
        let did = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        did.clone()
    }
}

fn failure(side: Side) -> Failure {
    let (kind, which) = match side {
        Side::Before => ("BeforeSnapshotError", "before-snapshot"),
        Side::After => ("AfterRestoreError", "after-restore"),
    };
    let message = format!("ricspec: the {which} hook failed as asked");
    Failure::of_runtime(kind, message)
}

/// The wall clock.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.unwrap_or_default().as_millis();
    u64::try_from(ms).unwrap_or(u64::MAX)
}

/// A random number as text, so that no digit is lost.
pub(super) fn random(number: u64) -> String {
    format!("{number:016x}")
}
