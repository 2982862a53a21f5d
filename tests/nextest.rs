//! The cases as tests, for `cargo test` and the real cargo-nextest: a case that was not tried is never green.

#[allow(dead_code, reason = "what is refused is tested elsewhere")]
mod desk;
#[path = "nextest/plain.rs"]
mod plain;
mod require;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::Value;

use desk::{Desk, Done, RICSPEC};
use require::Require;

/// A runtime whose fixture lacks some verbs.
const PROBED: &str = include_str!("probe/runtime.py");

/// Verbs that the fixture has, verbs that it lacks, and needs that the machine lacks.
const TRIED: [&str; 3] = [
    "next/five_in_a_row",
    "response/echo_object",
    "response/right_after_refusal",
];
const LACKING: [&str; 2] = ["init/failure_reported", "response/nan"];

type Test = fn(&Path) -> Result<(), Failed>;

/// The tests that need cargo-nextest.
const TESTS: [(&str, Test); 6] = [
    ("nextest_lists_what_cannot_be_tried_as_ignored", lists),
    ("nextest_runs_what_can_be_tried", runs),
    (
        "nextest_does_not_pass_what_it_was_told_to_run_all_the_same",
        runs_ignored,
    ),
    ("nextest_deals_the_cases_out", partitions),
    ("nextest_filters_by_name", filters),
    ("nextest_shows_a_broken_should", shows),
];

fn main() -> ExitCode {
    let trials = TESTS.map(|(name, test)| {
        Trial::ignorable_test(name, move || match nextest() {
            Some(program) => test(&program).map(|()| Completion::Completed),
            None => Require::read()?.lacking(
                "cargo-nextest is not here: .ci/install puts it into target/tools".to_owned(),
            ),
        })
    });
    let trials = trials.into_iter().chain(plain::trials()).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Where `.ci/install` puts it, or where the machine has it.
fn nextest() -> Option<PathBuf> {
    let name = "cargo-nextest";
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
    let own = own.join(name);
    match own.is_file() {
        true => Some(own),
        false => which::which(name).ok(),
    }
}

/// A crate whose only test binary is ricspec, and its target.
fn project(target: &str, filter: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.write("runtime.py", PROBED);
    desk.write(
        "Cargo.toml",
        "[package]\nname = \"ours\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [[test]]\nname = \"conformance\"\nharness = false\n",
    );
    desk.write("src/lib.rs", "");
    // Like `ricspec::harness::main`, without building ricspec again.
    desk.write(
        "tests/conformance.rs",
        "use std::os::unix::process::CommandExt;\n\
         fn main() {\n    \
             let mut ricspec = std::process::Command::new(std::env::var_os(\"RICSPEC\").expect(\"a path\"));\n    \
             panic!(\"{}\", ricspec.arg(\"test\").args(std::env::args_os().skip(1)).exec());\n\
         }\n",
    );
    desk.write("ricspec.toml", &format!("{target}filter = {filter:?}\n"));
    desk
}

fn probed() -> Desk {
    let cases = [&TRIED[..], &LACKING].concat();
    project(
        "command = [\"python3\", \"runtime.py\", \"nothing\"]\n",
        &cases,
    )
}

/// A runtime that breaks a SHOULD in one case.
fn lenient() -> Desk {
    let command = [
        RICSPEC,
        "reference",
        "--mutant",
        "context-dies-of-bad-identity",
    ];
    let cases = ["context/broken_identity", "response/echo_object"];
    project(&format!("command = {command:?}\n"), &cases)
}

#[track_caller]
fn by_nextest(program: &Path, desk: &Desk, arguments: &[&str]) -> Done {
    let mut command = Command::new(program);
    let (order, more) = arguments.split_first().expect("a command");
    command.args(["nextest", order, "--offline", "--color", "never"]);
    command.args(more);
    // Options for another run around this one are not for this one.
    let outer = std::env::vars_os().map(|(name, _)| name);
    for name in outer.filter(|name| name.to_string_lossy().starts_with("NEXTEST")) {
        command.env_remove(name);
    }
    let target = desk.path().join("target");
    Done::of(
        desk.place(&mut command)
            .env("RICSPEC", RICSPEC)
            .env("CARGO_TARGET_DIR", target),
    )
}

fn by_ricspec(desk: &Desk, arguments: &[&str]) -> Done {
    let mut command = Command::new(RICSPEC);
    Done::of(desk.place(command.arg("test").args(arguments)))
}

/// A condition, with what was seen if it does not hold.
fn hold(condition: bool, seen: &Done) -> Result<(), Failed> {
    match condition {
        true => Ok(()),
        false => Err(format!("exit {}\n{}\n{}", seen.code, seen.out, seen.err).into()),
    }
}

/// The tests in nextest's list: by name, whether each is ignored and whether the filters chose it.
fn known(done: &Done) -> Result<Vec<(String, bool, bool)>, Failed> {
    let list: Value = serde_json::from_str(&done.out)
        .map_err(|error| format!("{error}: {}{}", done.out, done.err))?;
    let cases = list["rust-suites"]["ours::conformance"]["testcases"].as_object();
    let cases = cases.ok_or_else(|| Failed::from(done.out.clone()))?;
    let case = |(name, case): (&String, &Value)| {
        let chosen = case["filter-match"]["status"] == "matches";
        (name.clone(), case["ignored"] == true, chosen)
    };
    Ok(cases.iter().map(case).collect())
}

fn lists(program: &Path) -> Result<(), Failed> {
    let list = ["list", "--message-format", "json"];
    let known = known(&by_nextest(program, &probed(), &list))?;
    for (name, ignored, _) in &known {
        assert_eq!(*ignored, LACKING.contains(&name.as_str()), "{name}");
    }
    assert_eq!(known.len(), TRIED.len() + LACKING.len());
    Ok(())
}

fn runs(program: &Path) -> Result<(), Failed> {
    let done = by_nextest(program, &probed(), &["run"]);
    hold(done.code == 0, &done)?;
    hold(done.err.contains("3 tests run: 3 passed, 2 skipped"), &done)
}

fn runs_ignored(program: &Path) -> Result<(), Failed> {
    let arguments = ["run", "--run-ignored", "only", "--no-fail-fast"];
    let done = by_nextest(program, &probed(), &arguments);
    hold(done.code == 100, &done)?;
    hold(done.err.contains("2 tests run: 0 passed, 2 failed"), &done)?;
    hold(done.err.contains("the fixture lacks `init-fail`"), &done)
}

fn partitions(program: &Path) -> Result<(), Failed> {
    let desk = probed();
    for kind in ["hash", "slice"] {
        let mut seen = BTreeSet::new();
        for part in ["1/2", "2/2"] {
            let part = format!("{kind}:{part}");
            let list = ["list", "--message-format", "json", "--partition", &part];
            let chosen = known(&by_nextest(program, &desk, &list))?;
            let chosen = chosen.into_iter().filter(|(.., chosen)| *chosen);
            for (name, ..) in chosen {
                assert!(seen.insert(name.clone()), "{name} is in both parts");
            }
        }
        assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), TRIED);
    }
    Ok(())
}

fn filters(program: &Path) -> Result<(), Failed> {
    let desk = probed();
    let done = by_nextest(
        program,
        &desk,
        &["run", "-E", "test(=response/echo_object)"],
    );
    hold(
        done.code == 0 && done.err.contains("1 test run: 1 passed"),
        &done,
    )?;
    let done = by_nextest(
        program,
        &desk,
        &["run", "response/", "--", "--skip", "refusal"],
    );
    hold(
        done.code == 0 && done.err.contains("1 test run: 1 passed"),
        &done,
    )?;
    let done = by_nextest(program, &desk, &["run", "response/nan"]);
    hold(done.code == 4 && done.err.contains("0 tests run"), &done)
}

fn shows(program: &Path) -> Result<(), Failed> {
    let desk = lenient();
    let done = by_nextest(program, &desk, &["run", "--success-output", "final"]);
    hold(done.code == 0, &done)?;
    let shown = ["CTX-08", "it counts only with --strict"];
    hold(shown.iter().all(|part| done.err.contains(part)), &done)?;
    // A passing test prints nothing.
    hold(done.err.matches("stdout ───").count() == 1, &done)?;
    let text = desk.read("ricspec.toml");
    desk.write("ricspec.toml", &format!("strict = true\n{text}"));
    let done = by_nextest(program, &desk, &["run"]);
    hold(done.code == 100, &done)?;
    hold(done.err.contains("2 tests run: 1 passed, 1 failed"), &done)
}
