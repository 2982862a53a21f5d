//! How long a run of the reference runtime takes, compared with its least time: its longest case, or its processor time
//! divided by the processors. Cases of more than ten seconds are left out, because they would hide the rest. Also: the cost
//! of a turn, compared with a bare echo; the rate of a stream of 200 MB, beside a bare sink; the cost of a case's own
//! `/tmp`; and how time and memory grow with the invocations of a case: from 100 to 50,000 both may grow 500 times; and
//! `ricspec serve` side by side with AWS's emulators, which alone is `cargo bench --bench bench -- serve`, as growth by
//! targets and cases is `-- growth`. `cargo bench` prints this; no test depends on it.

#[path = "bench/floor.rs"]
mod floor;
#[path = "bench/growth.rs"]
mod growth;
#[path = "emulator/oracle.rs"]
#[allow(dead_code, reason = "the bench restores nothing")]
mod oracle;
mod require;
#[path = "emulator/running.rs"]
mod running;
#[path = "bench/serve.rs"]
mod serve;
#[path = "bench/streams.rs"]
mod streams;
#[path = "bench/turns.rs"]
mod turns;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ricspec::case::{Case, Source, Trust, read};
use ricspec::check::judge;
use ricspec::transcript::Transcript;
use serde_json::{Value, json};

const RUNS: usize = 3;

/// The longest allowed run, in hundredths of its longest case.
const RUN_MAX: u128 = 110;

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "serve") {
        return serve::compare();
    }
    if std::env::args().any(|argument| argument == "growth") {
        return growth::print();
    }
    serve::compare()?;
    turns::compare()?;
    streams::compare()?;
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
        let times = |least: u128| {
            let hundredths = wall * 100 / least.max(1);
            format!("{}.{:02} times", hundredths / 100, hundredths % 100)
        };
        println!(
            "{} cases, {status}: wall {wall} ms; longest case {longest} ms, processor time {cpu} ms; \
             {} the longest case, of which {}.{:02} is the limit; {} the least possible",
            cases.len(),
            times(longest),
            RUN_MAX / 100,
            RUN_MAX % 100,
            times(least)
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
    growth::print()?;
    growth()
}

/// The two numbers of invocations that are compared.
const FEW: u64 = 100;
const MANY: u64 = 50_000;

/// How much resident memory a run of many invocations may take.
const MANY_KIB_MAX: u64 = 96 * 1024;

/// Plays and judges a case with few invocations and one with many.
fn growth() -> Result<(), Box<dyn Error>> {
    let few = Cost::of(FEW)?;
    let many = Cost::of(MANY)?;
    for (cost, invocations) in [(&few, FEW), (&many, MANY)] {
        println!(
            "{invocations} invocations: played in {} ms with {} KiB of resident memory, judged in {} µs",
            cost.played.as_millis(),
            cost.resident_kib,
            cost.judged.as_micros()
        );
    }
    let ratio = |many: f64, few: f64| many / few.max(1.0);
    println!(
        "{} times as many are judged in {:.0} times the time, with {:.1} times the memory",
        MANY / FEW,
        ratio(
            many.judged.as_secs_f64() * 1e6,
            few.judged.as_secs_f64() * 1e6
        ),
        ratio(many.resident_kib as f64, few.resident_kib as f64)
    );
    match many.resident_kib {
        ..=MANY_KIB_MAX => Ok(()),
        much => {
            Err(format!("{MANY} invocations took {much} KiB; {MANY_KIB_MAX} are allowed").into())
        }
    }
}

/// What a case costs.
struct Cost {
    played: Duration,
    /// The most memory of a run that plays the case and judges it.
    resident_kib: u64,
    judged: Duration,
}

impl Cost {
    fn of(invocations: u64) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let (case, path) = many_invocations(folder.path(), invocations)?;
        let began = Instant::now();
        let mut child = play(folder.path()).spawn()?;
        let mut resident_kib = 0;
        let status = loop {
            resident_kib = resident_kib.max(peak_kib(child.id()).unwrap_or(0));
            if let Some(status) = child.try_wait()? {
                break status;
            }
            // Nothing waits for this: it is the interval between two measures of memory.
            std::thread::sleep(Duration::from_millis(5));
        };
        let played = began.elapsed();
        if !status.success() {
            return Err(format!("{invocations} invocations: {status}").into());
        }
        let transcripts = folder.path().join("transcripts");
        let recorded = play(folder.path())
            .arg("--transcripts")
            .arg(&transcripts)
            .status()?;
        let file = fs::File::open(transcripts.join(path))?;
        let transcript: Transcript = serde_json::from_reader(std::io::BufReader::new(file))?;
        let began = Instant::now();
        let findings = judge(&case, &transcript);
        let judged = began.elapsed();
        if !recorded.success() || !findings.is_empty() {
            return Err(format!("{recorded}: {findings:?}").into());
        }
        Ok(Self {
            played,
            resident_kib,
            judged,
        })
    }
}

/// Writes a case with so many invocations into a folder; also gives the path of the file.
fn many_invocations(folder: &Path, times: u64) -> Result<(Case, &'static str), Box<dyn Error>> {
    let path = "next/many.json";
    let serve = json!({"serve": {"event": {"json": {"ricspec": 1, "do": "count"}}}});
    let rule = json!({"range": {"at": "/count", "min": 1, "max": times}});
    let checks = json!([{"cites": "LIFE-12", "rule": rule}]);
    let expect = json!({"expect": {"call": "response", "cites": "RESP-01", "checks": checks}});
    let case = json!({
        "$schema": "", "id": "next/many", "title": "Many events", "why": "It is measured.",
        "requirements": ["LIFE-12"], "needs": ["count"], "deadline_ms": 600_000,
        "steps": [{"repeat": {"times": times, "steps": [serve, expect]}}],
    });
    fs::create_dir_all(folder.join("next"))?;
    fs::write(folder.join(path), case.to_string())?;
    let source = Source {
        path: path.to_owned(),
        id: "next/many".to_owned(),
        text: case.to_string().into(),
        trust: Trust::Theirs,
    };
    let cases = read(&[source]).map_err(|faults| format!("{faults:?}"))?;
    Ok((cases.into_iter().next().ok_or("no case")?, path))
}

fn play(cases: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ricspec"));
    command.args([
        "run",
        "--reference",
        "--quiet",
        "--filter",
        "next/many",
        "--cases",
    ]);
    command.arg(cases).stdout(Stdio::null());
    command
}

/// The highest resident memory of a process.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
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

/// Processor time of all ended children and theirs, in milliseconds: fields 16 and 17 of `/proc/self/stat`.
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
