//! Runtimes that are killed at any moment.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{ECHO, Outcome, Served, body, invoke};

/// How many runtimes are killed, unless `RICSPEC_KILLS` says another number.
const KILLS: u32 = 25;

/// The runtimes of a process: its children that are the reference runtime.
fn runtimes_of(parent: u32) -> std::io::Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let pid = path
            .file_name()
            .and_then(|name| name.to_str()?.parse().ok());
        // A process may end while we look.
        let stat = fs::read_to_string(path.join("stat")).unwrap_or_default();
        let of = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        let command = fs::read_to_string(path.join("cmdline")).unwrap_or_default();
        let is_runtime = of == Some(parent) && command.ends_with("\0reference\0");
        found.extend(pid.and_then(Pid::from_raw).filter(|_| is_runtime));
    }
    Ok(found)
}

/// How the calls ended.
#[derive(Default)]
struct Calls {
    answered: AtomicU32,
    /// Those that were told that the runtime had ended.
    told: AtomicU32,
    is_over: AtomicBool,
}

impl Calls {
    fn make(&self, address: &str) -> Result<(), String> {
        while !self.is_over.load(Ordering::Relaxed) {
            let answer = invoke(address, "", ECHO).map_err(|error| error.to_string())?;
            let count = match body(&answer) {
                "\"John\"" => &self.answered,
                text if text.contains("Runtime.ExitError") => &self.told,
                _ => return Err(answer),
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn kill_many(served: &Served, kills: u32) -> Outcome {
    let mut killed = 0;
    for turn in 0_u64.. {
        // Another moment each time: during a start, a call, or between two.
        thread::sleep(Duration::from_micros(turn * 7919 % 30_000));
        for runtime in runtimes_of(served.child.id())? {
            // It may have ended already.
            killed += u32::from(kill_process(runtime, Signal::KILL).is_ok());
        }
        if killed >= kills {
            break;
        }
    }
    Ok(())
}

#[test]
fn every_caller_gets_an_answer_though_runtimes_are_killed_at_any_moment() -> Outcome {
    let kills = std::env::var("RICSPEC_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let served = Served::start(&["--reference", "--environments", "2"])?;
    let calls = Calls::default();
    thread::scope(|scope| -> Outcome {
        let callers = [(); 3].map(|()| scope.spawn(|| calls.make(&served.address)));
        let done = kill_many(&served, kills);
        calls.is_over.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.join().map_err(|_| "a caller panicked")??;
        }
        done
    })?;
    // The next one finds a runtime.
    let answer = served.invoke("", ECHO)?;
    assert_eq!(body(&answer), "\"John\"");
    let (answered, told) = (calls.answered.into_inner(), calls.told.into_inner());
    println!("{answered} calls got the result, {told} were told that the runtime had ended");
    let (code, log) = served.end()?;
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("the runtime was ended by signal 9 (SIGKILL)"),
        "{log}"
    );
    Ok(())
}
