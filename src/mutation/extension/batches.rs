//! Mutants: faults in taking batches of telemetry.

use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::mutant::Mutant;
use super::change::Answers;
use crate::reference::hooks::Later;
use crate::reference::log::say;

/// Longer than an answer may take.
const LONG: Duration = Duration::from_millis(3500);

/// More than a small buffer holds.
const LARGE: usize = 512 * 1024;

extension_mutants! {
    "telemetry-not-taken": "Answers 500 to the batches of the start.",
        breaks ["TEL-05"] => Answers(|batch| {
            let is_of_start = ["platform.initStart", "the first line of all"].map(|text| batch.contains(text));
            at_once(500, is_of_start.contains(&true))
        });
    "telemetry-late-answer": "Answers after three and a half seconds.",
        breaks ["TEL-06"] => Answers(|_| Box::pin(async {
            tokio::time::sleep(LONG).await;
            200
        }));
    "telemetry-known-types-only": "Answers 400 to a batch with an event of a type that it does not know.",
        breaks ["TEL-07"] => Answers(|batch| at_once(400, batch.contains("platform.ofTomorrow")));
    "telemetry-known-members-only": "Answers 400 to a batch with a member that it does not know.",
        breaks ["TEL-07"] => Answers(|batch| at_once(400, batch.contains("memberOfTomorrow")));
    "telemetry-once-only": "Answers 409 to a batch that it has had before.",
        breaks ["TEL-08"] => Answers(|batch| at_once(409, was_seen(batch)));
    "telemetry-needs-an-event": "Answers 400 to an empty batch.",
        breaks ["TEL-09"] => Answers(|batch| at_once(400, batch == "[]"));
    "telemetry-small-buffer": "Answers 413 to a large batch.",
        breaks ["TEL-09"] => Answers(|batch| at_once(413, batch.len() > LARGE));
    "telemetry-nothing-dropped": "Answers 500 when events were dropped.",
        breaks ["TEL-10"] => Answers(|batch| at_once(500, batch.contains("platform.logsDropped")));
    "telemetry-prints": "Prints what it gets, although it gets what it prints.",
        breaks ["TEL-11"] => Answers(|batch| Box::pin(async move {
            say(&format!("got {} bytes", batch.len()));
            200
        }));
}

/// This status if there is trouble, else 200.
fn at_once<'a>(status: u16, trouble: bool) -> Later<'a, u16> {
    Box::pin(ready(if trouble { status } else { 200 }))
}

/// Whether the batch has come before.
fn was_seen(batch: &str) -> bool {
    static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = seen.iter().any(|known| known == batch);
    seen.push(batch.to_owned());
    known
}
