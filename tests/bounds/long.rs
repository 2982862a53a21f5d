//! A case of many invocations.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::json;

use super::attack::memory_of;

/// How many invocations are compared.
const FEW: u64 = 100;
const MANY: u64 = 6_000;

/// How much memory one of them may take, in bytes: fifty thousand are to fit into 96 MiB with all the rest.
const BYTES_MAX: u64 = 2_000;

pub fn an_invocation_takes_little() -> Result<(), Failed> {
    let more = peak_kib(MANY)?.saturating_sub(peak_kib(FEW)?);
    match more * 1024 / (MANY - FEW) {
        ..=BYTES_MAX => Ok(()),
        much => Err(format!("an invocation takes {much} bytes").into()),
    }
}

/// The most memory of a run with so many invocations.
fn peak_kib(times: u64) -> Result<u64, Failed> {
    let serve = json!({"serve": {"event": {"json": {"ricspec": 1, "do": "count"}}}});
    let expect = json!({"expect": {"call": "response", "cites": "RESP-01"}});
    let case = json!({
        "$schema": "", "id": "next/many", "title": "Many events", "why": "It is measured.",
        "requirements": ["RESP-01"], "needs": ["count"], "deadline_ms": 600_000,
        "steps": [{"repeat": {"times": times, "steps": [serve, expect]}}],
    });
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("next"))?;
    fs::write(folder.path().join("next/many.json"), case.to_string())?;
    let mut ricspec = Command::new(env!("CARGO_BIN_EXE_ricspec"))
        .args([
            "run",
            "--reference",
            "--quiet",
            "--filter",
            "next/many",
            "--cases",
        ])
        .arg(folder.path())
        .env_remove("GITHUB_ACTIONS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let place = format!("/proc/{}", ricspec.id());
    let mut most = 0;
    let status = loop {
        most = memory_of(&place).unwrap_or(0).max(most);
        if let Some(status) = ricspec.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    match status.success() {
        true => Ok(most),
        false => Err(format!("{times} invocations: {status}").into()),
    }
}
