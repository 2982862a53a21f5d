//! An image that is served: its caller, and the log of its container.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{ChildStdout, Stdio};

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::PLAIN;
use super::engine::Engine;
use super::run::WAIT_MAX;

const EVENT: &str = r#"{"ricspec":1,"do":"echo","value":"John"}"#;

fn invoke(address: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    let length = EVENT.len();
    write!(
        stream,
        "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{EVENT}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The next line of the log with this type.
fn line(log: &mut BufReader<ChildStdout>, kind: &str) -> Result<Value, Failed> {
    loop {
        let mut text = String::new();
        if log.read_line(&mut text)? == 0 {
            return Err(format!("no {kind}").into());
        }
        let line: Value =
            serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if line["type"] == kind {
            return Ok(line["record"].clone());
        }
    }
}

pub fn to_a_caller(engine: &'static Engine) -> Result<(), Failed> {
    let script = format!("#!/bin/sh\n{}\n", PLAIN.start);
    let image = engine.build("served", PLAIN.lines, &script, 0o755, &[])?;
    let mut child = engine
        .command(env!("CARGO_BIN_EXE_ricspec"))
        .args(["serve", "--port", "0", "--log-format", "json"])
        .args(["--memory", "256", "--image", &image])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut log = BufReader::new(child.stdout.take().ok_or("no output")?);
    let place = line(&mut log, "ricspec.listening")?;
    let place = place["url"].as_str().unwrap_or_default();
    let address = place.split('/').nth(2).ok_or("no address")?;
    let answer = invoke(address);
    let report = line(&mut log, "platform.report");
    kill_process(Pid::from_child(&child), Signal::INT)?;
    let ended = child.wait()?;
    let answer = answer?;
    if !answer.ends_with("\r\n\r\n\"John\"") {
        return Err(answer.into());
    }
    let report = report?;
    let used = report["metrics"]["maxMemoryUsedMB"].as_u64();
    if report["metrics"]["memorySizeMB"] != 256
        || !used.is_some_and(|used| (1..256).contains(&used))
    {
        return Err(format!("the memory is not as it should be: {report}").into());
    }
    if ended.code() != Some(0) {
        return Err(format!("it ended with {ended}").into());
    }
    engine.must_be_clean(child.id())
}
