//! How time and memory grow with the number of targets and of cases: with five times as many of either, both may grow five
//! times and no more, and nothing is quadratic.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::peak_kib;

const TARGETS: [usize; 3] = [1, 20, 200];
const CASES: [usize; 3] = [100, 1000, 5000];

/// Prints both.
pub fn print() -> Result<(), Box<dyn Error>> {
    for targets in TARGETS {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("ricspec.toml"), file_of(targets))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_ricspec"));
        command
            .args([
                "matrix",
                "--filter",
                "response/null",
                "--report",
                "json=m.json",
                "--report",
                "html=m.html",
            ])
            .current_dir(folder.path());
        tell(
            "targets",
            targets,
            &measured(&mut command)?,
            folder.path(),
            "m.json",
        )?;
    }
    for cases in CASES {
        let folder = tempfile::tempdir()?;
        write_cases(folder.path(), cases)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_ricspec"));
        command
            .args([
                "run",
                "--reference",
                "--quiet",
                "--cases",
                "cases",
                "--filter",
                "many",
                "--filter",
                "response/null",
            ])
            .args(["--report", "json=r.json", "--report", "html=r.html"])
            .current_dir(folder.path());
        tell(
            "cases read, planned and reported",
            cases,
            &measured(&mut command)?,
            folder.path(),
            "r.json",
        )?;
    }
    Ok(())
}

fn tell(
    what: &str,
    number: usize,
    cost: &(Duration, u64),
    folder: &Path,
    report: &str,
) -> Result<(), Box<dyn Error>> {
    let kib = fs::metadata(folder.join(report))?.len() / 1024;
    println!(
        "{number} {what}: {} ms, {} KiB of resident memory, a JSON report of {kib} KiB",
        cost.0.as_millis(),
        cost.1
    );
    Ok(())
}

fn measured(command: &mut Command) -> Result<(Duration, u64), Box<dyn Error>> {
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut resident_kib = 0;
    loop {
        resident_kib = resident_kib.max(peak_kib(child.id()).unwrap_or(0));
        match child.try_wait()? {
            Some(status) if status.success() => return Ok((began.elapsed(), resident_kib)),
            Some(status) => return Err(format!("{command:?}: {status}").into()),
            // Nothing waits for this: it is the interval between two measures of memory.
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// A configuration with so many targets: the reference runtime, each time.
fn file_of(targets: usize) -> String {
    let target = |number| {
        format!(
            "[[target]]\nname = \"target {number}\"\nlanguage = \"any\"\ntask_root = \".\"\n\
             command = [\"{{ricspec}}\", \"reference\"]\n\n"
        )
    };
    (0..targets).map(target).collect()
}

/// So many cases that the fixture cannot play: what they cost is reading, planning and reporting.
fn write_cases(folder: &Path, cases: usize) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder.join("cases/many"))?;
    for number in 0..cases {
        let case = json!({
            "$schema": "", "id": format!("many/c{number}"), "title": "One of many", "why": "It is measured.",
            "requirements": ["RESP-03"], "needs": ["no-such-verb"],
            "steps": [
                {"serve": {"event": {"json": {"ricspec": 1, "do": "echo", "value": number}}}},
                {"expect": {"call": "response", "cites": "RESP-01",
                    "checks": [{"cites": "RESP-03", "rule": {"equals": {"value": number}}}]}},
            ],
        });
        fs::write(
            folder.join(format!("cases/many/c{number}.json")),
            case.to_string(),
        )?;
    }
    Ok(())
}
