//! The cost of a container compared with a process: the same runtime started both ways, in turn, with the same cases. `cargo
//! bench` prints it; no test depends on it.

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "engine.rs"]
mod engine;
#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "run.rs"]
mod run;

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use engine::Engine;
use libtest_mimic::Failed;

/// How often each way is measured, alternating with the other.
const ROUNDS: usize = 2;

/// Cases in which the runtime has little to do.
const CASES: [&str; 12] = [
    "context/broken_client_context",
    "context/broken_identity",
    "context/client_context",
    "context/client_context_types",
    "context/deadline_in_the_past",
    "context/function_arn",
    "context/identity",
    "context/no_trace_id",
    "context/odd_client_context",
    "context/odd_identity",
    "context/request_id",
    "context/trace_id",
];

/// How many of them a short run plays. The time that it saves is the cost of the other cases.
const FEW: usize = 4;

/// How many cases are in play at a time; both counts of cases are multiples of it.
const JOBS: [usize; 2] = [1, 4];

/// Milliseconds.
#[derive(Default)]
struct Cost {
    each_case: f64,
    each_run: f64,
}

fn main() -> Result<(), Failed> {
    let measured = match Engine::get() {
        Ok(engine) => measure(engine),
        Err(reason) => {
            println!("skipped: {reason}");
            Ok(())
        }
    };
    engine::clean_up();
    measured
}

fn measure(engine: &Engine) -> Result<(), Failed> {
    let entry = "ENTRYPOINT [\"/ricspec\"]\nCMD [\"reference\"]";
    let image = engine.build("bench", entry, "", 0o644, &[])?;
    let processors = std::thread::available_parallelism()?;
    println!(
        "the reference runtime in containers of {} and as processes, on {processors} processors, {ROUNDS} times each in \
         turn; load before {}",
        engine.program,
        load()
    );
    for jobs in JOBS {
        let (mut process, mut container) = (Cost::default(), Cost::default());
        for _ in 0..ROUNDS {
            process.add(engine, &["--reference"], jobs)?;
            container.add(
                engine,
                &["--image", &image, "--engine", engine.program],
                jobs,
            )?;
        }
        println!(
            "jobs {jobs}: {:.0} ms a case in a container, {:.0} ms as a process, ratio {:.1}; also, once in a run, \
             {:.0} ms and {:.0} ms",
            container.each_case,
            process.each_case,
            container.each_case / process.each_case,
            container.each_run,
            process.each_run
        );
    }
    println!("load after {}", load());
    Ok(())
}

impl Cost {
    /// Adds one round's part to the mean.
    fn add(&mut self, engine: &Engine, target: &[&str], jobs: usize) -> Result<(), Failed> {
        let few = CASES.get(..FEW).unwrap_or_default();
        let short = run_ms(engine, target, jobs, few)?;
        let long = run_ms(engine, target, jobs, &CASES)?;
        let each_case = (long - short) / (CASES.len() - FEW) as f64;
        self.each_case += each_case / ROUNDS as f64;
        self.each_run += (short - each_case * FEW as f64) / ROUNDS as f64;
        Ok(())
    }
}

fn run_ms(engine: &Engine, target: &[&str], jobs: usize, cases: &[&str]) -> Result<f64, Failed> {
    let mut command = engine.command(env!("CARGO_BIN_EXE_ricspec"));
    command
        .args([
            "run",
            "--quiet",
            "--handler",
            "fixture.handler",
            "--jobs",
            &jobs.to_string(),
        ])
        .args(target)
        .args(cases.iter().flat_map(|case| ["--filter", case]))
        .stdout(Stdio::null());
    let began = Instant::now();
    let status = command.status()?;
    match status.success() {
        true => Ok(began.elapsed().as_secs_f64() * 1000.0),
        false => Err(format!("{command:?}: {status}").into()),
    }
}

/// The mean number of processes that wanted to run in the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
