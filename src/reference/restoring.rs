//! How a runtime behaves before and after a snapshot: what a runtime that does one thing differently overrides.

use std::fs::File;
use std::future::ready;
use std::io::Read;

use hyper::StatusCode;

use super::call::{Call, CallError, Later, Reply};
use super::client::Client;
use super::settings::Side;
use super::told::{HookGoes, Refused};

/// A part of the way from the setup to the first poll.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// A hook runs.
    Hook(Side, u8),
    /// The runtime waits until the environment is restored.
    Wait,
}

/// How a runtime behaves before and after a snapshot. Each method does the right thing.
pub(crate) trait Restoring: Sync {
    /// Whether the environment is restored, by its initialization type.
    fn is_restored(&self, kind: Option<&str>) -> bool {
        kind == Some("snap-start")
    }

    /// Changes the way from the setup to the first poll.
    fn course(&self, _parts: &mut Vec<Part>) {}

    /// Waits for the restore.
    fn await_restore<'a>(
        &'a self,
        client: &'a mut Client,
        call: &'a Call,
    ) -> Later<'a, Result<Reply, CallError>> {
        Box::pin(client.send(call))
    }

    /// Whether the reply to that means that the environment is restored: only its status counts (SNAP-04).
    fn says_restored(&self, reply: &Reply) -> bool {
        reply.status == StatusCode::OK
    }

    /// What to do if it does not.
    fn restore_refused<'a>(&'a self, _status: StatusCode) -> Later<'a, Refused> {
        done(Refused::Ends)
    }

    /// The report of a failed hook; `None` if there is none.
    fn hook_report(&self, _side: Side, call: Call) -> Option<Call> {
        Some(call)
    }

    /// Runs after that report.
    fn after_hook_report<'a>(
        &'a self,
        _client: &'a mut Client,
        _side: Side,
    ) -> Later<'a, HookGoes> {
        done(HookGoes::Ends)
    }
}

/// Does everything right.
pub(crate) struct Usual;

impl Restoring for Usual {}

fn done<'a, T: Send + 'a>(value: T) -> Later<'a, T> {
    Box::pin(ready(value))
}

/// A number of the operating system, which is fresh in each copy of an environment.
pub(crate) fn fresh() -> u64 {
    let mut bytes = [0; 8];
    // There is always such a file in Lambda; without it the numbers are not random.
    let _ = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    u64::from_le_bytes(bytes)
}
