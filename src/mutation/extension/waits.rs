//! Mutants: faults of the wait for an event.

use std::future::pending;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::super::mutant::Mutant;
use super::change::{Polls, Registered, Worked, ends, goes_on, hangs, is_poll, thawed};
use crate::reference::RIGHT;
use crate::reference::client::{Call, Client};
use crate::reference::extending::Polled;
use crate::reference::hooks::Later;

/// What one breaks that never polls: after each registration a poll is due, also after a registration whose reply is unusual.
const NEVER_POLLS: [&str; 6] = ["EXT-05", "EXT-13", "EXT-14", "EXT-20", "EXT-24", "EXT-25"];

/// The same of one that ends there.
const ENDS_THERE: [&str; 6] = ["EXT-10", "EXT-13", "EXT-14", "EXT-20", "EXT-24", "EXT-25"];

/// How long an impatient one waits for an event.
const PATIENCE: Duration = Duration::from_secs(4);

extension_mutants! {
    "extension-never-polls": "Registers, and does nothing more.",
        breaks NEVER_POLLS => Registered(|_| hangs());
    "extension-ends-after-registration": "Registers, and exits with 0 because it has nothing to do.",
        breaks ENDS_THERE => Registered(|_| ends(0));
    "extension-deaf-after-first": "Does not poll again after its first event.",
        breaks ["EXT-06"] => Worked(|life, _| if life.events == 1 { hangs() } else { goes_on() });
    "extension-deaf-after-fifth": "Does not poll again after its fifth event.",
        breaks ["EXT-06"] => Worked(|life, _| if life.events == 5 { hangs() } else { goes_on() });
    "extension-ends-after-first": "Exits with 0 after its first event.",
        breaks ["EXT-10"] => Worked(|life, _| if life.events == 1 { ends(0) } else { goes_on() });
    "extension-crashes-later": "Fails on its fourth event.",
        breaks ["EXT-10"] => Worked(|life, _| if life.events == 4 { ends(101) } else { goes_on() });
    "extension-polls-twice": "Has two polls open at a time.",
        breaks ["EXT-08"] => Polls(|client, call| Box::pin(async {
            static TWICE: AtomicBool = AtomicBool::new(false);
            if is_poll(call) && !TWICE.swap(true, Ordering::Relaxed) {
                let mut other = Client::new(&client.api, &RIGHT);
                let again = call.clone();
                tokio::spawn(async move {
                    // The first one must be the one that is held.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    other.send(&again).await
                });
            }
            client.send(call).await
        }));
    "extension-poll-times-out": "Gives up a poll after a while, and polls again.",
        breaks ["EXT-08"] => Polls(|client, call| Box::pin(async {
            let limit = if is_poll(call) { PATIENCE } else { Duration::MAX };
            match tokio::time::timeout(limit, client.send(call)).await {
                Ok(reply) => reply,
                Err(_) => {
                    drop(client.send(call).await);
                    pending().await
                }
            }
        }));
    "extension-poll-times-out-and-ends": "Exits when no event comes for a while.",
        breaks ["EXT-08"] => Polls(|client, call| Box::pin(async {
            let limit = if is_poll(call) { PATIENCE } else { Duration::MAX };
            match tokio::time::timeout(limit, client.send(call)).await {
                Ok(reply) => reply,
                Err(_) => exit(1),
            }
        }));
    "extension-dies-of-thaw": "Exits when the clock jumps while it waits.",
        breaks ["EXT-09"] => Polls(dies_of_thaw);
    "extension-deaf-after-thaw": "Loses its poll when the clock jumps while it waits.",
        breaks ["EXT-09"] => Polls(|client, call| Box::pin(async {
            let mut reply = std::pin::pin!(client.send(call));
            tokio::select! {
                biased;
                () = thawed() => {
                    drop(reply.await);
                    pending().await
                }
                reply = &mut reply => reply,
            }
        }));
}

fn dies_of_thaw<'a>(client: &'a mut Client, call: &'a Call) -> Later<'a, Polled> {
    Box::pin(async {
        tokio::select! {
            biased;
            () = thawed() => exit(1),
            reply = client.send(call) => reply,
        }
    })
}
