//! Docker itself: the engine of this machine, or one with a daemon for the tests.

use std::fs;
use std::sync::OnceLock;

use libtest_mimic::Failed;

use super::daemon::Daemon;
use super::engine::Engine;
use super::matrix::{PROCESS, as_image, same_verdicts};

struct Docker {
    /// The daemon for the tests.
    daemon: Option<Daemon>,
    engine: Engine,
}

static DOCKER: OnceLock<Result<Docker, String>> = OnceLock::new();

/// Docker, or why it is missing.
pub fn engine() -> Result<&'static Engine, String> {
    if let Some(engine) = usual() {
        return Ok(engine);
    }
    match DOCKER.get_or_init(set_up) {
        Ok(docker) => Ok(&docker.engine),
        Err(reason) => Err(format!("docker: {reason}")),
    }
}

fn set_up() -> Result<Docker, String> {
    if let Ok(engine) = Engine::of("docker") {
        let daemon = None;
        return Ok(Docker { daemon, engine });
    }
    let daemon = Daemon::start()?;
    match Engine::at(daemon.host()) {
        Ok(engine) => Ok(Docker {
            daemon: Some(daemon),
            engine,
        }),
        Err(reason) => {
            daemon.stop().map_err(|error| format!("{error:?}"))?;
            Err(reason)
        }
    }
}

/// The engine of the other tests, if it is docker.
pub fn usual() -> Option<&'static Engine> {
    let usual = Engine::get().as_ref().ok();
    usual.filter(|engine| !engine.is_podman())
}

/// Ends the daemon, if the tests started it.
pub fn clean_up() {
    if let Some(Ok(docker)) = DOCKER.get() {
        docker.engine.clean_up();
        if let Some(daemon) = &docker.daemon
            && let Err(error) = daemon.stop()
        {
            eprintln!("the docker daemon of the tests does not end: {error:?}");
        }
    }
}

/// Every case, with the same verdict as on the same runtime as a process.
pub fn every_case(engine: &'static Engine) -> Result<(), Failed> {
    let lines = "ENTRYPOINT [\"/ricspec\"]\nCMD [\"reference\"]";
    let image = engine.build("docker", lines, "", 0o644, &[])?;
    let folder = tempfile::tempdir()?;
    let manifests = [
        ("process", PROCESS.to_owned()),
        ("image", as_image(engine, "as an image", &image)),
    ];
    for (key, manifest) in manifests {
        let folder = folder.path().join("runtimes").join(key);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("runtime.toml"), manifest + "strict = true\n")?;
    }
    let report = folder.path().join("report.json");
    let out = format!("json={}", report.display());
    let says = ["2 runtimes: 2 as expected"];
    let runtimes = folder.path().join("runtimes");
    let run = engine.matrix(&runtimes, &["--report", &out])?.wait()?;
    run.must(0, &says)?;
    let compared = same_verdicts(&fs::read_to_string(report)?, "as a process", "as an image")?;
    match compared < 200 {
        true => Err(format!("only {compared} cases could be compared").into()),
        false => Ok(()),
    }
}
