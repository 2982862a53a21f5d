//! Runs and containers that end where nobody expects it.

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

/// A client that never tells of the end of its container, and holds its output open, delays a case and no more.
pub fn unheard(engine: &'static Engine) -> Result<(), Failed> {
    let image = engine.build("unheard", LINES, "#!/bin/sh\nexit 4\n", 0o755, &[])?;
    let client = format!(
        "#!/bin/sh\nPATH=${{PATH#*:}}\n[ \"$1\" = start ] || exec {0} \"$@\"\n{0} \"$@\"\nexec sleep 100000\n",
        engine.program
    );
    let options = [
        "--engine",
        engine.program,
        "--image",
        &image,
        "--startup-timeout",
        "2",
    ];
    let run = engine.ricspec_with_client(engine.program, &client, &options)?;
    run.wait()?.must(3, &["exited with code 4"])
}
