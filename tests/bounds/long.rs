//! A case of many invocations, and one with a long answer.

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

/// How much memory ricspec may take, in KiB, while a stream of 200 MB goes through it.
const STREAM_KIB_MAX: u64 = 64 * 1024;

pub fn a_stream_of_200_mb_takes_no_memory() -> Result<(), Failed> {
    let options = ["--profile", "slow", "--filter", "streaming/*"];
    match peak_of(ricspec().args(options))? {
        ..STREAM_KIB_MAX => Ok(()),
        much => Err(format!("ricspec took {much} KiB; {STREAM_KIB_MAX} is the limit").into()),
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
    let many = ["--filter", "next/many", "--cases"];
    peak_of(ricspec().args(many).arg(folder.path()))
}

/// A run of the reference runtime.
fn ricspec() -> Command {
    let mut ricspec = Command::new(env!("CARGO_BIN_EXE_ricspec"));
    ricspec
        .args(["run", "--reference", "--quiet"])
        .env_remove("GITHUB_ACTIONS")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    ricspec
}

/// The most memory of a run, which passes.
fn peak_of(ricspec: &mut Command) -> Result<u64, Failed> {
    let mut ricspec = ricspec.spawn()?;
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
        false => Err(status.to_string().into()),
    }
}
