//! Runs that end while a container is running.

use libtest_mimic::Failed;
use rustix::process::Signal;

use super::engine::Engine;
use super::run::Started;

const LINES: &str = "ENTRYPOINT [\"/start\"]";

fn sleeper(engine: &'static Engine, name: &str) -> Result<Started, Failed> {
    let image = engine.build(name, LINES, "#!/bin/sh\nsleep 100000\n", 0o755, &[])?;
    let started = engine.ricspec(&["--image", &image, "--startup-timeout", "600"])?;
    started.until_a_container_runs()?;
    Ok(started)
}

pub fn by_sigterm(engine: &'static Engine) -> Result<(), Failed> {
    let started = sleeper(engine, "sigterm")?;
    started.signal(Signal::TERM)?;
    started.wait()?.must(130, &[])
}

/// Only the next run can clean up after this.
pub fn by_sigkill(engine: &'static Engine) -> Result<(), Failed> {
    let started = sleeper(engine, "sigkill")?;
    started.signal(Signal::KILL)?;
    let left = started.abandoned()?;
    let image = engine.build("sweeper", LINES, "#!/bin/sh\nexit 5\n", 0o755, &[])?;
    engine.ricspec(&["--image", &image])?.wait()?.must(3, &[])?;
    left.must_be_gone()
}
