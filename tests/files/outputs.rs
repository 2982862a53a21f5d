//! What is written: reports, transcripts, baselines, fixtures.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{NOBODY, RICSPEC, as_nobody, own_copy};
use crate::desk::Desk;

#[track_caller]
fn is_report(text: &str) {
    let report: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(report["summary"]["pass"], 1);
}

#[test]
fn a_device_is_written_through_and_stays_one() {
    let desk = Desk::with_case();
    let reports = ["--report", "json=/dev/null", "--report", "junit=/dev/null"];
    assert_eq!(desk.play(&reports).code, 0);
    let full = ["--report", "json=/dev/full", "--report", "junit=r.xml"];
    let done = desk.play(&full);
    done.is_refusal(3, &["cannot write `/dev/full`", "make room"]);
    assert!(done.out.contains("1 pass"), "{}", done.out);
    assert!(desk.read("r.xml").contains("mine/echo"), "the other one");
    for path in ["/dev/null", "/dev/full"] {
        let kind = fs::metadata(path).expect(path).file_type();
        assert!(kind.is_char_device(), "{path}");
    }
}

#[test]
fn a_fifo_is_written_through_to_its_reader() {
    let desk = Desk::with_case();
    desk.fifo("fifo");
    let mut reader = Command::new("cat");
    let reader = desk.place(reader.arg("fifo").stdout(Stdio::piped()));
    let reader = reader.spawn().expect("cat");
    assert_eq!(desk.play(&["--report", "json=fifo"]).code, 0);
    let read = reader.wait_with_output().expect("its end").stdout;
    is_report(&String::from_utf8(read).expect("UTF-8"));
    let kind = fs::metadata(desk.path().join("fifo"))
        .expect("it")
        .file_type();
    assert!(kind.is_fifo());
}

#[test]
fn a_fifo_without_a_reader_holds_nothing_up() {
    let desk = Desk::with_case();
    desk.fifo("fifo");
    let done = desk.play(&["--report", "json=fifo", "--report", "junit=r.xml"]);
    done.is_refusal(3, &["`fifo`", "nobody has opened it", "start its reader"]);
    assert!(desk.read("r.xml").contains("mine/echo"));
}

#[test]
fn an_open_file_is_written_to_where_it_ends() {
    let desk = Desk::with_case();
    let script = format!(
        "exec 3>out; echo before >&3; {RICSPEC} {} --report junit=/dev/fd/3",
        super::RUN.join(" ")
    );
    assert_eq!(desk.words(&["sh", "-c", &script]).code, 0);
    assert!(desk.read("out").starts_with("before\n<?xml"));
    // Text for people gives way, as for `-`.
    let script = format!(
        "{RICSPEC} {} --report json=/dev/stdout >out",
        super::RUN.join(" ")
    );
    assert_eq!(desk.words(&["sh", "-c", &script]).code, 0);
    is_report(&desk.read("out"));
}

#[test]
fn links_are_followed_and_stay() {
    let desk = Desk::with_case();
    desk.write("there/old.json", "old");
    symlink("there/old.json", desk.path().join("link.json")).expect("a link");
    symlink("there/new.json", desk.path().join("dangling.json")).expect("a link");
    let reports = [
        "--report",
        "json=link.json",
        "--report",
        "junit=dangling.json",
    ];
    assert_eq!(desk.play(&reports).code, 0);
    is_report(&desk.read("there/old.json"));
    assert!(desk.read("there/new.json").starts_with("<?xml"));
    for link in ["link.json", "dangling.json"] {
        assert!(desk.path().join(link).is_symlink(), "{link}");
    }
}

#[test]
fn an_old_file_keeps_its_owner_and_mode() {
    let desk = Desk::with_case();
    desk.write("r.json", "old").set_mode("r.json", 0o600);
    let path = desk.path().join("r.json");
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        let id = NOBODY.parse().expect("a number");
        chown(&path, Some(id), Some(id)).expect("an owner");
    }
    let before = fs::metadata(&path).expect("it");
    assert_eq!(desk.play(&["--report", "json=r.json"]).code, 0);
    let after = fs::metadata(&path).expect("it");
    let owner = |found: &fs::Metadata| (found.uid(), found.gid(), found.mode());
    assert_eq!(owner(&after), owner(&before));
    assert_ne!(after.ino(), before.ino(), "it is replaced whole");
    is_report(&desk.read("r.json"));
}

#[test]
fn new_files_have_the_modes_of_their_kind() {
    let desk = Desk::with_case();
    for (mask, report) in [("022", 0o644), ("027", 0o640), ("077", 0o600)] {
        let script = format!(
            "rm -rf out; umask {mask}; {RICSPEC} {} --report json=out/r.json --transcripts out/t",
            super::RUN.join(" ")
        );
        assert_eq!(desk.words(&["sh", "-c", &script]).code, 0);
        assert_eq!(desk.mode("out/r.json"), report, "{mask}");
        assert_eq!(desk.mode("out/t/mine/echo.json"), 0o600, "{mask}");
    }
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_played() {
    let desk = Desk::with_case();
    desk.write("file", "text").write("folder/x", "");
    let socket = std::os::unix::net::UnixListener::bind(desk.path().join("socket"));
    let before = desk.names();
    let check = |option: &str, place: &str, parts: &[&str]| {
        let done = desk.play(&[option, place]);
        done.is_refusal(2, parts);
        assert!(!done.out.contains("mine/echo"), "{}", done.out);
    };
    check("--report", "json=folder", &["`folder`", "a folder"]);
    check("--report", "json=folder/", &["`folder/`", "a folder"]);
    check("--report", "json=new/", &["`new/`", "a folder"]);
    check("--report", "json=file/r.json", &["`file/r.json`"]);
    check("--report", "json=socket", &["`socket`", "a socket"]);
    check("--report", "json=/proc/r.json", &["`/proc/r.json`"]);
    check("--transcripts", "file", &["`file`", "no folder"]);
    check("--transcripts", "/proc/t", &["`/proc/t`"]);
    assert_eq!(desk.names(), before, "nothing is made");
    drop(socket);
}

#[test]
fn a_place_of_somebody_else_is_refused_before_anything_is_played() {
    let desk = Desk::with_case();
    own_copy(&desk);
    desk.write("locked/old.json", "old").write("r.json", "old");
    desk.set_mode("r.json", 0o444).set_mode("locked", 0o555);
    let check = |option: &str, place: &str| {
        let nobody = as_nobody();
        let words = [&nobody[..], &["./ricspec"], &super::RUN, &[option, place]].concat();
        let done = desk.words(&words);
        done.is_refusal(2, &["cannot write", "denied", "choose another path"]);
        assert!(!done.out.contains("mine/echo"), "{}", done.out);
    };
    check("--report", "json=r.json");
    check("--report", "json=locked/new.json");
    check("--report", "json=locked/old.json");
    check("--report", "json=locked/new/r.json");
    check("--transcripts", "locked");
    check("--transcripts", "locked/t");
    // Only the folder is closed: the file takes a new text.
    desk.set_mode("locked/old.json", 0o666);
    let nobody = as_nobody();
    let report = ["--report", "json=locked/old.json"];
    let done = desk.words(&[&nobody[..], &["./ricspec"], &super::RUN, &report].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    is_report(&desk.read("locked/old.json"));
    assert_eq!(desk.mode("locked/old.json"), 0o666);
}

#[test]
fn one_place_takes_one_report() {
    let desk = Desk::with_case();
    symlink("r", desk.path().join("link")).expect("a link");
    symlink(".", desk.path().join("here")).expect("a link");
    desk.fifo("fifo");
    let check = |one: &str, other: &str| {
        let done = desk.play(&["--report", one, "--report", other]);
        done.is_refusal(2, &["are the same place", one]);
        assert!(!desk.path().join("r").exists());
    };
    check("json=r", "junit=r");
    check("json=r", "junit=./r");
    check("json=r", "junit=link");
    check("json=link", "junit=here/r");
    check("json=fifo", "junit=./fifo");
    check("json=-", "junit=-");
    check("json=-", "markdown=/dev/stdout");
}

/// A runtime of a shell, which first does this.
fn runtime(desk: &Desk, script: &str) -> Vec<String> {
    let text = format!("#!/bin/sh\n{script}\nexec {RICSPEC} reference\n");
    desk.write("bootstrap", &text).set_mode("bootstrap", 0o755);
    let run = ["run", "--cases", "cases", "--filter", "mine"];
    let target = ["--", "./bootstrap"];
    let outputs = ["--report", "json=out/r.json", "--transcripts", "t"];
    let words = [&run[..], &outputs, &target].concat();
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[track_caller]
fn run(desk: &Desk, words: &[String]) -> crate::desk::Done {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    desk.ricspec(&words)
}

#[test]
fn nothing_lies_about_during_a_run() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "find . | sort >seen");
    let mut before = desk.names();
    assert_eq!(run(&desk, &words).code, 0);
    let seen = desk.read("seen");
    let mut seen: Vec<&str> = seen
        .lines()
        .filter_map(|line| line.strip_prefix("./"))
        .collect();
    before.extend(["out", "seen", "t"].map(str::to_owned));
    before.sort();
    seen.sort_unstable();
    assert_eq!(seen, before, "no draft, and no report before its time");
    let mut after = before;
    after.extend(["out/r.json", "t/mine", "t/mine/echo.json"].map(str::to_owned));
    after.sort();
    assert_eq!(desk.names(), after, "and no draft afterwards");
}

#[test]
fn what_is_killed_leaves_nothing_behind() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "kill -KILL $PPID");
    let before = desk.names();
    let mut command = Command::new(RICSPEC);
    let status = desk
        .place(command.args(&words))
        .stdout(Stdio::null())
        .status();
    let status = status.expect("it starts");
    assert_eq!(status.code(), None, "a signal ended it");
    let mut after = desk.names();
    after.retain(|name| !["out", "t"].contains(&name.as_str()));
    assert_eq!(after, before);
}

#[test]
fn a_transcript_that_cannot_be_written_is_said() {
    let desk = Desk::with_case();
    // It gets in the way after the places have been looked at.
    let words = runtime(&desk, "[ -e t/mine ] || : >t/mine");
    let done = run(&desk, &words);
    done.is_refusal(
        3,
        &["1 of 1 transcripts are not kept", "`t/mine/echo.json`"],
    );
    assert!(done.out.contains("1 pass"), "{}", done.out);
    is_report(&desk.read("out/r.json"));
    assert!(desk.read("out/r.json").contains("transcripts are not kept"));
    // A transcript is private, so that nothing but a file takes it.
    let desk = Desk::with_case();
    let words = runtime(
        &desk,
        "[ -e t/mine ] || { mkdir t/mine; mkfifo t/mine/echo.json; }",
    );
    let done = run(&desk, &words);
    done.is_refusal(
        3,
        &["1 of 1 transcripts are not kept", "not a regular file"],
    );
}

#[test]
fn a_folder_that_a_runtime_takes_away_is_made_again() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "rm -rf out t");
    let done = run(&desk, &words);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    is_report(&desk.read("out/r.json"));
    assert!(desk.path().join("t/mine/echo.json").exists());
}

#[test]
fn a_runtime_that_deletes_its_own_folder_is_one_message() {
    let desk = Desk::with_case();
    for name in ["two", "three"] {
        let case = super::ECHO.replace("mine/echo", &format!("mine/{name}"));
        desk.write(&format!("cases/mine/{name}.json"), &case);
    }
    desk.write("function/x", "");
    // The probe comes first.
    let script =
        format!("[ ! -e ../probed ] || rm -r ../function; : >../probed; exec {RICSPEC} reference");
    desk.write("function/bootstrap", &format!("#!/bin/sh\n{script}\n"));
    desk.set_mode("function/bootstrap", 0o755);
    let run = ["run", "--cases", "cases", "--filter", "mine", "--jobs", "1"];
    let more = ["--report", "json=r.json", "--task-root", "function"];
    let target = ["--", "function/bootstrap"];
    let done = desk.ricspec(&[&run[..], &more, &target].concat());
    done.is_refusal(
        3,
        &[
            "is gone since `mine/",
            "2 cases could not be",
            "put them back",
        ],
    );
    let report: Value = serde_json::from_str(&desk.read("r.json")).expect("JSON");
    assert_eq!(report["summary"]["error"], 0, "none is ours");
    assert_eq!(report["summary"]["skip"], 2);
    assert!(done.out.contains("has deleted it"), "{}", done.out);
}

#[test]
fn a_summary_of_a_step_that_cannot_be_written_is_a_note() {
    let desk = Desk::with_case();
    desk.fifo("fifo").write("folder/x", "");
    for place in ["fifo", "folder"] {
        let env = format!("GITHUB_STEP_SUMMARY={place}");
        let words = [
            &["env", "GITHUB_ACTIONS=true", &env, RICSPEC],
            &super::RUN[..],
        ]
        .concat();
        let done = desk.words(&words);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        let note = format!("the step has no summary: cannot write `{place}`");
        assert!(
            (done.out.clone() + &done.err).contains(&note),
            "{}{}",
            done.out,
            done.err
        );
    }
}

#[test]
fn a_fixture_that_somebody_has_edited_stays() {
    let desk = Desk::new();
    let write = ["fixture", "python", "--output", "f"];
    assert_eq!(desk.ricspec(&write).code, 0);
    let shipped = desk.read("f/fixture.py");
    let again = desk.ricspec(&write);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.contains("up to date"), "{}", again.out);
    desk.write("f/fixture.py", "mine");
    let done = desk.ricspec(&write);
    done.is_refusal(2, &["`f/fixture.py`", "--force"]);
    assert_eq!(desk.read("f/fixture.py"), "mine");
    assert_eq!(desk.ricspec(&[&write[..], &["--force"]].concat()).code, 0);
    assert_eq!(desk.read("f/fixture.py"), shipped);
}

#[test]
fn a_baseline_is_rewritten_where_its_link_leads() {
    let desk = Desk::with_case();
    assert_eq!(desk.play(&["--report", "json=r.json"]).code, 0);
    let entry =
        |case: &str| format!("[[known]]\ncase = \"{case}\"\ncode = \"a\"\nreason = \"x\"\n");
    let text = format!("{}\n{}", entry("mine/renamed"), entry("next/five_in_a_row"));
    desk.write("there.toml", &text)
        .set_mode("there.toml", 0o640);
    symlink("there.toml", desk.path().join("known.toml")).expect("a link");
    let prune = ["baseline", "prune", "r.json", "--baseline", "known.toml"];
    let done = desk.ricspec(&[&prune[..], &["--cases", "cases"]].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("removed mine/renamed a: unknown-case"),
        "{}",
        done.out
    );
    let rest = desk.read("there.toml");
    assert_eq!(rest.trim_start(), entry("next/five_in_a_row"));
    assert!(Path::new(&desk.path().join("known.toml")).is_symlink());
    assert_eq!(desk.mode("there.toml"), 0o640);
}
