//! Mutants: faults at the end of the environment.

use std::time::Duration;

use super::super::mutant::Mutant;
use super::change::{ShutDown, ends, goes_on, hangs};

/// Longer than a shutdown takes.
const LONG: Duration = Duration::from_secs(30);

extension_mutants! {
    "extension-stays": "Does not end on SHUTDOWN.",
        breaks ["EXT-11", "EXT-27"] => ShutDown(|_, _| hangs());
    "extension-slow-end": "Cleans up for longer than a shutdown takes.",
        breaks ["EXT-11", "EXT-27"] => ShutDown(|_, _| Box::pin(tokio::time::sleep(LONG)));
    "extension-stays-without-event": "Does not end on a SHUTDOWN that is its first event.",
        breaks ["EXT-11"] => ShutDown(|life, _| if life.events == 1 { hangs() } else { goes_on() });
    "extension-stays-after-failure": "Does not end on a SHUTDOWN whose reason is a failure.",
        breaks ["EXT-11"] => ShutDown(|_, event| {
            let reason = event["shutdownReason"].as_str().unwrap_or_default();
            match reason.eq_ignore_ascii_case("failure") {
                true => hangs(),
                false => goes_on(),
            }
        });
    "extension-polls-after-shutdown": "Polls again after SHUTDOWN, and is killed.",
        breaks ["EXT-11", "EXT-12", "EXT-27"] => ShutDown(|life, _| Box::pin(async {
            let call = life.poll();
            drop(life.client.send(&call).await);
        }));
    "extension-last-poll": "Sends one more poll after SHUTDOWN, and exits without its reply.",
        breaks ["EXT-12"] => ShutDown(|life, _| Box::pin(async {
            let call = life.poll();
            drop(tokio::time::timeout(Duration::from_millis(200), life.client.send(&call)).await);
        }));
    "extension-registers-after-shutdown": "Registers again after SHUTDOWN.",
        breaks ["EXT-12"] => ShutDown(|life, _| Box::pin(async {
            let call = life.registration();
            drop(life.client.send(&call).await);
        }));
    "extension-init-error-after-shutdown": "Reports a failed start after SHUTDOWN.",
        breaks ["EXT-12"] => ShutDown(|life, _| Box::pin(async {
            let call = life.report("/init/error", "Extension.Late", "too late");
            drop(life.client.send(&call).await);
        }));
    "extension-crashes-on-shutdown": "Fails on SHUTDOWN after it has got some events, and stays without ending.",
        breaks ["EXT-11"] => ShutDown(|life, _| match life.events {
            3.. => hangs(),
            0..3 => ends(0),
        });
}
