//! Images with real runtimes, built from Debian packages and the runtime's registry: a Python one like its makers' own
//! Dockerfile, and a shell one with an entry point like that of AWS's base images.

#[path = "../compliance.rs"]
mod compliance;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Completion, Failed};
use rustix::process::geteuid;
use serde_json::Value;

use super::engine::{Engine, install};
use super::matrix::{agree, same_verdicts, verdicts};
use super::require::Require;

type Check = fn(&'static Engine, Require) -> Result<Completion, Failed>;

/// By name.
pub const TRIALS: &[(&str, Check)] = &[
    ("python_is_the_same_as_a_process", python),
    ("shell_started_by_an_entry_script", shell),
];

/// The Debian release with the Python version for which the runtime is installed.
const SUITE: &str = "bookworm";
const PYTHON: &str = "Python 3.11.";

/// The runtime, and its version.
const RUNTIME: &str = "awslambdaric==4.2.2";

/// As in the runtime's own README, with a function that is not a fixture.
const CONTAINERFILE: &str = "FROM scratch\nADD root.tar /\nCOPY function /function\nWORKDIR /function\n\
    ENTRYPOINT [\"/usr/bin/python3\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]\n";

const ORDINARY: &str = "def handler(event, context):\n    return {\"hello\": 1}\n";

const DIES: &str = "import os\n\ndef handler(event, context):\n    os._exit(3)\n";

/// The cases for the comparison of both ways.
const AREAS: [&str; 6] = [
    "--filter", "boot", "--filter", "context", "--filter", "error",
];

/// The same runtime as an image and as a process; and the image as it is, with a function that is not a fixture.
fn python(engine: &'static Engine, require: Require) -> Result<Completion, Failed> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images/python");
    if !cache.join("complete").exists() {
        if require == Require::Nothing {
            let reason = "not installed; RICSPEC_REQUIRE=runtimes downloads and checks it";
            return Ok(Completion::ignored_with(reason));
        }
        if let Some(reason) = lacking()? {
            return require.lacking(reason);
        }
        download(&cache)?;
    }
    fs::write(cache.join("function/app.py"), ORDINARY)?;
    fs::write(cache.join("function/dies.py"), DIES)?;
    fs::write(cache.join("Containerfile"), CONTAINERFILE)?;
    let image = engine.build_folder("python", &cache)?;

    let report = cache.join("image.json");
    let out = format!("json={}", report.display());
    let with_fixture = [
        "--image",
        &image,
        "--fixture",
        "python",
        "--task-root",
        "/function",
    ];
    let reports = compliance::reports(&cache);
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let options = [&with_fixture[..], &AREAS, &["--report", &out], &reports].concat();
    engine
        .ricspec(&options)?
        .wait()?
        .must(0, &["awslambdaric/4.2.2"])?;
    let sentence = compliance::checked(&cache)?;
    if !sentence.contains("runtime-api-2026-11, core") {
        return Err(sentence.into());
    }
    let compared = agree(&verdicts(&read(&report)?), &as_process(&cache)?)?;
    if compared < 60 {
        return Err(format!("only {compared} cases could be compared").into());
    }

    let dies = ["--image", &image, "--filter", "boot", "--", "dies.handler"];
    let says = ["gave no answer to event 1: the process exited with code 3"];
    engine.ricspec(&dies)?.wait()?.must(3, &says)?;

    let as_it_is = [
        "--image",
        &image,
        "--filter",
        "invocation_id",
        "--filter",
        "boot",
    ];
    let says = ["note: the function is not a fixture", "needs a fixture"];
    engine.ricspec(&as_it_is)?.wait()?.must(0, &says)?;

    super::beside::of_a_real_image(engine, &image, &with_fixture[2..])?;
    Ok(Completion::Completed)
}

/// Why the image cannot be built here.
fn lacking() -> Result<Option<String>, Failed> {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("mmdebstrap") {
        return Ok(Some("needs mmdebstrap".to_owned()));
    }
    let version = Command::new("python3").arg("--version").output()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    Ok((!version.starts_with(PYTHON)).then(|| {
        format!(
            "needs the Python of Debian {SUITE}, {PYTHON}x, and not {}",
            version.trim()
        )
    }))
}

fn download(cache: &Path) -> Result<(), Failed> {
    let _ = fs::remove_dir_all(cache);
    fs::create_dir_all(cache)?;
    let function = cache.join("function");
    let function = function.display().to_string();
    run(
        "python3",
        &[
            "-m", "pip", "install", "--quiet", "--target", &function, RUNTIME,
        ],
    )?;
    let tar = cache.join("root.tar").display().to_string();
    // Unpacked and not configured: four times as fast, and enough for the runtime.
    let packages = "--include=base-files,dash,libstdc++6,python3";
    as_root(
        "mmdebstrap",
        &["--quiet", "--variant=extract", packages, SUITE, &tar],
    )?;
    fs::write(cache.join("complete"), RUNTIME)?;
    Ok(())
}

fn as_root(program: &str, arguments: &[&str]) -> Result<(), Failed> {
    match geteuid().is_root() {
        true => run(program, arguments),
        false => run("sudo", &[&["-n", program], arguments].concat()),
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<(), Failed> {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(format!("{program} {arguments:?}: {}\n{log}{said}", output.status).into())
}

/// The verdicts for the same runtime, started here.
fn as_process(cache: &Path) -> Result<BTreeMap<String, String>, Failed> {
    let report = cache.join("process.json");
    let fixture = tempfile::tempdir()?;
    let folder = fixture.path().display().to_string();
    run(RICSPEC, &["fixture", "python", "--output", &folder])?;
    let path = format!("PYTHONPATH={}", cache.join("function").display());
    let out = format!("json={}", report.display());
    let given = [
        "run",
        "--time-scale",
        "3",
        "--env",
        &path,
        "--task-root",
        &folder,
        "--report",
        &out,
    ];
    let command = ["--", "python3", "-m", "awslambdaric", "fixture.handler"];
    run(RICSPEC, &[&given[..], &AREAS, &command].concat())?;
    Ok(verdicts(&read(&report)?))
}

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

fn read(report: &Path) -> Result<Value, Failed> {
    Ok(serde_json::from_str(&fs::read_to_string(report)?)?)
}

const ENTRY: &str = "#!/bin/sh\nif [ -z \"$AWS_LAMBDA_RUNTIME_API\" ]; then\n    exec /usr/local/bin/aws-lambda-rie sh bootstrap \"$@\"\n\
    else\n    exec sh /var/task/bootstrap \"$@\"\nfi\n";

const SHELL: &str = "FROM scratch\nCOPY root /\nENV PATH=/usr/bin:/bin\nWORKDIR /var/task\n\
    ENTRYPOINT [\"/lambda-entrypoint.sh\"]\nCMD [\"function.handler\"]\n";

/// The same runtime as a process.
const SHELL_PROCESS: &str =
    "name = \"process\"\nlanguage = \"shell\"\ncommand = [\"sh\", \"bootstrap\"]\n";

/// Programs that the shell runtime needs in addition to busybox.
const PROGRAMS: [&str; 2] = ["/usr/bin/curl", "/usr/bin/jq"];

const BUSYBOX: &str = "/usr/bin/busybox";

/// This image has only busybox, curl and jq; runtime and function are added from outside.
fn shell(engine: &'static Engine, require: Require) -> Result<Completion, Failed> {
    let mut needed = PROGRAMS.iter().chain([&BUSYBOX]);
    if let Some(program) = needed.find(|program| !Path::new(program).exists()) {
        return require.lacking(format!("needs {program}"));
    }
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("root");
    install(&root, &PROGRAMS.map(Path::new))?;
    fs::create_dir_all(root.join("bin"))?;
    fs::create_dir_all(root.join("var/task"))?;
    fs::create_dir_all(root.join("tmp"))?;
    fs::copy(BUSYBOX, root.join("bin/busybox"))?;
    let applets = Command::new(BUSYBOX).arg("--list").output()?;
    for applet in String::from_utf8(applets.stdout)?.lines() {
        if applet != "busybox" {
            symlink("busybox", root.join("bin").join(applet))?;
        }
    }
    let entry = root.join("lambda-entrypoint.sh");
    fs::write(&entry, ENTRY)?;
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o755))?;
    fs::write(folder.path().join("Containerfile"), SHELL)?;
    let image = engine.build_folder("shell", folder.path())?;
    let runtimes = folder.path().join("runtimes");
    let program = engine.program;
    let as_image = format!(
        "name = \"image\"\nlanguage = \"shell\"\nimage = \"{image}\"\nengine = \"{program}\"\n"
    );
    for (key, manifest) in [("image", as_image.as_str()), ("process", SHELL_PROCESS)] {
        fs::create_dir_all(runtimes.join(key))?;
        fs::write(runtimes.join(key).join("runtime.toml"), manifest)?;
    }
    let report = folder.path().join("report.json");
    let out = format!("json={}", report.display());
    let areas = [
        "--filter",
        "image",
        "--filter",
        "boot",
        "--filter",
        "init/failure*",
    ];
    let options = [&["--report", &out][..], &areas].concat();
    let says = ["2 runtimes: 2 as expected"];
    engine.matrix(&runtimes, &options)?.wait()?.must(0, &says)?;
    let json = fs::read_to_string(&report)?;
    if !json.contains("ricspec-sh/1.0") || same_verdicts(&json, "image", "process")? < 10 {
        return Err(json.into());
    }
    Ok(Completion::Completed)
}
