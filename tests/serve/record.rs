//! The record of what is served, in parts, and the extensions that are in it.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use serde_json::Value;

use super::{ECHO, Outcome, Served, WAIT_MAX};

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

fn judge(folder: &Path) -> std::io::Result<(Option<i32>, String)> {
    let Output { status, stdout, .. } = Command::new(RICSPEC).arg("judge").arg(folder).output()?;
    Ok((status.code(), String::from_utf8_lossy(&stdout).into_owned()))
}

#[test]
fn a_long_day_is_recorded_in_parts_that_get_the_same_verdict() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("day.json").display().to_string();
    let options = ["--transcript", &file, "--env", "A_SECRET=correct-horse"];
    let served = Served::start(&[&options[..], &["--reference"]].concat())?;
    for _ in 0..520 {
        served.invoke("", r#"{"ricspec":1,"do":"echo","value":"correct-horse"}"#)?;
    }
    served.end()?;
    let mut invocations = 0;
    for name in ["day-0001.json", "day-0002.json"] {
        let text = fs::read_to_string(folder.path().join(name))?;
        assert!(!text.contains("correct-horse"), "a secret in {name}");
        let part: Value = serde_json::from_str(&text)?;
        invocations += part["invocations"].as_array().map_or(0, Vec::len);
    }
    // A part begins with the last of the one before.
    assert!((520..600).contains(&invocations), "{invocations}");
    let (code, told) = judge(folder.path())?;
    assert_eq!(code, Some(0), "{told}");
    Ok(())
}

#[test]
fn a_breach_of_the_day_is_in_its_record() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("day.json").display().to_string();
    for _ in 0..2 {
        let mutant = ["reference", "--mutant", "response-two-framings"];
        let served =
            Served::start(&[&["--transcript", &file, "--", RICSPEC], &mutant[..]].concat())?;
        served.invoke("", ECHO)?;
        served.end()?;
    }
    // A new day does not overwrite the old one.
    assert_eq!(fs::read_dir(folder.path())?.count(), 2);
    let (code, told) = judge(folder.path())?;
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("RESP-06  MUST  two-framings"), "{told}");
    Ok(())
}

/// The reference extension under the name `watcher`, after these lines of a shell.
fn watcher(folder: &Path, lines: &str) -> std::io::Result<String> {
    let watcher = folder.join("watcher");
    let text = format!("#!/bin/bash\n{lines}\nexec -a \"$0\" {RICSPEC} reference --extension\n");
    fs::write(&watcher, text)?;
    fs::set_permissions(&watcher, fs::Permissions::from_mode(0o755))?;
    Ok(watcher.display().to_string())
}

/// The events in the batches that are on record, each once: a part begins with the last of the one before.
fn batched(folder: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut events: Vec<Value> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let part: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        let calls = part["exchanges"].as_array().ok_or("no exchanges")?;
        let batches = calls.iter().filter(|call| call["direction"] == "outbound");
        for batch in batches.filter_map(|call| call["body"]["text"].as_str()) {
            for event in serde_json::from_str::<Vec<Value>>(batch)? {
                if !events.contains(&event) {
                    events.push(event);
                }
            }
        }
    }
    Ok(events)
}

#[test]
fn an_extension_that_subscribes_gets_the_telemetry_of_the_day() -> Outcome {
    let folder = tempfile::tempdir()?;
    let watcher = watcher(folder.path(), "export RICSPEC_SUBSCRIBE=telemetry")?;
    let day = folder.path().join("day.json").display().to_string();
    let options = ["--extension", &watcher, "--transcript", &day, "--strict"];
    let served = Served::start(&[&options[..], &["--reference"]].concat())?;
    served.invoke(
        "",
        r#"{"ricspec":1,"do":"log","stdout":"a line of the function\n"}"#,
    )?;
    served.invoke("", r#"{"ricspec":1,"do":"fail"}"#)?;
    served.invoke("", ECHO)?;
    let count = |events: &[Value], kind: &str| {
        let of_kind = events.iter().filter(|event| event["type"] == kind);
        of_kind.count()
    };
    // A batch takes its time on a busy machine, and the end of an environment does not wait for long. Two large answers
    // complete a part of the record.
    let until = Instant::now() + WAIT_MAX;
    let mut events = Vec::new();
    while count(&events, "platform.report") < 3 {
        assert!(Instant::now() < until, "{events:?}");
        served.invoke("", r#"{"ricspec":1,"do":"large","bytes":5000000}"#)?;
        events = batched(folder.path())?;
    }
    let (code, log) = served.end()?;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(count(&events, "platform.initStart"), 1, "{events:?}");
    assert!(count(&events, "platform.start") >= 3, "{events:?}");
    let is_line =
        |event: &&Value| event["type"] == "function" && event["record"] == "a line of the function";
    assert_eq!(events.iter().filter(is_line).count(), 1, "{events:?}");
    let failed =
        |event: &&Value| event["type"] == "platform.report" && event["record"]["status"] == "error";
    assert_eq!(events.iter().filter(failed).count(), 1, "{events:?}");
    let report = events
        .iter()
        .find(|event| event["type"] == "platform.report");
    let used = report.map(|report| &report["record"]["metrics"]["maxMemoryUsedMB"]);
    assert!(used.is_some_and(Value::is_number), "{events:?}");
    Ok(())
}

/// A search path by which processes enter the files of their environment late, as on a busy machine.
fn slow_to_enter(folder: &Path) -> Result<String, Box<dyn Error>> {
    let tool = folder.join("nsenter");
    fs::write(
        &tool,
        "#!/bin/sh\nsleep 0.2\nPATH=${PATH#*:}\nexec nsenter \"$@\"\n",
    )?;
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755))?;
    Ok(format!("{}:{}", folder.display(), std::env::var("PATH")?))
}

#[test]
fn an_extension_is_told_of_invocations_and_of_the_end() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = slow_to_enter(folder.path())?;
    let watcher = watcher(folder.path(), "")?;
    let day = folder.path().join("day.json").display().to_string();
    let options = ["--extension", &watcher, "--transcript", &day, "--strict"];
    let served = Served::start_with(&path, &[&options[..], &["--reference"]].concat())?;
    for _ in 0..3 {
        assert!(served.invoke("", ECHO)?.ends_with("\"John\""));
    }
    let (code, log) = served.end()?;
    assert_eq!(code, Some(0), "{log}");
    let part = fs::read_to_string(folder.path().join("day-0001.json"))?;
    let part: Value = serde_json::from_str(&part)?;
    assert_eq!(part["actors"][1]["name"], "watcher");
    let calls = part["exchanges"].as_array().ok_or("no exchanges")?;
    let told = |word: &str| {
        let of_extension = calls.iter().filter(|call| call["actor"] == 1);
        let wires = of_extension.filter_map(|call| call["reply"]["wire"]["text"].as_str());
        wires.filter(|wire| wire.contains(word)).count()
    };
    assert_eq!(told(r#""eventType":"INVOKE""#), 3, "{log} {calls:?}");
    assert_eq!(told(r#""shutdownReason":"spindown""#), 1, "{calls:?}");
    Ok(())
}
