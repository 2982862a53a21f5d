//! Mutants: faults when the service refuses a call, or the connection breaks.

use std::time::Duration;

use super::super::mutant::Mutant;
use super::change::{Fails, Reported, Sends, ends, goes_on, hangs, is_report};
use crate::protocol::header::EXTENSION_ERROR_TYPE;
use crate::reference::client::{Call, CallError};
use crate::reference::extending::{Extending, Failed, Life};
use crate::reference::hooks::Later;

extension_mutants! {
    "extension-report-without-type": "Reports a failure without its type in the header.",
        breaks ["EXT-17"] => Sends(|call, _| if is_report(call) { call.remove(EXTENSION_ERROR_TYPE) });
    "extension-report-in-words": "Reports a failure as plain text.",
        breaks ["EXT-18"] => Sends(|call, _| report(call, "the service answered with an error"));
    "extension-report-without-message": "Reports a failure as JSON without a message.",
        breaks ["EXT-18"] => Sends(|call, _| report(call, r#"{"error":"NextFailed"}"#));
    "extension-stays-after-report": "Does not end after its report of a failure.",
        breaks ["EXT-19"] => Reported(|_| hangs());
    "extension-polls-after-report": "Polls once more after its report of a failure.",
        breaks ["EXT-19"] => Reported(|life| Box::pin(async {
            let call = life.poll();
            drop(life.client.send(&call).await);
        }));
    "extension-code-zero-after-report": "Exits with 0 after its report of a failure.",
        breaks ["EXT-19"] => Reported(|_| ends(0));
    "extension-stays-unregistered": "Does not end when its registration is refused.",
        breaks ["EXT-20"] => Fails(|life, _| match life.identifier.is_empty() {
            true => hangs(),
            false => goes_on(),
        });
    "extension-code-zero-unregistered": "Exits with 0 when its registration is refused.",
        breaks ["EXT-20"] => Fails(|life, _| match life.identifier.is_empty() {
            true => ends(0),
            false => goes_on(),
        });
    "extension-registers-without-pause": "Registers again without a pause while it is refused.",
        breaks ["EXT-23"] => Tireless(|life| life.identifier.is_empty().then(|| life.registration()));
    "extension-stays-after-refusal": "Neither polls nor ends when a poll is refused.",
        breaks ["EXT-21"] => Fails(|life, why| match (why, life.identifier.is_empty()) {
            (Failed::Refused(_), false) => hangs(),
            (Failed::Refused(_) | Failed::Lost(_) | Failed::Unreadable, _) => goes_on(),
        });
    "extension-code-zero-after-refusal": "Exits with 0, and without a report, when a poll is refused.",
        breaks ["EXT-21"] => Fails(|life, why| match (why, life.identifier.is_empty()) {
            (Failed::Refused(_), false) => ends(0),
            (Failed::Refused(_) | Failed::Lost(_) | Failed::Unreadable, _) => goes_on(),
        });
    "extension-polls-without-pause": "Polls again without a pause while it is refused.",
        breaks ["EXT-21", "EXT-23"] => Tireless(|life| (!life.identifier.is_empty()).then(|| life.poll()));
    "extension-stays-after-cut": "Neither polls nor ends when the connection of its poll breaks.",
        breaks ["EXT-22"] => Cut(hangs);
    "extension-code-zero-after-cut": "Exits with 0 when the connection of its poll breaks.",
        breaks ["EXT-22"] => Cut(|| ends(0));
}

fn report(call: &mut Call, body: &'static str) {
    if is_report(call) {
        call.body = Some(body.into());
    }
}

/// What follows when the connection of a poll has ended; it is not repeated.
struct Cut(fn() -> Later<'static, ()>);

impl Extending for Cut {
    fn again(&self, _: usize) -> Option<Duration> {
        None
    }

    fn failed<'a>(&'a self, life: &'a mut Life, why: &'a Failed) -> Later<'a, ()> {
        match (why, life.identifier.is_empty()) {
            (Failed::Lost(CallError::Closed), false) => (self.0)(),
            (Failed::Lost(_) | Failed::Refused(_) | Failed::Unreadable, _) => goes_on(),
        }
    }
}

/// Repeats this call for as long as it is refused.
struct Tireless(fn(&Life) -> Option<Call>);

impl Extending for Tireless {
    fn failed<'a>(&'a self, life: &'a mut Life, why: &'a Failed) -> Later<'a, ()> {
        let call = match why {
            Failed::Refused(_) => (self.0)(life),
            Failed::Lost(_) | Failed::Unreadable => None,
        };
        Box::pin(async move {
            while let Some(call) = &call {
                drop(life.client.send(call).await);
            }
        })
    }
}
