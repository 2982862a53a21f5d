//! Outputs: reports, transcripts, baselines, fixtures.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{NOBODY, RICSPEC, as_nobody, own_copy};
use crate::desk::Desk;

#[track_caller]
pub fn is_report(text: &str) {
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
    // A report may be larger than a pipe holds.
    let read = fs::File::create(desk.path().join("read")).expect("a file");
    let reader = desk.place(reader.arg("fifo").stdout(read));
    let mut reader = reader.spawn().expect("cat");
    assert_eq!(desk.play(&["--report", "json=fifo"]).code, 0);
    reader.wait().expect("its end");
    is_report(&desk.read("read"));
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
    done.is_refusal(3, &["`fifo`", "no reader opened it", "start its reader"]);
    assert!(desk.read("r.xml").contains("mine/echo"));
}

/// How much a FIFO holds, at most (`pipe(7)`).
const FIFO_BYTES: usize = 64 * 1024;

#[test]
fn a_signal_gives_up_on_a_reader_that_does_not_read() {
    let desk = Desk::with_case();
    desk.fifo("fifo");
    // The report is longer than what a FIFO holds.
    for number in 0..FIFO_BYTES / 4000 {
        let id = format!("mine/long_{number}");
        let title = format!("A case of a user {}", "x".repeat(4000));
        let case = super::ECHO.replace("mine/echo", &id);
        let case = case.replace("A case of a user", &title);
        desk.write(&format!("cases/{id}.json"), &case);
    }
    let reports = ["--report", "json=fifo", "--report", "junit=r.xml"];
    let mut command = Command::new(RICSPEC);
    command.args(super::RUN).arg("--quiet").args(reports);
    let child = desk.place(command.stderr(Stdio::piped())).spawn();
    let child = child.expect("ricspec");
    let mut fifo = fs::File::open(desk.path().join("fifo")).expect("a FIFO");
    fifo.read_exact(&mut [0]).expect("a byte");
    // What waits for nobody is written by now.
    assert!(desk.read("r.xml").contains("mine/echo"));
    let process = Pid::from_child(&child);
    kill_process(process, Signal::TERM).expect("a signal");
    let output = child.wait_with_output().expect("its end");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("`json=fifo` is not written: interrupted"),
        "{told}"
    );
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
    // Text for people goes to the other stream, as for `-`.
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
    check("--transcripts", "file", &["`file`", "not a folder"]);
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
    // Only the folder is read-only: the file can be rewritten.
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

#[test]
fn what_is_read_is_not_overwritten() {
    let desk = Desk::with_case();
    desk.write("known.toml", "")
        .write("c.toml", "")
        .write("event.json", "{}");
    symlink("known.toml", desk.path().join("link")).expect("a link");
    let check = |option: &str, path: &str, place: &str| {
        let done = desk.play(&[option, path, "--report", place]);
        done.is_refusal(2, &["would overwrite", path, place]);
    };
    check("--baseline", "known.toml", "json=./known.toml");
    check("--baseline", "known.toml", "json=link");
    check("--config", "c.toml", "json=c.toml");
    check("--event", "event.json", "json=event.json");
}

#[test]
fn a_full_disk_leaves_the_old_file_and_is_said() {
    let desk = Desk::with_case();
    // A small file system, in a namespace of the test.
    let script = format!(
        "set -e; mkdir small; mount -t tmpfs -o size=32k tmpfs small; echo old >small/r.json; \
         cat /dev/zero >small/filler 2>/dev/null || :; code=0; \
         {RICSPEC} {} --report json=small/r.json --report junit=r.xml --transcripts small/t || code=$?; \
         cat small/r.json; ls -A small; find small/t -type f; exit $code",
        super::RUN.join(" ")
    );
    let enter = ["unshare", "--user", "--map-root-user", "--mount"];
    let done = desk.words(&[&enter[..], &["sh", "-c", &script]].concat());
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    let rest = done.out.rsplit_once("old\n").expect("the old file").1;
    assert_eq!(rest, "filler\nr.json\nt\n", "and nothing more");
    for part in [
        "cannot write `small/r.json`",
        "1 of 1 transcripts",
        "make room",
    ] {
        assert!(done.err.contains(part), "{part}: {}", done.err);
    }
    assert!(desk.read("r.xml").contains("mine/echo"));
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
