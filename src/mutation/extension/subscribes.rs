//! Mutants: faults of the subscription to telemetry.

use std::sync::atomic::{AtomicBool, Ordering};

use hyper::Method;

use super::super::mutant::Mutant;
use super::change::{Polls, Sends, Worked, ends, goes_on, hangs, is_poll};
use crate::protocol::Companion;
use crate::reference::client::Call;
use crate::reference::extending::Extending;
use crate::reference::hooks::Later;
use crate::reference::telemetry::subscribe_as_told;

/// A subscription to the logs, by which nothing arrives.
const TO_LOGS: &str = r#"{"schemaVersion":"2021-03-18","types":["function"],"destination":{"protocol":"TCP","port":9}}"#;

extension_mutants! {
    "telemetry-late-subscription": "Subscribes once more after its first event.",
        breaks ["TEL-01"] => Worked(|life, _| match life.events {
            1 => Box::pin(async { drop(subscribe_as_told(life, &Companion::Usual).await) }),
            _ => goes_on(),
        });
    "telemetry-other-schema": "Names a version of the schema that does not exist.",
        breaks ["TEL-02"] => Sends(|call, _| writes(call, "2022-12-13", "2021-03-18"));
    "telemetry-few-items": "Wants smaller batches than the service makes.",
        breaks ["TEL-02"] => Sends(|call, _| writes(call, "\"maxItems\":1000", "\"maxItems\":10"));
    "telemetry-unknown-stream": "Asks for a stream that does not exist.",
        breaks ["TEL-02"] => Sends(|call, _| writes(call, "\"platform\"", "\"runtime\""));
    "telemetry-loopback": "Names the address of loopback as its destination.",
        breaks ["TEL-03"] => Sends(|call, _| writes(call, "sandbox.localdomain", "127.0.0.1"));
    "telemetry-ends-when-refused": "Exits when its subscription is not accepted.",
        breaks ["TEL-13"] => Unaccepted(|| ends(1));
    "telemetry-waits-when-refused": "Waits for telemetry although its subscription is not accepted.",
        breaks ["TEL-13"] => Unaccepted(hangs);
    "telemetry-by-both": "Subscribes by both APIs.",
        breaks ["TEL-14"] => Polls(|client, call| Box::pin(async {
            static ONCE: AtomicBool = AtomicBool::new(false);
            if is_poll(call) && !ONCE.swap(true, Ordering::Relaxed) {
                let mut other = call.clone();
                (other.method, other.path) = (Method::PUT, "/2020-08-15/logs".to_owned());
                other.body = Some(TO_LOGS.into());
                drop(client.send(&other).await);
            }
            client.send(call).await
        }));
}

/// Changes a text in the subscription.
fn writes(call: &mut Call, old: &str, new: &str) {
    let body = call.body.as_deref().filter(|_| call.method == Method::PUT);
    let body = body.map(|body| String::from_utf8_lossy(body).replace(old, new));
    if let Some(body) = body {
        call.body = Some(body.into());
    }
}

/// What follows when its subscription is not accepted.
struct Unaccepted(fn() -> Later<'static, ()>);

impl Extending for Unaccepted {
    fn refused(&self) -> Later<'_, ()> {
        (self.0)()
    }
}
