//! Mutants: faults that show beside extensions: in a poll that is held for long, at SIGTERM, and at the registration.

use std::future::pending;
use std::time::Duration;

use super::change::{AtTerm, Late, PollTimesOut, Start, own_client};
use super::mutant::{Mutant, When};
use super::other_apis::INVOKE;
use super::past;
use crate::reference::client::Client;
use crate::reference::extension;
use crate::reference::hooks::{Hooks, Later};
use crate::reference::invocation::Invocation;
use crate::reference::log::Log;
use crate::reference::settings::Settings;

/// How long a mutant waits for an event.
const WAIT: Duration = Duration::from_secs(2);

/// How long one takes to end.
const LINGERS: Duration = Duration::from_secs(4);

/// A registration for what an internal extension cannot get.
const SHUTDOWN: &str = r#"{"events":["SHUTDOWN"]}"#;

mutants! {
    "beside-gives-up-first-poll": "Gives up its first poll after two seconds and polls again.",
        breaks ["NEXT-03"] => PollTimesOut(|_| past::with(|past| (past.turn == 0).then_some(WAIT)), Late::PollsOnce);
    "beside-gives-up-later-polls": "Gives up a poll after two seconds and polls again, once it has had an event.",
        breaks ["NEXT-03"] when(When::From(1)) => PollTimesOut(|_| Some(WAIT), Late::PollsOnce);
    "beside-deaf-to-early-term": "Ignores SIGTERM before its first event.",
        breaks ["LIFE-04"] => AtTerm(|_| Box::pin(async {
            if past::with(|past| past.turn == 0) {
                pending().await
            }
        }));
    "beside-slow-term-after-failure": "Takes four seconds to end at SIGTERM once the function has failed.",
        breaks ["LIFE-04"] when(When::AfterFailures(1)) => AtTerm(|_| Box::pin(tokio::time::sleep(LINGERS)));
    "beside-slow-term-at-work": "Takes four seconds to end at a SIGTERM that comes during an event.",
        breaks ["LIFE-05"] => AtTerm(|_| Box::pin(async {
            if past::with(|past| past.busy) {
                tokio::time::sleep(LINGERS).await;
            }
        }));
    "extension-asks-for-shutdown": "Registers as an internal extension for SHUTDOWN.",
        breaks ["EXTI-02"] should() => Start(|_, _, settings| Box::pin(async {
            drop(extension::register_as(&mut own_client(settings), "ends", SHUTDOWN).await);
        }));
    "extension-wants-events-anywhere": "Registers as an internal extension for invocations, also on Managed Instances.",
        breaks ["EXTI-02"] should() => Start(|_, _, settings| Box::pin(async {
            let mut apart = own_client(settings);
            if let Some(identifier) = extension::register_as(&mut apart, "eager", INVOKE).await {
                extension::wait(apart, &identifier);
            }
        }));
    "extension-registers-late": "Registers as an internal extension when its first event has come.",
        breaks ["EXTI-06"] should() => RegistersLate;
}

struct RegistersLate;

impl Hooks for RegistersLate {
    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        _: Log,
        settings: &'a Settings,
        _: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async {
            if past::with(|past| past.turn <= 1) {
                drop(extension::register(&mut own_client(settings)).await);
            }
        })
    }
}
