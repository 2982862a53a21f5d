//! How long a run of the reference runtime takes, as a ratio to what it must take at least: its longest case, or its
//! processor time spread over the processors. Cases of more than ten seconds are left out, which would hide the rest.
//! And what it costs a case to have its own `/tmp`. `cargo bench` prints it; no test hangs on it.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let processors = std::thread::available_parallelism()?.get();
    println!("a full run of the reference runtime, {RUNS} times, on {processors} processors");
    for _ in 0..RUNS {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("report.json");
        let (cpu_before, began) = (children_cpu_ms()?, Instant::now());
        let status = Command::new(env!("CARGO_BIN_EXE_ricspec"))
            .args([
                "run",
                "--reference",
                "--quiet",
                "--profile",
                "quick",
                "--report",
            ])
            .arg(format!("json={}", path.display()))
            .stdout(Stdio::null())
            .status()?;
        let wall = began.elapsed().as_millis();
        let cpu = u128::from(children_cpu_ms()? - cpu_before);
        let report: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let cases = report["cases"].as_array().ok_or("no cases")?;
        let times = cases.iter().filter_map(|case| case["duration_ms"].as_u64());
        let longest = u128::from(times.max().unwrap_or(0));
        let least = longest.max(cpu / processors as u128);
        let ratio = wall * 100 / least.max(1);
        println!(
            "{} cases, {status}: wall {wall} ms; longest case {longest} ms, processor time {cpu} ms; \
             {}.{:02} of the least possible",
            cases.len(),
            ratio / 100,
            ratio % 100
        );
    }
    let shared = one_case_many_times(&["--task-root", "/tmp"])?;
    let own = one_case_many_times(&[])?;
    let each = |total: u128| total as f64 / f64::from(PLAYS);
    println!(
        "a case with its own /tmp: {:.1} ms, {:.1} ms of them processor time; without: {:.1} ms, {:.1} ms",
        each(own.0),
        each(own.1),
        each(shared.0),
        each(shared.1)
    );
    Ok(())
}

/// How often the one case is played.
const PLAYS: u32 = 100;

/// How long that takes, and its processor time, in milliseconds.
fn one_case_many_times(more: &[&str]) -> Result<(u128, u128), Box<dyn Error>> {
    let (cpu_before, began) = (children_cpu_ms()?, Instant::now());
    let status = Command::new(env!("CARGO_BIN_EXE_ricspec"))
        .args(["run", "--reference", "--quiet", "--jobs", "1"])
        .args([
            "--filter",
            "next/five_in_a_row",
            "--repeat",
            &PLAYS.to_string(),
        ])
        .args(more)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("{more:?}: {status}").into());
    }
    let cpu = children_cpu_ms()? - cpu_before;
    Ok((began.elapsed().as_millis(), u128::from(cpu)))
}

/// Processor time of all children that have ended and of theirs, in milliseconds: fields 16 and 17 of `/proc/self/stat`.
fn children_cpu_ms() -> Result<u64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(')').ok_or("no name")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |index: usize| -> Result<u64, Box<dyn Error>> {
        Ok(fields.get(index).ok_or("too few fields")?.parse()?)
    };
    // Field 3 is the first one after the name.
    Ok((ticks(16 - 3)? + ticks(17 - 3)?) * 1000 / rustix::param::clock_ticks_per_second())
}
