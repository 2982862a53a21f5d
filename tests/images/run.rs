//! A run of ricspec under test: waits for it, sends signals, and checks its messages and that nothing is left.

use std::process::{Child, Output};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::engine::Engine;

/// How long an engine may take to do something.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// A run of ricspec that may not have ended yet.
pub struct Started {
    pub(super) engine: &'static Engine,
    pub(super) child: Child,
    pub(super) _path: Option<TempDir>,
}

/// A run that has ended.
pub struct Run {
    pid: u32,
    pub(super) engine: &'static Engine,
    output: Output,
}

/// What a killed run left.
pub struct Left {
    pid: u32,
    pub(super) engine: &'static Engine,
}

impl Started {
    /// Waits until a container of this run works.
    pub fn until_a_container_runs(&self) -> Result<(), Failed> {
        let part = format!("-{}-", self.child.id());
        let words = ["ps", "--filter", "label=ricspec", "--format", "{{.Names}}"];
        within(WAIT_MAX, || Ok(self.engine.ask(&words)?.contains(&part)))
    }

    pub fn signal(&self, signal: Signal) -> Result<(), Failed> {
        let pid = i32::try_from(self.child.id())?;
        let pid = Pid::from_raw(pid).ok_or("a process has a number")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for the end.
    pub fn wait(self) -> Result<Run, Failed> {
        Ok(Run {
            pid: self.child.id(),
            engine: self.engine,
            output: self.child.wait_with_output()?,
        })
    }

    /// Waits for the end of a killed run, which must have left something.
    pub fn abandoned(mut self) -> Result<Left, Failed> {
        let pid = self.child.id();
        self.child.wait()?;
        match self.engine.left_by(pid)?.as_slice() {
            [] => Err("a killed run left nothing, so that nothing can be swept".into()),
            [_, ..] => Ok(Left {
                pid,
                engine: self.engine,
            }),
        }
    }
}

impl Run {
    /// Checks the exit code and the messages of the run, and looks for what it left.
    pub fn must(&self, exit: i32, says: &[&str]) -> Result<(), Failed> {
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&self.output.stdout),
            String::from_utf8_lossy(&self.output.stderr)
        );
        if self.output.status.code() != Some(exit) {
            return Err(format!("{}, and not {exit}:\n{text}", self.output.status).into());
        }
        if let Some(missing) = says.iter().find(|part| !text.contains(**part)) {
            return Err(format!("it does not say `{missing}`:\n{text}").into());
        }
        self.engine.must_be_clean(self.pid)
    }
}

impl Left {
    pub fn must_be_gone(&self) -> Result<(), Failed> {
        self.engine.must_be_clean(self.pid)
    }
}

/// Looks until something holds.
pub fn within(time: Duration, holds: impl Fn() -> Result<bool, String>) -> Result<(), Failed> {
    let until = Instant::now() + time;
    while !holds()? {
        if Instant::now() > until {
            return Err("it did not come in time".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
