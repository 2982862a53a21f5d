//! The command line as its users meet it: bad input of every kind, signals, exit codes, reports.

#[path = "cli/attach.rs"]
mod attach;
#[path = "cli/case.rs"]
mod case;
mod desk;

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use desk::{Desk, Done, RICSPEC};

impl Desk {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(RICSPEC);
        self.place(command.args(arguments));
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Done {
        Done::of(&mut self.command(arguments))
    }

    /// Runs a command that must be refused: the exit code, and one message that contains all of `parts`.
    #[track_caller]
    fn refuse(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        self.run(arguments).is_refusal(code, parts);
    }
}

/// A case file of area `mine` with these steps.
fn case(name: &str, members: &str) -> String {
    format!(
        r#"{{
  "$schema": "case.schema.json",
  "id": "mine/{name}",
  "title": "A case of a user",
  "why": "So that users can add what is missing.",
  {members}
}}
"#
    )
}

const ECHO: &str = r#""requirements": ["RESP-01"],
  "steps": [
    {"serve": {"event": {"json": {"ricspec": 1, "do": "echo", "value": 1}}}},
    {"expect": {"call": "response", "cites": "RESP-01"}}
  ]"#;

/// The reference runtime answers an echo on /response, so this fails, with its own code.
const FAILS: &str = r#""requirements": ["ERR-01"],
  "steps": [
    {"serve": {"event": {"json": {"ricspec": 1, "do": "echo", "value": 1}}}},
    {"expect": {"call": "error", "cites": "ERR-01"}}
  ]"#;

fn mine(name: &str, members: &str) -> Desk {
    let desk = Desk::new();
    desk.write(&format!("cases/mine/{name}.json"), &case(name, members));
    desk
}

const RUN_MINE: [&str; 6] = ["run", "--reference", "--cases", "cases", "--filter", "mine"];

#[track_caller]
fn run_mine(desk: &Desk, more: &[&str]) -> Done {
    desk.run(&[&RUN_MINE, more].concat())
}

#[test]
fn a_case_of_a_user_is_played() {
    let done = run_mine(&mine("echo", ECHO), &[]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.out.contains("pass"), "{}", done.out);
}

#[test]
fn a_broken_case_file_is_named_with_its_line() {
    let desk = Desk::new();
    desk.write("cases/mine/x.json", "{\n  \"id\": \"mine/x\",\n  oops\n}\n");
    desk.refuse(&RUN_MINE, 2, &["cases/mine/x.json:3: ", "not a case"]);
}

#[test]
fn an_unknown_member_is_named() {
    let members = ECHO.replace("\"requirements\"", "\"requirments\": [], \"requirements\"");
    let desk = mine("x", &members);
    desk.refuse(&RUN_MINE, 2, &["cases/mine/x.json:", "requirments"]);
}

#[test]
fn a_duplicate_id_is_named() {
    let desk = Desk::new();
    let text = case("x", ECHO).replace("mine/x", "response/echo_object");
    desk.write("cases/response/echo_object.json", &text);
    desk.refuse(
        &RUN_MINE,
        2,
        &["echo_object.json:", "duplicate id `response/echo_object`"],
    );
}

#[test]
fn an_unknown_requirement_is_named() {
    let desk = mine("x", &ECHO.replace("[\"RESP-01\"]", "[\"RESP-99\"]"));
    desk.refuse(
        &RUN_MINE,
        2,
        &["x.json:6: ", "unknown requirement `RESP-99`"],
    );
}

#[test]
fn steps_of_an_earlier_process_are_held_to_the_law_as_well() {
    let earlier = r#""earlier": [{"signal": "TERM"}, {"expect": {"call": "next", "cites": "NEXT-99"}}], "steps""#;
    let desk = mine("x", &ECHO.replace("\"steps\"", earlier));
    let fault = ["x.json:", "at /earlier/1:", "unknown requirement `NEXT-99`"];
    desk.refuse(&RUN_MINE, 2, &fault);
}

#[test]
fn a_rule_that_names_no_invocation_is_named() {
    let rule = r#"{"compare": {"at": "", "with": "nobody", "same": "equal"}}"#;
    let checks =
        format!(r#""checks": [{{"cites": "RESP-03", "rule": {rule}}}], "call": "response""#);
    let desk = mine("x", &ECHO.replace(r#""call": "response""#, &checks));
    let fault = ["/rule/compare/with: no invocation named `nobody`"];
    desk.refuse(&RUN_MINE, 2, &fault);
}

#[test]
fn base64_is_checked_wherever_it_stands() {
    let ack = r#""ack": {"body": {"base64": "%"}}, "call": "response""#;
    let desk = mine("x", &ECHO.replace(r#""call": "response""#, ack));
    desk.refuse(&RUN_MINE, 2, &["/expect/ack/body: not valid base64"]);
}

#[test]
fn what_the_service_never_does_fails_no_run() {
    let desk = mine("x", FAILS);
    assert_eq!(run_mine(&desk, &[]).code, 1);
    let beyond = FAILS.replace("\"steps\"", "\"beyond\": \"It never does.\", \"steps\"");
    let done = run_mine(&mine("x", &beyond), &[]);
    assert_eq!(done.code, 0, "{}", done.out);
    for part in [
        "SHOULD",
        "  beyond    It never does. So it is a SHOULD at most.\n",
    ] {
        assert!(done.out.contains(part), "{}", done.out);
    }
    assert!(!done.out.contains("ERR-01  MUST"), "{}", done.out);
}

#[test]
fn a_case_says_in_words_why_it_is_beyond_the_service() {
    let empty = ECHO.replace("\"steps\"", "\"beyond\": \" \", \"steps\"");
    let fault = ["x.json:", "at /beyond: say why the real service never does"];
    mine("x", &empty).refuse(&RUN_MINE, 2, &fault);
    let image = r#""requirements": ["IMG-05"], "beyond": "It never is.", "fact": "size""#;
    let fault = ["at /beyond: a case about an image plays no service"];
    mine("x", image).refuse(&RUN_MINE, 2, &fault);
}

#[test]
fn a_trap_that_is_not_set_is_named() {
    let refuse = r#"{"refuse": {"status": 302, "headers": {"Location": "http://{trap}/"}}}"#;
    let steps = format!(r#""steps": [{refuse},"#);
    let desk = mine("x", &ECHO.replace("\"steps\": [", &steps));
    desk.refuse(&RUN_MINE, 2, &["x.json:1: ", "but the case has none"]);
}

#[test]
fn an_id_is_the_place_of_its_file() {
    let desk = Desk::new();
    desk.write("cases/mine/y.json", &case("x", ECHO));
    desk.refuse(&RUN_MINE, 2, &["y.json:3: at /id", "`mine/y`"]);
}

#[test]
fn faults_of_several_files_are_told_together() {
    let desk = mine("x", &ECHO.replace("[\"RESP-01\"]", "[\"RESP-99\"]"));
    desk.write("cases/mine/y.json", "[]");
    let done = run_mine(&desk, &[]);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("x.json") && done.err.contains("y.json"),
        "{}",
        done.err
    );
}

#[test]
fn a_folder_without_cases_is_named() {
    let desk = Desk::new();
    fs::create_dir(desk.path().join("cases")).expect("a folder");
    desk.refuse(&RUN_MINE, 2, &["no case file", "`cases`"]);
    desk.refuse(
        &["run", "--reference", "--cases", "nowhere"],
        2,
        &["`nowhere`"],
    );
}

#[test]
fn what_keeps_a_script_from_being_started_is_told() {
    let desk = Desk::new();
    desk.write("bootstrap", "#!/nowhere/sh\n");
    let run = ["run", "--", "./bootstrap"];
    desk.refuse(&run, 3, &["run `chmod +x ./bootstrap`"]);
    let path = desk.path().join("bootstrap");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("an executable");
    desk.refuse(&run, 3, &["its first line names `/nowhere/sh`"]);
    desk.write("bootstrap", "exit 0\n");
    desk.refuse(&run, 3, &["has no `#!` line"]);
}

#[test]
fn a_target_is_needed() {
    Desk::new().refuse(&["run"], 2, &["after `--`", "--reference"]);
}

#[test]
fn a_command_that_does_not_exist_is_named() {
    Desk::new().refuse(&["run", "--", "no-such-program"], 3, &["`no-such-program`"]);
}

#[test]
fn a_command_that_exits_at_once_is_one_message() {
    Desk::new().refuse(
        &["run", "--", "sh", "-c", "echo nothing here >&2; exit 7"],
        3,
        &[
            "exited with code 7",
            "before it made a call",
            "stderr: nothing here",
        ],
    );
}

#[test]
fn a_command_that_never_calls_is_one_message() {
    let command = ["run", "--startup-timeout", "0.3", "--", "sleep", "600"];
    Desk::new().refuse(
        &command,
        3,
        &["made no call", "within 0.3 s", "--startup-timeout"],
    );
}

#[test]
fn a_function_that_is_no_fixture_is_one_message() {
    let mut parts: Vec<String> = ["run", "--", RICSPEC, "reference"]
        .map(str::to_owned)
        .to_vec();
    // The reference runtime finds no handler of this name, and reports this to the service.
    parts.splice(1..1, ["--handler".to_owned(), "nowhere.handler".to_owned()]);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let both_ways = ["ricspec fixture LANGUAGE", "--no-fixture --event FILE"];
    let told = [&["is not a fixture", "two ways"][..], &both_ways].concat();
    Desk::new().refuse(&parts, 3, &told);
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    Desk::new().refuse(
        &["run", "--reference", "--port", &port],
        3,
        &[&format!("127.0.0.1:{port}"), "another --port"],
    );
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_runs() {
    let desk = Desk::new();
    desk.write("file", "").write("folder/x", "");
    for path in ["json=file/report.json", "junit=folder"] {
        let path_only = path.split_once('=').expect("a path").1;
        desk.refuse(
            &["run", "--reference", "--report", path],
            2,
            &["cannot write", path_only],
        );
    }
    let done = desk.run(&["run", "--reference", "--report", "yaml=x"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("json, junit"), "{}", done.err);
}

#[test]
fn flags_that_cannot_be_meant_are_refused() {
    let desk = Desk::new();
    let check = |option: &str, value: &str, part: &str| {
        desk.refuse(&["run", "--reference", option, value], 2, &[part]);
    };
    check("--filter", "[", "not a glob");
    check("--profile", "nothing", "profiles are");
    check("--shard", "3/2", "1/N to N/N");
    check("--shard", "x", "I/N");
    check("--env", "NAME", "NAME=VALUE");
    check("--env", "_HANDLER=x", "sets this variable itself");
    check("--jobs", "0", "at least 1");
    check("--startup-timeout", "0", "above 0");
    check("--time-scale", "0", "--time-scale");
    check("--task-root", "nowhere", "`nowhere`");
    check("--mutant", "nobody", "no mutant `nobody`");
    check("--baseline", "nowhere.toml", "`nowhere.toml`");
    check("--config", "nowhere.toml", "`nowhere.toml`");
}

#[test]
fn a_configuration_is_named_with_its_line() {
    let desk = Desk::new();
    desk.write("ricspec.toml", "reference = true\njobz = 3\n");
    desk.refuse(&["run"], 2, &["ricspec.toml:2: ", "jobz"]);
    let apart = ["run", "--memory", "512", "--reference"];
    desk.write("ricspec.toml", "");
    desk.refuse(&apart, 2, &["needs --image"]);
    let small = ["run", "--memory", "64", "--image", "x"];
    desk.refuse(&small, 2, &["--memory 64", "128 to 10240 MB"]);
}

#[test]
fn nothing_selected_is_not_green() {
    let done = Desk::new().run(&["run", "--reference", "--filter", "nowhere"]);
    assert_eq!(done.code, 4, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("`nowhere` matches no case"),
        "{}",
        done.out
    );
}

#[test]
fn a_probe_that_fails_still_writes_the_reports() {
    let desk = Desk::new();
    let reports = ["--report", "json=out/r.json", "--report", "junit=out/r.xml"];
    let command = [&["run"], &reports[..], &["--", "false"]].concat();
    assert_eq!(desk.run(&command).code, 3);
    let report: Value = serde_json::from_str(&desk.read("out/r.json")).expect("JSON");
    assert_eq!(report["summary"]["error"], 1);
    assert_eq!(report["exit_code"], 3);
    assert!(
        report["summary"]["skip"].as_u64() > Some(0),
        "no case is missing"
    );
    assert!(desk.read("out/r.xml").contains("<error"));
}

#[test]
fn a_failure_is_shown_in_full() {
    let desk = mine("x", FAILS);
    let done = run_mine(&desk, &["--report", "json=r.json", "--transcripts", "t"]);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    for part in [
        "ERR-01  MUST  response-instead-of-error",
        "POST /2018-06-01/runtime/invocation/",
        "ricspec run --filter mine/x --cases cases --reference",
    ] {
        assert!(done.out.contains(part), "{part:?} is not in: {}", done.out);
    }
    let report: Value = serde_json::from_str(&desk.read("r.json")).expect("JSON");
    assert_eq!(report["cases"][0]["verdict"], "fail");
    let judged = desk.run(&["judge", "--cases", "cases", "t"]);
    assert_eq!(judged.code, 1, "{}{}", judged.out, judged.err);
    assert!(
        judged.out.contains("response-instead-of-error"),
        "{}",
        judged.out
    );
}

#[test]
fn the_baseline_decides_what_is_expected() {
    let desk = mine("x", FAILS);
    desk.write("cases/mine/good.json", &case("good", ECHO));
    let check = |entry: &str, code: i32, part: &str| {
        let text = format!("[[known]]\nreason = \"accepted\"\n{entry}\n");
        desk.write("known.toml", &text);
        let done = run_mine(&desk, &["--baseline", "known.toml"]);
        assert_eq!(done.code, code, "{}{}", done.out, done.err);
        let all = done.out + &done.err;
        assert!(all.contains(part), "{part:?} is not in: {all}");
    };
    let known = r#"case = "mine/x"
code = "response-instead-of-error""#;
    check(known, 0, "1 expected failure");
    check(
        &format!("{known}\nuntil = \"2999-12-31\""),
        0,
        "1 expected failure",
    );
    check(
        &format!("{known}\nuntil = \"2020-01-01\""),
        1,
        "until 2020-01-01",
    );
    check("case = \"mine/x\"\ncode = \"other\"", 1, "not with `other`");
    check(
        "case = \"mine/good\"\ncode = \"no-answer\"",
        1,
        "no longer fails",
    );
    check(
        "case = \"mine/nowhere\"\ncode = \"no-answer\"",
        2,
        "mine/nowhere",
    );
    check("case = \"mine/x\"", 2, "code");
    check("case = 3", 2, "known.toml:");
}

#[test]
fn a_report_on_standard_output_is_alone_there() {
    let desk = mine("echo", ECHO);
    let done = run_mine(&desk, &["--report", "json=-"]);
    let report: Value = serde_json::from_str(&done.out).expect("nothing but JSON");
    assert_eq!(report["schema"], 1);
    assert!(done.err.contains("1 pass"), "{}", done.err);
}

/// Starts a run that stays in its case, and gives ricspec with the runtimes' process ids.
fn stuck(desk: &Desk, run: impl FnOnce(&mut Command)) {
    let quiet = r#""requirements": ["NEXT-03"], "deadline_ms": 600000,
  "steps": [{"quiet": {"ms": 500000, "cites": "NEXT-03"}}]"#;
    desk.write("cases/mine/quiet.json", &case("quiet", quiet));
    let script = format!("echo $$ >&2; echo $$ >> pids; exec {RICSPEC} reference");
    let mut command = desk.command(&[
        "run",
        "--cases",
        "cases",
        "--filter",
        "mine",
        "--report",
        "junit=r.xml",
        "--",
        "sh",
        "-c",
        &script,
    ]);
    run(&mut command);
}

/// A signal ends ricspec and every process that it started, and the results so far are written.
#[track_caller]
fn check_signal(signal: Signal) {
    let desk = Desk::new();
    desk.write("cases/mine/echo.json", &case("echo", ECHO));
    assert!(
        Command::new("mkfifo")
            .arg(desk.path().join("pids"))
            .status()
            .expect("mkfifo")
            .success()
    );
    stuck(&desk, |command| {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ricspec starts");
        // Opened for reading and writing, so that it does not end between two writers: probe, echo and quiet.
        let fifo = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(desk.path().join("pids"))
            .expect("a fifo");
        let pids: Vec<Pid> = BufReader::new(fifo)
            .lines()
            .take(3)
            .map(|line| line.expect("a line").parse().expect("a number"))
            .map(|raw| Pid::from_raw(raw).expect("a process id"))
            .collect();
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let passed = lines.next().expect("a line").expect("text");
        assert!(passed.contains("mine/echo"), "{passed}");
        let own = Pid::from_raw(i32::try_from(child.id()).expect("small")).expect("a process id");
        kill_process(own, signal).expect("it lives");
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        assert_eq!(child.wait().expect("its end").code(), Some(130), "{rest:?}");
        for pid in pids {
            assert!(test_kill_process(pid).is_err(), "{pid:?} lives on");
        }
    });
    assert!(desk.read("r.xml").contains("mine/echo"));
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    check_signal(Signal::INT);
}

#[test]
fn a_termination_leaves_nothing_behind() {
    check_signal(Signal::TERM);
}

#[test]
fn lists_have_their_shape() {
    let desk = Desk::new();
    let read = |arguments: &[&str]| -> Value {
        let done = desk.run(arguments);
        assert_eq!(done.code, 0, "{}", done.err);
        serde_json::from_str(&done.out).expect("JSON")
    };
    let cases = read(&["list", "--json", "response/echo_object"]);
    assert_eq!(cases["cases"][0]["id"], "response/echo_object");
    for member in ["title", "level", "profile", "requirements", "needs"] {
        assert!(!cases["cases"][0][member].is_null(), "{member}");
    }
    let law = read(&["list", "--requirements", "--json"]);
    for member in ["id", "level", "text", "source", "cases"] {
        assert!(!law["requirements"][0][member].is_null(), "{member}");
    }
    let mutants = read(&["list", "--mutants", "--json"]);
    assert!(mutants["mutants"].is_array() && mutants["variants"].is_array());
}

#[test]
fn the_plan_is_a_libtest_binary() {
    let desk = mine("x", FAILS);
    desk.write("cases/mine/good.json", &case("good", ECHO));
    desk.write(
        "ricspec.toml",
        "reference = true\ncases = [\"cases\"]\nfilter = [\"mine\"]\n",
    );
    let list = desk.run(&["test", "--list", "--format", "terse"]);
    assert_eq!(list.out, "mine/good: test\nmine/x: test\n");
    assert_eq!(desk.run(&["test", "--exact", "mine/good"]).code, 0);
    let failed = desk.run(&["test"]);
    assert_eq!(failed.code, 101, "{}", failed.out);
    assert!(
        failed.out.contains("response-instead-of-error"),
        "{}",
        failed.out
    );
}

/// Plays a case, writes into its transcript how the machine changed its limits, and judges it again.
#[track_caller]
fn judge_strained(desk: &Desk, case: &str, change: impl FnOnce(&mut Value)) -> Done {
    let path = format!("t/{case}.json");
    let mut transcript: Value = serde_json::from_str(&desk.read(&path)).expect("JSON");
    change(&mut transcript);
    desk.write(&path, &transcript.to_string());
    desk.run(&["judge", "--cases", "cases", "t"])
}

#[test]
fn what_a_busy_machine_has_seen_is_not_lost() {
    let desk = mine("unused", ECHO);
    let case = "boot/proxy_lower_case";
    let target = [
        "--",
        RICSPEC,
        "reference",
        "--mutant",
        "boot-obeys-http-proxy",
    ];
    let run = ["run", "--filter", case, "--transcripts", "t"];
    let played = desk.run(&[&run[..], &target[..]].concat());
    assert!(played.out.contains("BOOT-04"), "{}", played.out);
    let busy = "the machine was too busy";
    let strain = serde_json::json!({"times": 8, "put_off_ms": 40000, "tasks": 12.0, "fault": busy});
    let seen = judge_strained(&desk, case, |record| record["strain"] = strain);
    assert_eq!(seen.code, played.code, "{}{}", seen.out, seen.err);
    assert!(seen.out.contains("BOOT-04"), "{}", seen.out);
    // Without the call to the wrong path, nothing is proven.
    let lost = judge_strained(&desk, case, |record| {
        record["caught"] = Value::Array(Vec::new())
    });
    assert_eq!(lost.code, 3, "{}{}", lost.out, lost.err);
    assert!(lost.out.contains(busy), "{}", lost.out);
}

#[test]
fn a_limit_that_was_put_off_says_so() {
    let sleeps = ECHO.replace(
        "\"do\": \"echo\", \"value\": 1",
        "\"do\": \"sleep\", \"ms\": 60000",
    );
    let desk = mine("x", &format!("\"deadline_ms\": 300, {sleeps}"));
    assert_eq!(run_mine(&desk, &["--transcripts", "t"]).code, 1);
    let strain = serde_json::json!({"times": 8, "put_off_ms": 40000, "tasks": 12.0});
    let judged = judge_strained(&desk, "mine/x", |record| record["strain"] = strain);
    assert_eq!(judged.code, 1, "{}{}", judged.out, judged.err);
    let words = judged.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "the limit was put off by 40000 ms, since 12 tasks of others wanted to run";
    assert!(words.contains(told), "{}", judged.out);
}
