//! Inputs: cases, transcripts, reports, baselines, events, configurations, manifests.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{RICSPEC, as_nobody, own_copy};
use crate::desk::{Desk, Done};

/// Every way to name an input file; `@` stands for the file.
const INPUTS: [&[&str]; 8] = [
    &["run", "--reference", "--baseline", "@"],
    &["run", "--reference", "--config", "@"],
    &["run", "--reference", "--event", "@"],
    &["judge", "@"],
    &["baseline", "accept", "@", "--baseline", "known.toml"],
    &["baseline", "prune", "@", "--baseline", "known.toml"],
    &["baseline", "prune", "r.json", "--baseline", "@"],
    &["matrix", "@"],
];

/// More than the limit for any file, without using the disk.
const HUGE: u64 = 300 << 20;

#[test]
fn what_is_no_file_is_refused_wherever_a_file_is_named() {
    let desk = Desk::with_case();
    assert_eq!(desk.play(&["--report", "json=r.json"]).code, 0);
    desk.fifo("fifo")
        .write("known.toml", "")
        .write("latin", "caf\u{e9}");
    fs::write(desk.path().join("latin"), b"\ncaf\xe9\n").expect("a file");
    File::create(desk.path().join("huge"))
        .and_then(|file| file.set_len(HUGE))
        .expect("a file with a hole");
    let check = |arguments: &[&str], path: &str, parts: &[&str]| {
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|word| if *word == "@" { path } else { word })
            .collect();
        desk.ricspec(&arguments)
            .is_refusal(2, &[parts, &[path]].concat());
    };
    for arguments in INPUTS {
        check(arguments, "fifo", &["a FIFO", "regular file"]);
        check(arguments, "/dev/zero", &["a device", "regular file"]);
        check(arguments, "huge", &["MiB", "right file"]);
        check(arguments, "latin", &["latin:2: ", "UTF-8"]);
        check(arguments, "nowhere", &["check the path"]);
    }
    // For the others, a folder is valid.
    for arguments in INPUTS
        .iter()
        .filter(|words| !["judge", "matrix"].contains(&words[0]))
    {
        check(arguments, "cases", &["a folder", "regular file"]);
    }
}

#[test]
fn a_case_folder_may_hold_files_only() {
    let desk = Desk::with_case();
    desk.fifo("cases/mine/fifo.json");
    desk.play(&[])
        .is_refusal(2, &["cases/mine/fifo.json", "a FIFO"]);
    let desk = Desk::with_case();
    symlink(".", desk.path().join("cases/circle")).expect("a link");
    let done = desk.play(&["--report", "json=-"]);
    let report: Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!(report["summary"]["pass"], 1, "each file once");
}

#[test]
fn what_a_shell_hands_over_is_read() {
    let desk = Desk::with_case();
    assert_eq!(desk.play(&["--transcripts", "t"]).code, 0);
    let check = |script: &str| {
        let script = script.replace("ricspec", RICSPEC);
        let done = desk.words(&["sh", "-c", &script]);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        assert!(done.out.contains("mine/echo"), "{}", done.out);
    };
    check("cat t/mine/echo.json | ricspec judge --cases cases /dev/stdin");
    check("ricspec judge --cases cases /dev/stdin <t/mine/echo.json");
    check("cat t/mine/echo.json | { ricspec judge --cases cases /dev/fd/3; } 3<&0");
    check(
        "ricspec run --reference --cases cases --filter mine --baseline /dev/null --config /dev/null",
    );
}

#[test]
fn a_transcript_of_another_schema_is_refused() {
    let desk = Desk::with_case();
    assert_eq!(desk.play(&["--transcripts", "t"]).code, 0);
    let mut transcript: Value = serde_json::from_str(&desk.read("t/mine/echo.json")).expect("JSON");
    let known = transcript["schema"].clone();
    for (schema, more) in [(0, false), (99, false), (99, true)] {
        transcript["schema"] = schema.into();
        if more {
            transcript["what_is_yet_to_come"] = true.into();
        }
        desk.write("t/mine/echo.json", &transcript.to_string());
        let done = desk.ricspec(&["judge", "--cases", "cases", "t"]);
        let other = format!("schema {schema}");
        let reads = format!("reads schema {known}");
        done.is_refusal(2, &["t/mine/echo.json", &other, &reads, "recorded it"]);
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_refused() {
    let check = |make: &dyn Fn(&Desk), parts: &[&str]| {
        let desk = Desk::with_case();
        make(&desk);
        desk.play(&[]).is_refusal(2, parts);
        desk.ricspec(&["test", "--list"]).is_refusal(2, parts);
    };
    let path = |desk: &Desk| desk.path().join("ricspec.toml");
    check(
        &|desk| fs::create_dir(path(desk)).expect("a folder"),
        &["`ricspec.toml`", "a folder"],
    );
    check(
        &|desk| fs::write(path(desk), b"# caf\xe9\n").expect("a file"),
        &["ricspec.toml:1: ", "UTF-8"],
    );
    check(
        &|desk| symlink("nowhere", path(desk)).expect("a link"),
        &["`ricspec.toml`", "check the path"],
    );
    let desk = Desk::with_case();
    own_copy(&desk);
    desk.write("ricspec.toml", "")
        .set_mode("ricspec.toml", 0o000);
    let nobody = as_nobody();
    let done = desk.words(&[&nobody[..], &["./ricspec", "run", "--reference"]].concat());
    done.is_refusal(2, &["`ricspec.toml`", "denied", "let your user read it"]);
}

/// A name that is not UTF-8.
fn odd() -> &'static OsStr {
    OsStr::from_bytes(b"caf\xe9")
}

#[test]
fn a_folder_whose_name_is_not_utf8_is_refused() {
    let desk = Desk::with_case();
    let folder = desk.path().join(odd());
    fs::create_dir_all(folder.join("runtimes/one")).expect("a folder");
    fs::write(
        folder.join("runtimes/one/runtime.toml"),
        "name = \"a\"\nlanguage = \"python\"\ncommand = [\"x\"]\n",
    )
    .expect("a file");
    fs::copy(RICSPEC, folder.join("ricspec")).expect("a copy");
    let place = |path: &str| -> PathBuf { folder.join(path) };
    let check = |command: &mut Command| {
        let done = Done::of(desk.place(command));
        done.is_refusal(2, &["not UTF-8", "caf\\xE9", "rename it"]);
    };
    let ricspec = |words: &[&str], path: PathBuf| {
        let mut command = Command::new(RICSPEC);
        command.args(words).arg(path);
        command
    };
    let reference = ["run", "--reference"];
    check(&mut ricspec(
        &[&reference[..], &["--cases"]].concat(),
        place("cases"),
    ));
    check(&mut ricspec(
        &[&reference[..], &["--transcripts"]].concat(),
        place("t"),
    ));
    check(&mut ricspec(
        &[&reference[..], &["--task-root"]].concat(),
        place("runtimes"),
    ));
    check(&mut ricspec(&["matrix"], place("runtimes")));
    check(&mut ricspec(&["matrix", "--cache"], place("cache")));
    check(Command::new(place("ricspec")).args(reference));
    let mut inside = Command::new(RICSPEC);
    desk.place(inside.args(reference));
    let done = Done::of(inside.current_dir(&folder));
    done.is_refusal(2, &["not UTF-8", "caf\\xE9", "rename it"]);
    for name in ["PATH", "TMPDIR"] {
        let mut with = Command::new(RICSPEC);
        check(with.args(reference).env(name, &folder));
    }
    // The program of the runtime, found through a path of plain letters.
    let mut outside = Command::new(RICSPEC);
    outside.args(["run", "--task-root", "cases", "--", "ricspec", "reference"]);
    check(outside.env("PATH", &folder));
    // A case file.
    fs::copy(
        desk.path().join("cases/mine/echo.json"),
        desk.path()
            .join("cases/mine")
            .join(OsStr::from_bytes(b"\xff.json")),
    )
    .expect("a copy");
    desk.play(&[]).is_refusal(2, &["not UTF-8", "\\xFF.json"]);
}

#[test]
fn counts_of_nothing_are_refused() {
    let desk = Desk::with_case();
    desk.play(&["--repeat", "0"])
        .is_refusal(2, &["--repeat", "at least 1"]);
    desk.write("ricspec.toml", "repeat = 0\n");
    desk.play(&[]).is_refusal(2, &["--repeat", "at least 1"]);
}

#[test]
fn the_configuration_names_what_is_written() {
    let desk = Desk::with_case();
    let text = "reference = true\ncases = [\"cases\"]\nfilter = [\"mine\"]\nquiet = true\n\
                report = [\"json=out/r.json\", \"junit=out/r.xml\"]\ntranscripts = \"t\"\n";
    desk.write(
        "there/ricspec.toml",
        &text.replace("\"cases\"", "\"../cases\""),
    );
    let done = desk.ricspec(&["run", "--config", "there/ricspec.toml"]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(!done.out.contains("mine/echo"), "it is quiet: {}", done.out);
    assert!(desk.read("there/out/r.json").contains("mine/echo"));
    assert!(desk.read("there/out/r.xml").contains("mine/echo"));
    assert!(desk.read("there/t/mine/echo.json").contains("mine/echo"));
    // An option wins.
    desk.write("ricspec.toml", text);
    let done = desk.ricspec(&["run", "--report", "json=-"]);
    assert!(done.out.starts_with('{'), "{}", done.out);
    assert!(!desk.path().join("out").exists());
    desk.write("ricspec.toml", "report = [\"yaml=x\"]\n");
    let done = desk.ricspec(&["run", "--reference"]);
    done.is_refusal(2, &["ricspec.toml:1: ", "no format `yaml`"]);
}

#[test]
fn a_baseline_of_the_configuration_may_be_yet_to_come() {
    let desk = Desk::with_case();
    let fails = super::ECHO
        .replace("RESP-01", "ERR-01")
        .replace("\"response\"", "\"error\"");
    desk.write("cases/mine/echo.json", &fails);
    let text =
        "reference = true\ncases = [\"cases\"]\nfilter = [\"mine\"]\nbaseline = \"known.toml\"\n";
    desk.write("ricspec.toml", text);
    let run = ["run", "--report", "json=r.json"];
    let done = desk.ricspec(&run);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    assert!(
        done.out
            .contains("note: there is no baseline `known.toml` yet"),
        "{}",
        done.out
    );
    let accept = [
        "baseline",
        "accept",
        "r.json",
        "--baseline",
        "known.toml",
        "--cases",
        "cases",
    ];
    assert_eq!(desk.ricspec(&accept).code, 0);
    let done = desk.ricspec(&run);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(
        !done.out.contains("note: there is no baseline"),
        "{}",
        done.out
    );
    // On the command line, the path is wrong.
    let wrong = ["run", "--baseline", "nowhere.toml"];
    desk.ricspec(&wrong)
        .is_refusal(2, &["`nowhere.toml`", "check the path"]);
}
