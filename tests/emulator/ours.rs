//! A script against ricspec's service: a case that serves an event for every poll.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ricspec::case::Case;
use ricspec::play::{Stage, play};
use ricspec::transcript::EndReason;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::client;
use crate::script::{Direct, RUNTIME, Script, Seen};

/// The handler of the function.
pub const HANDLER: &str = "function.handler";

/// Longer than a script takes on a busy machine, in milliseconds.
const PATIENCE_MS: u64 = 60_000;

/// How long an environment waits for its restore: longer than the calls take that a script makes meanwhile, in milliseconds.
pub const RESTORED_AFTER_MS: u64 = 3000;

/// How long the last event of a script goes unanswered, in milliseconds: as long as with the emulators.
pub const TIME_OUT_MS: u64 = 1000;

/// Writes the files of the extensions of a script into a folder, as they lie in `/opt/extensions`; gives their paths.
pub fn lay_out(script: &Script, opt: &Path, log: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = opt.join("extensions");
    fs::create_dir_all(&folder)?;
    let mut files = Vec::new();
    for extension in &script.extensions {
        let words = client::command(script, &extension.name, log)?;
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let file = folder.join(&extension.name);
        fs::write(&file, format!("#!/bin/sh\nexec {}\n", quoted.join(" ")))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        files.push(file);
    }
    Ok(files)
}

/// What the fake processes have seen with ricspec's service.
pub fn watch(script: &Script, folder: &Path, log: &Path) -> Result<Vec<Seen>, String> {
    let said = |error: io::Error| error.to_string();
    let command = client::command(script, RUNTIME, log).map_err(said)?;
    let files = lay_out(script, &folder.join("ours"), log).map_err(said)?;
    let beside = files.iter().map(|file| file.display().to_string());
    let events = (1..=script.polls())
        .map(|number| json!({ "serve": { "event": { "text": number.to_string() }, "streams": script.direct == Some(Direct::Streams) } }));
    let end = match script.times_out {
        false => vec![json!({ "expect": { "call": "exit", "cites": "" } })],
        true => vec![
            json!({ "quiet": { "ms": TIME_OUT_MS, "cites": "" } }),
            json!({ "shutdown": { "reason": "timeout" } }),
        ],
    };
    let restore = [
        json!({ "expect": { "call": "restore_next", "cites": "" } }),
        // An event after it restores the environment. A freeze would stop the other calls of the script.
        json!({ "quiet": { "ms": RESTORED_AFTER_MS, "cites": "" } }),
    ];
    let (mode, restore) = match script.restores {
        true => ("snap_start", &restore[..]),
        false => ("on_demand", &[][..]),
    };
    let steps: Vec<_> = restore.iter().cloned().chain(events).chain(end).collect();
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
        beside: beside.collect(),
        own_network: None,
        // No case has one of these.
        extension: vec!["/bin/true".to_owned()],
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
        EndReason::Complete | EndReason::Exited => client::read(script, log),
        reason => Err(format!(
            "the play ended otherwise than by the end of the fake runtime: {reason:?}"
        )),
    }
}
