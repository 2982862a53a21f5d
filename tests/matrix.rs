//! `ricspec matrix` with small targets: the reference runtime, mutants of it, and some that cannot be started.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

const REFERENCE: &str = "name = \"the reference\"\n\
    kind = \"official\"\n\
    about = \"what good looks like\"\n\
    language = \"rust\"\n\
    task_root = \".\"\n\
    command = [\"{ricspec}\", \"reference\"]\n";

const MUTANT: &str = "name = \"the mutant\"\n\
    language = \"rust\"\n\
    task_root = \".\"\n\
    command = [\"{ricspec}\", \"reference\", \"--mutant\", \"error-without-message\"]\n";

const KNOWN: &str = "[[known]]\n\
    case = \"error/document\"\n\
    code = \"missing-member\"\n\
    reason = \"this mutant is made so\"\n";

/// One case, which the mutant fails.
const FILTER: [&str; 2] = ["--filter", "error/document"];

/// A folder of runtimes, with a cache next to it.
struct Desk(TempDir);

struct Done {
    code: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new(runtimes: &[(&str, &str)]) -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        for (key, manifest) in runtimes {
            desk.write(&format!("runtimes/{key}/runtime.toml"), manifest);
        }
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).expect(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(RICSPEC);
        command
            .args(["matrix", "runtimes", "--cache", "cache"])
            .args(arguments)
            .current_dir(self.path());
        command
    }

    #[track_caller]
    fn matrix(&self, arguments: &[&str]) -> Done {
        let output = self.command(arguments).output().expect("ricspec starts");
        Done {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    #[track_caller]
    fn check(&self, code: i32, arguments: &[&str]) {
        let done = self.matrix(&[&FILTER, arguments].concat());
        assert_eq!(done.code, code, "{}{}", done.out, done.err);
    }
}

fn shell(name: &str, rest: &str) -> String {
    format!("name = \"{name}\"\nlanguage = \"shell\"\n{rest}\n")
}

/// A good runtime, a bad one, and four that are missing, each for its own reason.
fn mixed() -> Desk {
    let failing =
        "install = [[\"sh\", \"-c\", \"echo no such package >&2; exit 7\"]]\ncommand = [\"sh\"]";
    let no_tool = "requires = [\"sh\", \"no-such-tool\"]\ncommand = [\"sh\"]";
    let no_call = "command = [\"sh\", \"-c\", \"echo bye >&2; exit 5\"]";
    let no_program = "command = [\"no-such-program\"]";
    Desk::new(&[
        ("reference", REFERENCE),
        ("mutant", MUTANT),
        ("no-tool", &shell("no tool", no_tool)),
        ("no-installation", &shell("no installation", failing)),
        ("no-program", &shell("no program", no_program)),
        ("no-call", &shell("no call", no_call)),
    ])
}

#[test]
fn every_runtime_has_its_row() {
    let desk = mixed();
    let done = desk.matrix(&[&FILTER[..], &["--report", "markdown=-"]].concat());
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    let ending = "6 runtimes: 1 as expected, 1 not as expected, 4 missing";
    assert!(done.err.contains(ending), "{}", done.err);

    let table: Vec<&str> = done.out.lines().skip(4).collect();
    let missing = [
        "| no call (ours) | shell | not judged: \\`",
        "| no installation (ours) | shell | not judged: it cannot be installed: \\`sh -c ",
        "| no program (ours) | shell | not judged: cannot start \\`no-such-program\\`: ",
        "| no tool (ours) | shell | not judged: it needs \\`no-such-tool\\`, which is not in PATH |",
    ];
    assert_eq!(table[0], "| the mutant (ours) | rust | 1 | 0 | 0 | 0 |");
    assert_eq!(table[1], "| the reference | rust | 0 | 0 | 1 | 0 |");
    assert_eq!(table.len(), 2 + missing.len());
    for (line, start) in table.iter().skip(2).zip(missing) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn reports_hold_the_evidence_and_the_reasons() {
    let desk = mixed();
    let reports = ["--report", "json=m.json", "--report", "html=m.html"];
    let done = desk.matrix(&[&FILTER[..], &reports].concat());
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);

    let json: Value = serde_json::from_str(&desk.read("m.json")).expect("JSON");
    check_valid("matrix.schema.json", &json);
    let runtimes = json["runtimes"].as_array().expect("an array");
    let judged = runtimes.iter().filter(|one| one["state"] == "judged");
    assert_eq!(judged.count(), 2);
    check_valid("report.schema.json", &runtimes[0]["report"]);
    let reason = |index: usize| runtimes[index]["reason"].as_str().expect("a reason");
    assert!(reason(2).ends_with("\n  stderr: bye"), "{}", reason(2));
    let log = "exit status: 7\n  no such package";
    assert!(reason(3).ends_with(log), "{}", reason(3));

    let page = desk.read("m.html");
    let parts = [
        "a JSON object with errorMessage and errorType",
        "/error HTTP/1.1",
        "no such package",
        "error-without-message",
    ];
    for part in parts {
        assert!(page.contains(part), "{part} is not in the page");
    }
}

#[track_caller]
fn check_valid(schema: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/schemas");
    let text = fs::read_to_string(path.join(schema)).expect("a schema");
    let schema = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|fault| format!("at {}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn exit_codes_follow_the_baselines() {
    let no_tool = shell("a", "requires = [\"no-such-tool\"]\ncommand = [\"sh\"]");
    let desk = Desk::new(&[
        ("reference", REFERENCE),
        ("mutant", MUTANT),
        ("no-tool", &no_tool),
    ]);
    desk.check(3, &[]);
    desk.check(1, &["--allow-missing"]);
    desk.check(1, &["--runtime", "mutant"]);
    desk.check(0, &["--runtime", "reference"]);
    desk.check(
        0,
        &[
            "--runtime",
            "reference",
            "--runtime",
            "no-*",
            "--allow-missing",
        ],
    );
    desk.check(4, &["--runtime", "no-*", "--allow-missing"]);
    desk.write("runtimes/mutant/baseline.toml", KNOWN);
    desk.check(0, &["--allow-missing"]);
    desk.write("runtimes/reference/baseline.toml", KNOWN);
    desk.check(1, &["--runtime", "reference"]);
}

#[test]
fn bad_input_is_told_before_anything_is_played() {
    let check = |desk: &Desk, arguments: &[&str], parts: &[&str]| {
        let done = desk.matrix(arguments);
        assert_eq!(done.code, 2, "{}", done.err);
        assert_eq!(done.out, "");
        for part in parts {
            assert!(done.err.contains(part), "{part} is not in {}", done.err);
        }
    };
    let desk = Desk::new(&[("reference", REFERENCE)]);
    check(
        &desk,
        &["--runtime", "x*"],
        &["`x*` matches none", "reference"],
    );
    check(&desk, &["--runtime", "[x"], &["`[x` is not a glob"]);
    check(&desk, &["--filter", "next/[x"], &["is not a glob"]);
    check(&desk, &["--report", "yaml=x"], &["no format `yaml`"]);
    desk.write("runtimes/reference/baseline.toml", "[[known]]\ncase = 1\n");
    check(&desk, &[], &["runtimes/reference/baseline.toml:2"]);
    desk.write(
        "runtimes/bad/runtime.toml",
        "name = \"bad\"\nlanguage = 1\n",
    );
    check(&desk, &[], &["runtimes/bad/runtime.toml:2: "]);
    let empty = Desk::new(&[]);
    fs::create_dir(empty.path().join("runtimes")).expect("a folder");
    check(&empty, &[], &["`runtimes` names no runtime"]);
    check(&Desk::new(&[]), &[], &["cannot read `runtimes`"]);
}

const IMAGE: &str =
    "name = \"an image\"\nlanguage = \"python\"\nimage = \"localhost/ricspec-no-such\"\n";

#[test]
fn a_bad_image_is_told_before_anything_is_played() {
    let check = |lines: &str, part: &str| {
        let desk = Desk::new(&[
            ("reference", REFERENCE),
            ("bad", &format!("{IMAGE}{lines}\n")),
        ]);
        let done = desk.matrix(&[]);
        assert_eq!(done.code, 2, "{}", done.err);
        assert_eq!(done.out, "");
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
        let place = "error: runtimes/bad/runtime.toml:";
        assert!(done.err.starts_with(place), "{}", done.err);
        assert!(done.err.contains(part), "{part} is not in {}", done.err);
    };
    check(
        "command = [\"x\"]",
        "`an image` has both a `command` and an `image`: leave one",
    );
    check("engine = \"lxc\"", "toml:4: unknown variant `lxc`");
    check("memory = 64", "64: Lambda gives from 128 to 10240 MB");
    check("entrypoint = \"'x\"", "a quote is not closed");
    check("task_root = \"function\"", "begin it with a slash");
    check(
        "env = { _HANDLER = \"x\" }",
        "ricspec sets this variable itself",
    );
    check("event = [\"runtime.toml\"]", "an event must be JSON");
    check("entry = \"x\"", "toml:4: unknown field `entry`");
}

#[test]
fn an_image_without_an_engine_is_missing() {
    let desk = Desk::new(&[("reference", REFERENCE), ("image", IMAGE)]);
    let reports = ["markdown=-", "json=m.json", "junit=m.xml", "html=m.html"];
    let reports = reports.map(|report| ["--report", report]).concat();
    let output = desk
        .command(&[&FILTER[..], &reports].concat())
        .env("PATH", desk.path())
        .output()
        .expect("ricspec starts");
    let table = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(3), "{table}");
    let line = "| an image (ours) | python | not judged: no container engine works here: there is no \\`docker\\`;";
    assert!(table.contains(line), "{table}");
    let json: Value = serde_json::from_str(&desk.read("m.json")).expect("JSON");
    assert_eq!(json["runtimes"][1]["state"], "missing");
    for report in ["m.json", "m.xml", "m.html"] {
        let text = desk.read(report);
        assert!(text.contains("install podman or docker"), "{text}");
    }
}

#[test]
fn targets_of_a_file_need_no_folders() {
    let desk = Desk::new(&[]);
    desk.write("known.toml", KNOWN);
    let mutant = MUTANT.replace("task_root", "task-root") + "baseline = \"known.toml\"\n";
    desk.write(
        "ricspec.toml",
        &format!("strict = true\n[[target]]\n{REFERENCE}[[target]]\n{mutant}"),
    );
    let output = Command::new(RICSPEC)
        .args(["matrix", "--cache", "cache"])
        .args(FILTER)
        .current_dir(desk.path())
        .output()
        .expect("ricspec starts");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{out}");
    assert!(out.contains("2 runtimes: 2 as expected"), "{out}");
    // The same file is still the configuration of a run.
    let run = Command::new(RICSPEC)
        .args(["run", "--reference"])
        .args(FILTER)
        .current_dir(desk.path())
        .output();
    assert_eq!(run.expect("ricspec starts").status.code(), Some(0));
}

/// A runtime whose installation writes a line into a file.
fn installed(line: &str) -> String {
    REFERENCE.replace("task_root = \".\"", "handler = \"fixture.handler\"")
        + &format!("install = [[\"sh\", \"-c\", \"echo {line} >> {{folder}}/lines\"]]\n")
}

#[test]
fn what_is_installed_stays() {
    let desk = Desk::new(&[("mine", &installed("first $CARGO_NET_OFFLINE"))]);
    let lines = || desk.read("runtimes/mine/lines");
    desk.check(3, &["--no-install"]);
    desk.check(0, &["--offline"]);
    assert_eq!(lines(), "first true\n");
    desk.check(0, &[]);
    desk.check(0, &["--no-install"]);
    assert_eq!(lines(), "first true\n");
    assert!(
        desk.read("cache/mine/fixture/src/main.rs")
            .contains("fn main")
    );
    desk.write("runtimes/mine/runtime.toml", &installed("second"));
    desk.check(3, &["--no-install"]);
    desk.check(0, &[]);
    assert_eq!(lines(), "first true\nsecond\n");
}

#[test]
fn an_interrupted_installation_leaves_no_process_and_a_report() {
    let script = "exec 3> {folder}/fifo; echo up >&3; exec sleep 600";
    let slow = shell(
        "slow",
        &format!("install = [[\"sh\", \"-c\", \"{script}\"]]\ncommand = [\"sh\"]"),
    );
    let desk = Desk::new(&[("a-slow", &slow), ("reference", REFERENCE)]);
    let fifo = desk.path().join("runtimes/a-slow/fifo");
    let made = Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    let mut child = desk
        .command(&["--report", "json=m.json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("ricspec starts");
    // It opens when the installation has opened its end, and ends with the last process that holds it.
    let mut fifo = BufReader::new(fs::File::open(fifo).expect("a fifo"));
    let mut line = String::new();
    fifo.read_line(&mut line).expect("a line");
    assert_eq!(line, "up\n");
    let own = Pid::from_raw(i32::try_from(child.id()).expect("small")).expect("a process id");
    kill_process(own, Signal::INT).expect("it lives");
    assert_eq!(child.wait().expect("its end").code(), Some(130));
    fifo.read_to_string(&mut line).expect("the end");
    let json: Value = serde_json::from_str(&desk.read("m.json")).expect("JSON");
    assert_eq!(json["interrupted"], true);
    let reasons: Vec<_> = json["runtimes"]
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|one| one["reason"].as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "interrupted while it was installed",
            "interrupted before its turn"
        ]
    );
}
