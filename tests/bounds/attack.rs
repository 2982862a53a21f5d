//! The attacks, and what must come of them.

use std::env;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::roles;

type Test = fn() -> Result<(), Failed>;

/// Every attack.
pub const ALL: &[(&str, Test)] = &[("a_runtime_in_the_group_of_ricspec_ends", joins)];

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// What came of a run.
struct Run {
    output: Output,
    took: Duration,
}

impl Run {
    /// ricspec checks a runtime in a role, with these options.
    fn of(role: &str, options: &[&str]) -> Result<Self, Failed> {
        let own = env::current_exe()?;
        let began = Instant::now();
        let output = Command::new(RICSPEC)
            .arg("run")
            .args(options)
            .arg("--")
            .arg(own)
            .args([roles::WORD, role])
            .current_dir(env::temp_dir())
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::null())
            .output()?;
        let took = began.elapsed();
        Ok(Self { output, took })
    }

    fn text(&self) -> String {
        let Output { stdout, stderr, .. } = &self.output;
        [stdout, stderr]
            .map(|bytes| String::from_utf8_lossy(bytes))
            .concat()
    }
}

fn joins() -> Result<(), Failed> {
    let options = ["--startup-timeout", "1", "--filter", "next/five_in_a_row"];
    let run = Run::of("one-who-joins-its-parent", &options)?;
    let text = run.text();
    if !text.contains("joined") || run.took > LIMIT {
        return Err(format!("after {:?}: {text}", run.took).into());
    }
    Ok(())
}
