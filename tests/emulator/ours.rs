//! A script against ricspec's service: a case that serves an event for every poll.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ricspec::case::Case;
use ricspec::play::{Stage, play};
use ricspec::transcript::EndReason;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::client;
use crate::script::{Script, Seen};

/// The handler of the function.
pub const HANDLER: &str = "function.handler";

/// Longer than a script takes on a busy machine, in milliseconds.
const PATIENCE_MS: u64 = 60_000;

/// How long an environment waits for its restore: longer than the calls take that a script makes meanwhile, in milliseconds.
pub const RESTORED_AFTER_MS: u64 = 3000;

/// The log of the fake runtime, started by this command, with ricspec's service.
pub fn watch(
    script: &Script,
    command: Vec<String>,
    folder: &Path,
    log: &Path,
) -> Result<Vec<Seen>, String> {
    let events = (1..=script.polls())
        .map(|number| json!({ "serve": { "event": { "text": number.to_string() } } }));
    let exit = json!({ "expect": { "call": "exit", "cites": "" } });
    let restore = [
        json!({ "expect": { "call": "restore_next", "cites": "" } }),
        // An event after it restores the environment. A freeze would stop the other calls of the script.
        json!({ "quiet": { "ms": RESTORED_AFTER_MS, "cites": "" } }),
    ];
    let (mode, restore) = match script.restores {
        true => ("snap_start", &restore[..]),
        false => ("on_demand", &[][..]),
    };
    let steps = restore.iter().cloned().chain(events).chain([exit]);
    let steps: Vec<_> = steps.collect();
    let case = json!({
        "$schema": "", "id": script.name, "title": "", "why": "", "requirements": [], "steps": steps, "mode": mode,
        "deadline_ms": PATIENCE_MS,
        // The emulators take each subscription and forget it.
        "telemetry": false,
    });
    let case: Case = serde_json::from_str(&case.to_string()).map_err(|error| error.to_string())?;
    let stage = Stage {
        command,
        target: None,
        beside: Vec::new(),
        own_network: None,
        extension: Vec::new(),
        handler: HANDLER.to_owned(),
        task_root: folder.to_owned(),
        env: BTreeMap::new(),
        startup: Duration::from_millis(PATIENCE_MS),
        time_scale: 1.0,
        seed: 1,
        boots: Arc::new(Semaphore::new(1)),
        port: None,
        site: ricspec::runtime::Site::Machine,
        memory_mb: 512,
        mask: Arc::default(),
        hurry: CancellationToken::new(),
    };
    let event_loop = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let transcript = event_loop
        .block_on(play(&case, &stage, &CancellationToken::new()))
        .map_err(|error| error.to_string())?;
    match transcript.end.reason {
        EndReason::Complete | EndReason::Exited => client::read(log),
        reason => Err(format!(
            "the play ended otherwise than by the end of the fake runtime: {reason:?}"
        )),
    }
}
