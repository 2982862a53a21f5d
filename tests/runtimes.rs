//! Real runtimes, each with the shipped fixture of its language, and real extensions: a folder of `tests/runtimes`, or of
//! `tests/extensions`, says how to install and start one, and lists its known failures. A run must find exactly these.
//!
//! Downloads happen only on request: `RICSPEC_REQUIRE=runtimes` installs and checks all runtimes whose tools are here,
//! `RICSPEC_REQUIRE=all` also fails for those without their tools. Installed runtimes stay in the target folder and are
//! checked from then on.
//!
//! Relatives of a runtime that plays all cases play a sample; with `RICSPEC_WHOLE=1` all runtimes play all cases.

mod compliance;
mod require;
mod sample;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use require::Require;
use ricspec::matrix::{Places, Subject, read};

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

/// How many runtimes are checked at a time: a run mostly waits for its longest case.
const AT_ONCE: usize = 4;

fn main() -> ExitCode {
    let places = Places {
        cache: cache(),
        own: PathBuf::from(RICSPEC),
    };
    let mut trials = Vec::new();
    for folder in FOLDERS {
        match read(&of_tests(folder), &places) {
            Ok(subjects) => trials.extend(subjects.into_iter().map(|one| trial(one, folder))),
            Err(error) => trials.push(Trial::test(folder, move || Err(error.into()))),
        }
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The runtime whose compliance report is read.
const REPORTED: &str = "awslambdaric-4.2.2";

/// The folders of `tests`: what is in one stands in one table.
const FOLDERS: [&str; 2] = ["runtimes", "extensions"];

fn of_tests(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder)
}

/// Where the runtimes are installed.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtimes")
}

fn trial(subject: Subject, folder: &'static str) -> Trial {
    let kind = subject.manifest.kind.word();
    Trial::ignorable_test(subject.key.clone(), move || {
        check(&subject, folder, Require::read()?)
    })
    .with_kind(kind)
}

fn check(subject: &Subject, folder: &str, require: Require) -> Result<Completion, Failed> {
    if let Some(tool) = subject.lacks() {
        return require.lacking(format!("needs `{tool}`, which is not in the path"));
    }
    let is_here = subject.is_installed() || subject.comes_with_its_fixture();
    if require == Require::Nothing && !is_here {
        let reason = "not installed; RICSPEC_REQUIRE=runtimes downloads and checks it";
        return Ok(Completion::ignored_with(reason));
    }
    let records = cache().join("records").join(&subject.key);
    let report = records.join("report.json");
    let sample = sample::of(subject)?;
    let filters = sample.iter().flat_map(|id| ["--filter", id]);
    let output = Command::new(RICSPEC)
        .args(["matrix", "--verbose", "--color", "never"])
        .args(["--runtime", &subject.key])
        .args(filters)
        .arg("--cache")
        .arg(cache())
        .arg("--report")
        .arg(format!("json={}", report.display()))
        .args(compliance::reports(&records))
        .arg("--transcripts")
        .arg(&records)
        .arg(of_tests(folder))
        .output()?;
    if output.status.success() {
        if subject.key == REPORTED {
            let sentence = compliance::checked(&records)?;
            let of_the_core =
                "awslambdaric 4.2.2 does not conform to runtime-api-2026-11, core: breaks ";
            if !sentence.starts_with(of_the_core) {
                return Err(sentence.into());
            }
        }
        return Ok(Completion::Completed);
    }
    Err(Failed::from(format!(
        "{}, {}: {}\n{}{}\nthe transcripts are in {}",
        subject.manifest.name,
        subject.manifest.about,
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        records.display()
    )))
}
