//! Mutants: faults of the wait for an event.

use std::process::exit;
use std::time::Duration;

use super::super::mutant::Mutant;
use super::change::{Polls, Registered, Worked, ends, goes_on, hangs, is_poll, thawed};
use crate::reference::client::{Call, Client};
use crate::reference::extending::Polled;
use crate::reference::hooks::Later;

/// How long an impatient one waits for an event.
const PATIENCE: Duration = Duration::from_millis(700);

extension_mutants! {
    "extension-never-polls": "Registers, and does nothing more.",
        breaks ["EXT-05"] => Registered(|_| hangs());
    "extension-ends-after-registration": "Registers, and exits with 0 because it has nothing to do.",
        breaks ["EXT-10"] => Registered(|_| ends(0));
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
            if is_poll(call) {
                let mut other = Client::new(&client.api, &crate::reference::RIGHT);
                let again = call.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    drop(other.send(&again).await);
                });
            }
            client.send(call).await
        }));
    "extension-poll-times-out": "Gives up a poll after a while, and polls again.",
        breaks ["EXT-08"] => Polls(|client, call| Box::pin(async {
            match tokio::time::timeout(PATIENCE, client.send(call)).await {
                Ok(reply) => reply,
                Err(_) => {
                    drop(client.send(call).await);
                    std::future::pending().await
                }
            }
        }));
    "extension-poll-times-out-and-ends": "Exits when no event comes for a while.",
        breaks ["EXT-08"] => Polls(|client, call| Box::pin(async {
            match tokio::time::timeout(PATIENCE, client.send(call)).await {
                Ok(reply) => reply,
                Err(_) => exit(1),
            }
        }));
    "extension-dies-of-thaw": "Exits when the clock jumps while it waits.",
        breaks ["EXT-09"] => Polls(dies_of_thaw);
    "extension-deaf-after-thaw": "Loses its poll when the clock jumps while it waits.",
        breaks ["EXT-09"] => Polls(|client, call| Box::pin(async {
            tokio::select! {
                biased;
                () = thawed() => std::future::pending().await,
                reply = client.send(call) => reply,
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
