//! The kinds of changes of the extension: each fills one of its hooks with a function.

use std::future::pending;
use std::process::exit;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::reference::client::{Call, Client, Reply};
use crate::reference::extending::{Extending, Failed, Life, Polled};
use crate::reference::hooks::Later;

/// Changes that are the hook itself.
macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident = $hook:ident($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name(pub(super) fn($($type),*) $(-> $out)?);

        impl Extending for $name {
            fn $hook(&self, $($arg: $type),*) $(-> $out)? {
                (self.0)($($arg),*)
            }
        }
    )*};
}

changes! {
    /// Changes a call before it is sent.
    Sends = request(call: &mut Call, life: &Life);
    /// Reads a reply first.
    Reads = read(reply: &mut Reply);
    /// Finds the identifier in a reply.
    Identified = identifier(reply: &Reply) -> Option<String>;
    /// Says whether a call whose connection ended is repeated.
    Again = again(tries: usize) -> Option<Duration>;
    /// Changes the exit code.
    Code = exit_code(code: u8) -> u8;
}

/// Changes that may wait.
macro_rules! later {
    ($($(#[$doc:meta])* $name:ident = $hook:ident($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name(pub(super) for<'a> fn($($type),*) -> Later<'a, later!(@out $($out)?)>);

        impl Extending for $name {
            fn $hook<'a>(&'a self, $($arg: $type),*) -> Later<'a, later!(@out $($out)?)> {
                (self.0)($($arg),*)
            }
        }
    )*};
    (@out) => { () };
    (@out $out:ty) => { $out };
}

later! {
    /// Runs before the registration.
    Starts = start(life: &'a mut Life);
    /// Answers a batch of telemetry with a status.
    Answers = answer(batch: &'a str) -> u16;
    /// Runs between the registration and the first poll.
    Registered = registered(life: &'a mut Life);
    /// Sends the registration or a poll.
    Polls = send(client: &'a mut Client, call: &'a Call) -> Polled;
    /// Runs after an invocation has begun.
    Worked = worked(life: &'a mut Life, event: &'a Value);
    /// Runs when an event is of an unknown type.
    Puzzled = puzzled(life: &'a mut Life);
    /// Runs when the environment ends.
    ShutDown = shut_down(life: &'a mut Life, event: &'a Value);
    /// Runs when a call has failed.
    Fails = failed(life: &'a mut Life, why: &'a Failed);
    /// Runs after the report of a failure.
    Reported = reported(life: &'a mut Life);
}

/// Ends the process before its time.
pub(super) fn ends<'a>(code: i32) -> Later<'a, ()> {
    Box::pin(async move { exit(code) })
}

/// Does nothing more.
pub(super) fn hangs<'a>() -> Later<'a, ()> {
    Box::pin(pending())
}

/// Does nothing special.
pub(super) fn goes_on<'a>() -> Later<'a, ()> {
    Box::pin(async {})
}

/// Waits until the clock jumps by a second: until a thaw.
pub(super) async fn thawed() {
    let mut jumped = false;
    while !jumped {
        let before = Instant::now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        jumped = before.elapsed() > Duration::from_secs(1);
    }
}

/// Whether a call is a poll.
pub(super) fn is_poll(call: &Call) -> bool {
    call.path.ends_with("/event/next")
}

/// Whether a call is a registration.
pub(super) fn is_registration(call: &Call) -> bool {
    call.path.ends_with("/register")
}

/// Whether a call is a report of a failure.
pub(super) fn is_report(call: &Call) -> bool {
    call.path.ends_with("/error")
}
