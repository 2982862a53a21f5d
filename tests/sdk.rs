//! The AWS SDKs for Python and JavaScript invoke functions that ricspec serves: in Python, JavaScript and Rust, each with
//! AWS's runtime.
//!
//! The runtimes are those of `tests/runtimes`, in the same cache, and the SDKs are installed beside them. As there, downloads
//! happen only on request: with `RICSPEC_REQUIRE=runtimes`, or `all`, which also fails where a tool is missing.

mod require;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::sync::Mutex;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use require::Require;
use ricspec::matrix::{Places, Subject, read};

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

/// The functions, by the runtime that runs them.
const RUNTIMES: [&str; 3] = [
    "awslambdaric-4.2.2",
    "aws-lambda-ric-4.0.2",
    "lambda_runtime-1.5.0",
];

/// Those of them that stream.
const STREAM: [&str; 2] = ["aws-lambda-ric-4.0.2", "lambda_runtime-1.5.0"];

/// Those of them whose callers hear of a failure in mid-stream: lambda_runtime writes it into the data (STREAM-10).
const TELL_LATE: [&str; 1] = ["aws-lambda-ric-4.0.2"];

/// How the function is called.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Part {
    Usual,
    /// It streams.
    Stream,
}

/// How long an invocation may take, in seconds.
const TIMEOUT_S: &str = "3";

/// An SDK.
#[derive(Clone, Copy)]
struct Sdk {
    name: &'static str,
    /// What it is, with its version.
    package: &'static str,
    /// The script that uses it.
    script: &'static str,
}

const SDKS: [Sdk; 2] = [
    Sdk {
        name: "boto3",
        package: "boto3==1.44.8",
        script: "caller.py",
    },
    Sdk {
        name: "javascript",
        package: "@aws-sdk/client-lambda@3.1164.0",
        script: "caller.mjs",
    },
];

fn main() -> ExitCode {
    let places = Places {
        cache: cache().join("runtimes"),
        own: PathBuf::from(RICSPEC),
    };
    let trials = match read(&of_tests().join("runtimes"), &places) {
        Ok(subjects) => {
            let ours = |one: &&Subject| RUNTIMES.contains(&&*one.key);
            subjects.iter().filter(ours).flat_map(of_runtime).collect()
        }
        Err(error) => vec![Trial::test("runtimes", move || Err(error.into()))],
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn of_tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Where runtimes and SDKs are installed.
fn cache() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn of_runtime(subject: &Subject) -> Vec<Trial> {
    let parts = match STREAM.contains(&&*subject.key) {
        true => &[Part::Usual, Part::Stream][..],
        false => &[Part::Usual],
    };
    let trial = |sdk: Sdk, part: Part| {
        let subject = subject.clone();
        let kind = match part {
            Part::Usual => "",
            Part::Stream => "/stream",
        };
        let name = format!("{}/{}{kind}", sdk.name, subject.key);
        Trial::ignorable_test(name, move || check(sdk, part, &subject, Require::read()?))
    };
    let of_sdk = |sdk: Sdk| parts.iter().map(move |part| trial(sdk, *part));
    SDKS.into_iter().flat_map(of_sdk).collect()
}

fn check(sdk: Sdk, part: Part, subject: &Subject, require: Require) -> Result<Completion, Failed> {
    if let Some(tool) = subject.lacks().or_else(|| sdk.lacks()) {
        return require.lacking(format!("needs `{tool}`, which is not in the path"));
    }
    let is_here = subject.is_installed() && sdk.is_installed();
    if require == Require::Nothing && !is_here {
        let reason = "not installed; RICSPEC_REQUIRE=runtimes downloads and checks it";
        return Ok(Completion::ignored_with(reason));
    }
    {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _one = ONE_AT_A_TIME.lock();
        if !subject.is_installed() {
            install(subject)?;
        }
        sdk.install()?;
    }
    let served = Served::start(subject, part)?;
    let mut caller = sdk.caller(&served.endpoint);
    if part == Part::Stream {
        caller.arg("stream");
        caller.args(TELL_LATE.contains(&&*subject.key).then_some("late"));
    }
    let called = told(&mut caller)?;
    if called.status.success() {
        return Ok(Completion::Completed);
    }
    let log = served.end();
    Err(Failed::from(format!(
        "{}\nthe log of serve:\n{log}",
        said(&called)
    )))
}

/// Installs a runtime: a run of one case does.
fn install(subject: &Subject) -> Result<(), Failed> {
    let mut run = Command::new(RICSPEC);
    run.args([
        "matrix",
        "--runtime",
        &subject.key,
        "--filter",
        "next/five_in_a_row",
    ])
    .arg("--cache")
    .arg(cache().join("runtimes"))
    .arg(of_tests().join("runtimes"));
    let output = told(&mut run)?;
    match subject.is_installed() {
        true => Ok(()),
        false => Err(said(&output).into()),
    }
}

impl Sdk {
    fn root(self) -> PathBuf {
        cache().join("sdks").join(self.package.replace('/', "_"))
    }

    fn lacks(self) -> Option<&'static str> {
        let tool = match self.script.ends_with(".py") {
            true => "python3",
            false => "npm",
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = std::env::split_paths(&path);
        (!folders.any(|folder| folder.join(tool).is_file())).then_some(tool)
    }

    /// Written when it is installed.
    fn mark(self) -> PathBuf {
        self.root().join("installed")
    }

    fn is_installed(self) -> bool {
        self.mark().is_file()
    }

    fn install(self) -> Result<(), Failed> {
        if self.is_installed() {
            return Ok(());
        }
        let root = self.root();
        fs::create_dir_all(&root)?;
        let mut commands = Vec::new();
        if self.script.ends_with(".py") {
            let mut venv = Command::new("python3");
            venv.args(["-m", "venv"]).arg(root.join("venv"));
            let mut pip = Command::new(root.join("venv/bin/pip"));
            pip.args(["install", "--quiet", self.package]);
            commands.extend([venv, pip]);
        } else {
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-save", "--prefix"])
                .arg(&root)
                .arg(self.package);
            commands.push(npm);
        }
        for mut command in commands {
            let output = told(&mut command)?;
            if !output.status.success() {
                return Err(said(&output).into());
            }
        }
        Ok(fs::write(self.mark(), "")?)
    }

    /// The script, which finds its package in the folder of the SDK.
    fn caller(self, endpoint: &str) -> Command {
        let (root, script) = (self.root(), of_tests().join("sdk").join(self.script));
        let mut command = match self.script.ends_with(".py") {
            true => {
                let mut python = Command::new(root.join("venv/bin/python3"));
                python.arg(script);
                python
            }
            false => {
                // A module finds packages from its own folder up.
                let copy = root.join(self.script);
                // If it cannot be copied, node says so.
                let _ = fs::copy(script, &copy);
                let mut node = Command::new("node");
                node.arg(copy);
                node
            }
        };
        command.arg(endpoint);
        command
    }
}

fn told(command: &mut Command) -> Result<Output, Failed> {
    let output = command.output();
    output.map_err(|error| format!("{command:?}: {error}").into())
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status, text(out), text(err))
}

/// A function that is served. Dropping this ends it.
struct Served {
    child: Child,
    endpoint: String,
    log: Option<std::thread::JoinHandle<String>>,
}

impl Served {
    fn start(subject: &Subject, part: Part) -> Result<Self, Failed> {
        let mut command = Command::new(RICSPEC);
        command.args([
            "serve",
            "--port",
            "0",
            "--timeout",
            TIMEOUT_S,
            "--task-root",
        ]);
        command.arg(subject.function());
        if part == Part::Stream {
            command.args(["--env", "RICSPEC_INIT=stream"]);
        }
        if let Some(handler) = subject.handler() {
            command.args(["--handler", &handler]);
        }
        let mut child = command
            .arg("--")
            .args(subject.command())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut log = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        log.read_line(&mut line)?;
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            // What cannot be read is not there.
            let _ = log.read_to_string(&mut text);
            text
        });
        let address = line.split("http://").nth(1);
        let address = address.and_then(|rest| rest.split('/').next());
        let address = address.ok_or_else(|| format!("no address: {line}"))?;
        Ok(Self {
            child,
            endpoint: format!("http://{address}"),
            log: Some(log),
        })
    }

    /// Ends it: its log.
    fn end(mut self) -> String {
        let _ = self.child.kill();
        let log = self.log.take().map(std::thread::JoinHandle::join);
        log.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
