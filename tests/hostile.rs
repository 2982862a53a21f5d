//! A runtime that tries to colour, clear or retitle a terminal, or to give a command to the CI service that reads the log:
//! in its name, its verbs, its output, its error types, its headers and its paths. None of it gets through.
//!
//! The runtime is this program itself.

mod desk;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::{Command, ExitCode};
use std::{env, thread};

use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};

use desk::{Desk, Done, RICSPEC};

/// The argument that makes the program the runtime.
const RUNTIME: &str = "be-the-runtime";

/// Commands that must not get through; each line has its mark.
const HOSTILE: &str = "\u{1b}]0;PWNED\u{7}\u{1b}[2J\u{1b}[31m\u{9b}31m\n::error::PWNED\n  ::stop-commands::PWNED\n\
    ##vso[task.complete result=Failed]PWNED\nx ##vso[PWNED]\n##[error]PWNED\n##teamcity[PWNED]\r\n\
    section_start:1:PWNED\r\u{1b}[0K\n\u{202e}PWNED\u{2066}\u{200b}\u{2028}::error::PWNED\u{85}\u{feff}\u{8}";

fn main() -> ExitCode {
    if env::args().nth(1).as_deref() == Some(RUNTIME) {
        be_the_runtime();
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let trial = |name: &str, test: fn()| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let trials = vec![
        trial("a_run_prints_nothing_that_is_obeyed", run),
        trial("a_step_of_github_hears_only_our_commands", step),
        trial("recordings_are_judged_without_harm", judge),
        trial("titles_of_the_matrix_are_shown", matrix),
        trial("cases_are_listed_and_explained_without_harm", list),
        trial("an_image_by_a_hostile_name_is_refused_without_harm", image),
        trial("tests_of_the_harness_print_nothing_that_is_obeyed", harness),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Answers, until it is ended.
fn be_the_runtime() {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").expect("the Runtime API");
    let shout = || {
        let _ = io::stdout().write_all(HOSTILE.as_bytes());
        let _ = io::stderr().write_all(b"\n::error::PWNED \x9b\xff\n");
    };
    shout();
    loop {
        let next = call(&api, "GET", "/2018-06-01/runtime/invocation/next", "", "");
        let (head, event) = next.split_once("\r\n\r\n").unwrap_or_default();
        let id = header(head, "lambda-runtime-aws-request-id");
        shout();
        let event: Value = serde_json::from_str(event).unwrap_or_default();
        let base = format!("/2018-06-01/runtime/invocation/{id}");
        if event["do"] == "describe" {
            let verbs = ["describe", "echo", "fail", HOSTILE, "::error::PWNED"];
            let body = json!({"ricspec": 1, "verbs": verbs, "runtime": HOSTILE}).to_string();
            call(&api, "POST", &format!("{base}/response"), "", &body);
            continue;
        }
        let error = json!({"errorType": HOSTILE, "errorMessage": HOSTILE, "stackTrace": [HOSTILE]});
        let kind =
            "Lambda-Runtime-Function-Error-Type: \u{202e}::error::PWNED\u{9b}31m\u{200b}\r\n";
        let path = format!("{base}/\u{202e}::error::PWNED\u{9b}");
        thread::scope(|scope| {
            scope.spawn(|| call(&api, "POST", &path, kind, HOSTILE));
        });
        call(
            &api,
            "POST",
            &format!("{base}/error"),
            kind,
            &error.to_string(),
        );
    }
}

/// A call on its own connection; the reply, or nothing if there is none.
fn call(api: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: \u{202e}::PWNED\u{9b}31m\r\n{headers}\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = || {
        let mut stream = TcpStream::connect(api)?;
        stream.write_all(request.as_bytes())?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply)?;
        io::Result::Ok(String::from_utf8_lossy(&reply).into_owned())
    };
    exchange().unwrap_or_default()
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

/// The command line of ricspec for this runtime.
fn command(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = Command::new(RICSPEC);
    desk.place(&mut command).args(arguments);
    command
}

fn own() -> String {
    let path = env::current_exe().expect("this program");
    path.to_str().expect("UTF-8").to_owned()
}

/// The cases to play: each shows another text of the runtime.
const CASES: [&str; 8] = [
    "--filter",
    "error/reported",
    "--filter",
    "response/echo_object",
    "--filter",
    "next/five_in_a_row",
    "--filter",
    "init/no_report_without_failure",
];

#[track_caller]
fn play(desk: &Desk, options: &[&str], variables: &[(&str, &str)]) -> Done {
    let own = own();
    let arguments = [&["run"], &CASES[..], options, &["--", &own, RUNTIME]].concat();
    let mut command = command(desk, &arguments);
    command.envs(variables.iter().copied());
    let done = Done::of(&mut command);
    assert!(
        format!("{}{}", done.out, done.err).contains("PWNED"),
        "the runtime was not heard: {}{}",
        done.out,
        done.err
    );
    done
}

/// The text without our colours.
fn uncoloured(text: &str) -> String {
    let mut text = text.to_owned();
    for code in [0, 31, 32, 33] {
        text = text.replace(&format!("\u{1b}[{code}m"), "");
    }
    text
}

/// Whether a terminal would obey the character, or it is invisible.
fn is_harmful(letter: char) -> bool {
    letter.is_control() && letter != '\n'
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[track_caller]
fn check_text(text: &str) {
    let text = uncoloured(text);
    for line in text.lines() {
        let bad: Vec<char> = line.chars().filter(|letter| is_harmful(*letter)).collect();
        assert!(bad.is_empty(), "{bad:?} in {line:?}");
        for command in ["##vso[", "##[", "##teamcity["] {
            assert!(!line.contains(command), "{line:?}");
        }
        assert!(!line.trim_start().starts_with("section_start:"), "{line:?}");
    }
}

/// Nothing that a terminal or a CI service obeys, on either stream.
#[track_caller]
fn check(done: &Done) {
    for text in [&done.out, &done.err] {
        check_text(text);
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::"), "{line:?} in: {text}");
        }
    }
}

fn run() {
    let desk = Desk::new();
    for options in [
        &["--color", "always"][..],
        &["--all", "--verbose", "--color", "always"],
        &["--quiet"],
        &["--report", "junit=-"],
    ] {
        let done = play(&desk, options, &[]);
        assert!(matches!(done.code, 1 | 3), "{}{}", done.out, done.err);
        check(&done);
    }
}

/// Only our commands stand at the start of a line, and none before or during the silence.
#[track_caller]
fn check_hushed(text: &str, more: bool) {
    check_text(text);
    let mut commands = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim_start().starts_with("::"));
    let (at, stop) = commands.next().expect("a hush");
    assert_eq!(at, 0, "it stands from the first line: {text}");
    let word = stop
        .strip_prefix("::stop-commands::ricspec-")
        .expect("a word");
    let (_, end) = commands.next().expect("its end");
    assert_eq!(end, format!("::ricspec-{word}::"), "{text}");
    for (_, line) in commands {
        assert!(more, "{line}");
        let ours = ["::error title=", "::warning title=", "::notice title="];
        assert!(ours.iter().any(|start| line.starts_with(start)), "{line}");
    }
}

/// The variables of a step.
const STEP: [(&str, &str); 2] = [
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_STEP_SUMMARY", "summary.md"),
];

fn step() {
    let desk = Desk::new();
    let step = STEP;
    let done = play(&desk, &[], &step);
    check_hushed(&done.out, true);
    check_hushed(&done.err, false);
    check_text(&desk.read("summary.md"));
    // Standard output has a report, and text for people goes to the other stream.
    let done = play(&desk, &["--report", "json=-"], &step);
    serde_json::from_str::<Value>(&done.out).expect("JSON");
    check_hushed(&done.err, true);
    let mut bad = command(&desk, &["run", "--reference", "--shard", "0"]);
    let done = Done::of(bad.envs(step));
    done.is_refusal(2, &["shard"]);
    check_hushed(&done.err, false);
}

fn judge() {
    let desk = Desk::new();
    play(&desk, &["--transcripts", "seen"], &[]);
    for options in [&[][..], &["--all"], &["--color", "always"]] {
        let done = Done::of(&mut command(&desk, &[&["judge", "seen"], options].concat()));
        assert_eq!(done.code, 1, "{}{}", done.out, done.err);
        assert!(done.out.contains("PWNED"), "{}", done.out);
        check(&done);
    }
    let done = Done::of(command(&desk, &["judge", "seen"]).envs(STEP));
    check_hushed(&done.out, false);
    check_hushed(&done.err, false);
}

fn matrix() {
    let desk = Desk::new();
    let own = own();
    let text = Value::from(HOSTILE);
    let manifest =
        json!({"name": text, "language": "rust", "task_root": ".", "command": [own, RUNTIME]});
    let absent = json!({"name": text, "language": "rust", "task_root": ".", "command": ["./::error::PWNED\u{1b}[2J"]});
    for (key, manifest) in [("a", manifest), ("b", absent)] {
        let members = manifest.as_object().expect("an object");
        // A JSON string is also a TOML string, except for the escape of a character outside the first plane.
        let lines = members
            .iter()
            .map(|(name, value)| format!("{name} = {value}\n"));
        desk.write(
            &format!("runtimes/{key}/runtime.toml"),
            &lines.collect::<String>(),
        );
    }
    for options in [&[][..], &["--verbose", "--color", "always"]] {
        let arguments = [
            &["matrix", "runtimes", "--cache", "cache"],
            &CASES[..],
            options,
        ]
        .concat();
        let done = Done::of(&mut command(&desk, &arguments));
        assert!(done.out.contains("PWNED"), "{}{}", done.out, done.err);
        check(&done);
    }
    let arguments = [&["matrix", "runtimes", "--cache", "cache"], &CASES[..]].concat();
    let done = Done::of(command(&desk, &arguments).envs(STEP));
    check_hushed(&done.out, false);
    check_hushed(&done.err, false);
}

/// A case file with hostile words for people.
fn case() -> String {
    let case = json!({
        "$schema": "case.schema.json",
        "id": "mine/hostile",
        "title": HOSTILE,
        "why": HOSTILE,
        "requirements": ["RESP-01"],
        "steps": [
            {"serve": {"event": {"json": {"ricspec": 1, "do": "echo", "value": 1}}}},
            {"expect": {"call": "response", "cites": "RESP-01"}}
        ],
    });
    format!("{case:#}\n")
}

fn list() {
    let desk = Desk::new();
    desk.write("cases/mine/hostile.json", &case());
    for arguments in [
        &["list", "mine", "--cases", "cases"][..],
        &["list", "mine", "--cases", "cases", "--json"],
        &[
            "explain",
            "mine/hostile",
            "--cases",
            "cases",
            "--color",
            "always",
        ],
        &["explain", "mine/hostile", "--cases", "cases", "--json"],
        &["explain", HOSTILE],
        &["run", "--reference", "--filter", HOSTILE],
        &["fixture", HOSTILE],
        &["run", HOSTILE],
        &["run", "--color", HOSTILE],
        &["judge", HOSTILE],
    ] {
        let done = Done::of(&mut command(&desk, arguments));
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains("PWNED"), "{arguments:?}: {said}");
        check(&done);
        if arguments.last() == Some(&"--json") {
            let document: Value = serde_json::from_str(&done.out).expect("JSON");
            assert!(document.to_string().contains("PWNED"));
        }
    }
}

fn image() {
    let done = Done::of(&mut command(&Desk::new(), &["run", "--image", HOSTILE]));
    assert!(matches!(done.code, 2 | 3), "{}{}", done.out, done.err);
    check(&done);
}

fn harness() {
    let desk = Desk::new();
    let words = json!([own(), RUNTIME]);
    desk.write("ricspec.toml", &format!("command = {words}\n"));
    for options in [
        &["error/reported"][..],
        &["--color", "always", "error/reported"],
    ] {
        let done = Done::of(&mut command(&desk, &[&["test"], options].concat()));
        assert!(done.out.contains("PWNED"), "{}{}", done.out, done.err);
        // clap has its own colours.
        let out = uncoloured(&done.out).replace("\u{1b}[1m", "");
        check(&Done { out, ..done });
    }
}
