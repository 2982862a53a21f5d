//! Container images, made here from this machine's own programs, and checked with its container engine: one good image,
//! broken ones, each with its own clear result, and two with real runtimes. After each, nothing is left.
//!
//! Where no engine works, all are ignored with the reason; `RICSPEC_REQUIRE=all` makes that a failure.

#[path = "images/beside.rs"]
mod beside;
#[path = "images/busy.rs"]
mod busy;
#[path = "images/clients.rs"]
mod clients;
#[path = "images/daemon.rs"]
mod daemon;
#[path = "images/docker.rs"]
mod docker;
#[path = "images/ended.rs"]
mod ended;
#[path = "images/engine.rs"]
mod engine;
#[path = "images/listed.rs"]
mod listed;
#[path = "images/matrix.rs"]
mod matrix;
#[path = "images/real.rs"]
mod real;
#[path = "require.rs"]
mod require;
#[path = "images/run.rs"]
mod run;
#[path = "images/served.rs"]
mod served;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use engine::Engine;
use require::Require;

/// An image, the options of ricspec for it, and the expected result.
struct Subject {
    name: &'static str,
    /// Lines of its Containerfile after `FROM` the base, which has a shell, some tools and `/ricspec`.
    lines: &'static str,
    /// A script that becomes `/start`.
    start: &'static str,
    /// Its mode.
    mode: u32,
    options: &'static [&'static str],
    exit: i32,
    says: &'static [&'static str],
}

const RUNTIME: &str = "exec /ricspec reference";

const PLAIN: Subject = Subject {
    name: "",
    lines: "ENTRYPOINT [\"/start\"]\nCMD [\"fixture.handler\"]",
    start: RUNTIME,
    mode: 0o755,
    options: &["--filter", "boot/first_call_is_next", "--filter", "image"],
    exit: 0,
    says: &[],
};

const SUBJECTS: &[Subject] = &[
    Subject {
        name: "conformant",
        options: &[
            "--strict",
            "--filter",
            "image",
            "--filter",
            "boot",
            "--filter",
            "lifecycle/term*",
            "--filter",
            "lifecycle/children*",
            "--filter",
            "next/frozen*",
        ],
        says: &["exit 0: all as expected", "which has no IPv6 address"],
        ..PLAIN
    },
    Subject {
        name: "started_by_an_emulator_elsewhere",
        start: "[ -n \"$AWS_LAMBDA_RUNTIME_API\" ] || exec /no-emulator-here\nexec /ricspec reference",
        says: &["9 cases: 9 pass"],
        ..PLAIN
    },
    Subject {
        name: "in_the_network_of_the_machine",
        options: &["--network", "host", "-v", "--filter", "boot/address*"],
        says: &["the machine's own network", "pass"],
        ..PLAIN
    },
    Subject {
        name: "with_other_entry_point_and_arguments",
        options: &[
            "--entrypoint",
            "/ricspec reference",
            "--filter",
            "boot/first_call_is_next",
        ],
        start: "exit 9",
        says: &["1 case: 1 pass"],
        ..PLAIN
    },
    Subject {
        name: "without_entry_point",
        lines: "",
        exit: 1,
        says: &[
            "IMG-01  MUST  no-entry-point",
            "the image cannot be started",
        ],
        ..PLAIN
    },
    Subject {
        name: "with_relative_entry_point",
        lines: "WORKDIR /\nENTRYPOINT [\"./start\"]",
        says: &[
            "IMG-02  SHOULD  relative-entry-point",
            "1 case breaks a SHOULD",
        ],
        ..PLAIN
    },
    Subject {
        name: "with_missing_entry_point",
        lines: "ENTRYPOINT [\"/strat\"]",
        exit: 1,
        says: &[
            "IMG-03  MUST  entry-point-missing",
            "there is no `/strat` in the image",
        ],
        ..PLAIN
    },
    Subject {
        name: "not_executable",
        mode: 0o644,
        exit: 1,
        says: &["IMG-03  MUST  entry-point-not-executable", "mode 0644"],
        ..PLAIN
    },
    Subject {
        name: "closed_to_others",
        mode: 0o700,
        exit: 1,
        says: &[
            "entry-point-not-executable",
            "IMG-06  MUST  unreadable-files",
            "mode 0700",
        ],
        ..PLAIN
    },
    Subject {
        name: "without_its_interpreter",
        lines: "ENTRYPOINT [\"/start\"]",
        start: "#!/opt/perl5",
        exit: 1,
        says: &["IMG-03  MUST  interpreter-missing", "`/opt/perl5`"],
        ..PLAIN
    },
    Subject {
        name: "without_working_directory",
        options: &["--workdir", "/nowhere"],
        exit: 1,
        says: &["IMG-07  MUST  no-working-directory"],
        ..PLAIN
    },
    Subject {
        name: "with_reserved_variables",
        lines: "ENV AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001\nENV A=B\nENTRYPOINT [\"/start\"]",
        says: &[
            "IMG-08  SHOULD  reserved-variable",
            "AWS_LAMBDA_RUNTIME_API",
            "1 case breaks a SHOULD",
        ],
        ..PLAIN
    },
    Subject {
        name: "with_an_odd_label",
        lines: "LABEL com.amazonaws.lambda.feature.snapstart=yes\nENTRYPOINT [\"/start\"]",
        says: &["IMG-09  SHOULD  snapstart-label"],
        ..PLAIN
    },
    Subject {
        name: "crashes_at_start",
        start: "echo 'no license' >&2; exit 5",
        exit: 3,
        says: &[
            "exited with code 5 before it made a call",
            "stderr: no license",
        ],
        ..PLAIN
    },
    Subject {
        name: "has_the_address_fixed",
        start: "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001 exec /ricspec reference",
        exit: 3,
        says: &["before it made a call to the Runtime API"],
        ..PLAIN
    },
    Subject {
        name: "takes_all_memory",
        start: "a=0123456789abcdef; while :; do a=$a$a; done",
        options: &["--memory", "128"],
        exit: 3,
        says: &["as the kernel does when the memory limit is passed"],
        ..PLAIN
    },
    Subject {
        name: "sleeps_for_ever",
        start: "exec sleep 100000",
        options: &["--startup-timeout", "3"],
        exit: 3,
        says: &["made no call to the Runtime API", "within 3 s"],
        ..PLAIN
    },
    Subject {
        name: "prints_a_gigabyte",
        start: "dd if=/dev/zero bs=1048576 count=1024; exec /ricspec reference",
        options: &[
            "--startup-timeout",
            "300",
            "--filter",
            "boot/first_call_is_next",
        ],
        says: &["1 case: 1 pass"],
        ..PLAIN
    },
    Subject {
        name: "ignores_sigterm",
        start: "trap '' TERM; sleep 100000 & while :; do /ricspec reference; done",
        options: &["--strict", "--filter", "lifecycle/term_ends"],
        exit: 1,
        says: &["LIFE-05", "still-running"],
        ..PLAIN
    },
    Subject {
        name: "forks_children",
        start: "for i in 1 2 3 4; do sleep 100000 & done; exec /ricspec reference",
        says: &["9 cases: 9 pass"],
        ..PLAIN
    },
    Subject {
        name: "writes_to_its_root",
        start: "echo x > /written || exit 4; exec /ricspec reference",
        exit: 3,
        says: &["exited with code 4", "ead-only file system"],
        ..PLAIN
    },
    Subject {
        name: "writes_to_its_root_if_it_may",
        start: "echo x > /written || exit 4; exec /ricspec reference",
        options: &[
            "--writable",
            "--user",
            "0:0",
            "--filter",
            "boot/first_call_is_next",
        ],
        says: &["1 case: 1 pass"],
        ..PLAIN
    },
];

/// Points where docker and podman differ: also tried with docker if podman is the usual engine.
const ON_DOCKER: &[&str] = &[
    "closed_to_others",
    "ended_by_sigkill",
    "ended_by_sigterm",
    "extensions_of_the_image",
    "for_another_processor",
    "in_the_network_of_the_machine",
    "sleeps_for_ever",
    "takes_all_memory",
    "writes_to_its_root",
];

type Check = fn(&'static Engine) -> Result<(), Failed>;

/// Tests that need more than a subject.
const CHECKS: &[(&str, Check)] = &[
    ("for_another_processor", for_another_processor),
    ("ended_by_sigterm", ended::by_sigterm),
    ("ended_by_sigkill", ended::by_sigkill),
    ("a_client_without_its_engine", clients::without_their_engine),
    ("a_client_that_stays_after_its_container", ended::unheard),
    (
        "what_containers_lack_is_listed_as_ignored",
        listed::as_ignored,
    ),
    ("beside_a_process", matrix::beside_a_process),
    ("served_to_a_caller", served::to_a_caller),
    ("extensions_of_the_image", beside::of_the_image),
    ("extensions_of_this_machine", beside::of_this_machine),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A container mostly waits.
    arguments.test_threads.get_or_insert(4);
    let mut trials = vec![Trial::test(
        "a_busy_machine_is_no_failure",
        busy::is_ignored,
    )];
    for subject in SUBJECTS {
        add(&mut trials, subject.name, |engine| subject.check(engine));
    }
    for (name, check) in CHECKS {
        add(&mut trials, name, check);
    }
    trials.push(Trial::ignorable_test("docker_plays_every_case", || {
        tried(docker::engine(), docker::every_case)
    }));
    for (name, check) in real::TRIALS {
        trials.push(Trial::ignorable_test(*name, move || match Engine::get() {
            Ok(engine) => check(engine, Require::read()?),
            Err(reason) => Require::read()?.lacking(reason.clone()),
        }));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    engine::clean_up();
    docker::clean_up();
    conclusion.exit_code()
}

/// Adds a test with the usual engine, and one with docker if that is another.
fn add(
    trials: &mut Vec<Trial>,
    name: &'static str,
    check: impl Fn(&'static Engine) -> Result<(), Failed> + Copy + Send + 'static,
) {
    trials.push(Trial::ignorable_test(name, move || {
        tried(Engine::get().as_ref().map_err(String::clone), check)
    }));
    if ON_DOCKER.contains(&name) {
        let name = format!("docker_{name}");
        trials.push(Trial::ignorable_test(name, move || match docker::usual() {
            Some(_) => Ok(Completion::ignored_with("docker is the usual engine here")),
            None => tried(docker::engine(), check),
        }));
    }
}

fn tried(
    engine: Result<&'static Engine, String>,
    check: impl Fn(&'static Engine) -> Result<(), Failed>,
) -> Result<Completion, Failed> {
    match engine {
        Ok(engine) => busy::done(check(engine)),
        Err(reason) => Require::read()?.lacking(reason),
    }
}

impl Subject {
    fn check(&self, engine: &'static Engine) -> Result<(), Failed> {
        let script = match self.start.starts_with("#!") {
            true => self.start.to_owned(),
            false => format!("#!/bin/sh\n{}\n", self.start),
        };
        let image = engine.build(self.name, self.lines, &script, self.mode, &[])?;
        let options: Vec<&str> = ["--image", &image]
            .into_iter()
            .chain(self.options.iter().copied())
            .collect();
        let run = engine.ricspec(&options)?.wait()?;
        run.must(self.exit, self.says)
    }
}

/// Only the label, because this machine has no programs for other processors.
fn for_another_processor(engine: &'static Engine) -> Result<(), Failed> {
    let other = match cfg!(target_arch = "x86_64") {
        true => "linux/arm64",
        false => "linux/amd64",
    };
    let script = format!("#!/bin/sh\n{RUNTIME}\n");
    let image = engine.build("other", PLAIN.lines, &script, 0o755, &["--platform", other])?;
    let run = engine.ricspec(&["--image", &image])?.wait()?;
    run.must(
        1,
        &[
            "IMG-04  MUST  wrong-architecture",
            "the image cannot be started",
        ],
    )
}
