//! The emulators to compare with, and how they are installed.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::require::Require;

/// The variable that names the only emulator to compare with.
const GIVEN: &str = "RICSPEC_EMULATOR";

/// The Python package that carries an emulator.
const PACKAGE: &str = "aws-sam-cli==1.170.0";

/// The Go module that has the newest one in source, and its version.
const MODULE: &str = "github.com/aws/aws-lambda-runtime-interface-emulator";
const VERSION: &str = "v0.0.0-20261030222936-bef5c4ba774d";

/// An emulator.
#[derive(Clone, Eq, PartialEq)]
pub enum Oracle {
    /// The one in aws-sam-cli.
    SamCli,
    /// The newest one, built from its source.
    Newest,
    /// The stand-alone server in the same source, with a small main of ours: it restores environments, and has callers who read
    /// streams.
    Standalone,
    /// An unknown program of the caller.
    Given(PathBuf),
}

/// Whether an emulator is installed.
pub enum Found {
    Here(PathBuf),
    /// Why not.
    Lacking(String),
}

/// The emulators to compare with.
pub fn oracles() -> Vec<Oracle> {
    match env::var_os(GIVEN).filter(|path| !path.is_empty()) {
        Some(path) => vec![Oracle::Given(path.into())],
        None => vec![Oracle::SamCli, Oracle::Newest],
    }
}

impl Oracle {
    /// Its name in tests and in differences.toml.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SamCli => "sam",
            Self::Newest => "newest",
            Self::Standalone => "standalone",
            Self::Given(_) => "given",
        }
    }

    /// Looks for it, and installs it if that is allowed.
    pub fn find(&self, require: Require) -> Result<Found, String> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emulator");
        let (place, tool) = match self {
            Self::Given(path) if path.is_file() => return Ok(Found::Here(path.clone())),
            Self::Given(path) => return Err(format!("{GIVEN}: no file {}", path.display())),
            Self::SamCli => (PACKAGE.to_owned(), "python3"),
            Self::Newest => (VERSION.to_owned(), "go"),
            Self::Standalone => (format!("{VERSION}-standalone-3"), "go"),
        };
        let program = cache.join(place).join("aws-lambda-rie");
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        if program.is_file() {
            return Ok(Found::Here(program));
        }
        if require == Require::Nothing {
            let reason = "not installed; RICSPEC_REQUIRE=runtimes downloads it and compares";
            return Ok(Found::Lacking(reason.to_owned()));
        }
        if !in_path(tool) {
            let reason =
                format!("needs `{tool}` to install the emulator, which is not in the path");
            return Ok(Found::Lacking(reason));
        }
        let installed = fs::create_dir_all(&cache).and_then(|()| tempfile::tempdir_in(&cache));
        let folder = installed.map_err(|error| error.to_string())?;
        let made = match self {
            Self::Newest => build(folder.path()),
            Self::Standalone => build_standalone(folder.path()),
            Self::SamCli | Self::Given(_) => unpack(folder.path()),
        };
        let made = match made.map_err(|error| error.to_string())? {
            Found::Here(made) => made,
            lacking @ Found::Lacking(_) => return Ok(lacking),
        };
        put(&made, &program).map_err(|error| error.to_string())?;
        Ok(Found::Here(program))
    }
}

/// Moves the program into place last: other processes may do the same.
fn put(made: &Path, program: &Path) -> io::Result<()> {
    let folder = program.parent().unwrap_or(program);
    fs::create_dir_all(folder)?;
    fs::set_permissions(made, fs::Permissions::from_mode(0o755))?;
    fs::rename(made, program)
}

/// Builds the emulator from the module in a folder.
fn build(folder: &Path) -> Result<Found, Box<dyn std::error::Error>> {
    let source = format!("{MODULE}/cmd/aws-lambda-rie@{VERSION}");
    let mut go = Command::new("go");
    go.args(["install", &source])
        .env("GOBIN", folder)
        .env("GOFLAGS", "")
        .env("CGO_ENABLED", "0");
    run(folder, &mut go)?;
    Ok(Found::Here(folder.join("aws-lambda-rie")))
}

/// Builds the stand-alone server: a main in a copy of the module can use what is internal to it.
fn build_standalone(folder: &Path) -> Result<Found, Box<dyn std::error::Error>> {
    let download = ["mod", "download", "-json", &format!("{MODULE}@{VERSION}")];
    let told = Command::new("go")
        .args(download)
        .current_dir(folder)
        .output()?;
    let told: serde_json::Value = serde_json::from_slice(&told.stdout)?;
    let source = told["Dir"]
        .as_str()
        .ok_or("go does not say where the module is")?;
    let module = folder.join("module");
    copy(Path::new(source), &module)?;
    let main = module.join("cmd/ricspec-standalone");
    fs::create_dir_all(&main)?;
    fs::write(main.join("main.go"), include_str!("standalone.go"))?;
    let program = folder.join("aws-lambda-rie");
    let mut go = Command::new("go");
    go.args(["build", "-o"])
        .arg(&program)
        .arg("./cmd/ricspec-standalone")
        .env("GOFLAGS", "")
        .env("CGO_ENABLED", "0");
    run(&module, &mut go)?;
    Ok(Found::Here(program))
}

/// Copies a folder; what is in it may be changed.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::write(&place, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// Takes the emulator out of the package in a folder.
fn unpack(folder: &Path) -> Result<Found, Box<dyn std::error::Error>> {
    let architecture = match env::consts::ARCH {
        "x86_64" => "x86_64",
        "aarch64" => "arm64",
        other => {
            let reason = format!("there is no emulator for {other}");
            return Ok(Found::Lacking(reason));
        }
    };
    let python =
        |program: &Path, arguments: &[&str]| run(folder, Command::new(program).args(arguments));
    python("python3".as_ref(), &["-m", "venv", "venv"])?;
    let own = folder.join("venv/bin/python3");
    let download = ["-m", "pip", "--quiet", "download", "--no-deps"];
    python(&own, &[&download[..], &["--dest", ".", PACKAGE]].concat())?;
    let wheel = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .ok_or("pip downloaded no wheel")?;
    let wheel = wheel.to_str().ok_or("the wheel has an odd name")?;
    python(&own, &["-m", "zipfile", "-e", wheel, "unpacked"])?;
    let program = format!("unpacked/samcli/local/rapid/aws-lambda-rie-{architecture}");
    Ok(Found::Here(folder.join(program)))
}

fn run(folder: &Path, command: &mut Command) -> io::Result<()> {
    let output = command.current_dir(folder).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

/// Whether a program is in PATH.
fn in_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
