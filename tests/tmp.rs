//! Each environment has its own `/tmp`, with only the entries of the run.

#[expect(dead_code, reason = "its other half is for tests of bad input")]
mod desk;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use desk::{Desk, Done, RICSPEC};

const TMP: &str = "/tmp";

/// An id that owns no file.
const NOBODY: &str = "65534";

/// A runtime that first does this, in a folder that is writable for all. `$tmp` stands for the folder of temporary files.
fn runtime(script: &str) -> Desk {
    let desk = Desk::new();
    let text = format!("#!/bin/sh\ntmp={TMP}\n{script}\nexec ./ricspec reference\n");
    desk.write("bootstrap", &text);
    fs::copy(RICSPEC, desk.path().join("ricspec")).expect("a copy");
    for place in [desk.path(), &desk.path().join("bootstrap")] {
        fs::set_permissions(place, Permissions::from_mode(0o777)).expect("a mode");
    }
    desk
}

/// Checks the runtime, as the user of the tests or as nobody.
#[track_caller]
fn check(desk: &Desk, prefix: &[&str], options: &[&str]) -> String {
    let words = [
        prefix,
        &["./ricspec", "run"],
        options,
        &["--", "./bootstrap"],
    ]
    .concat();
    let (program, arguments) = words.split_first().expect("a program");
    let done = Done::of(desk.place(Command::new(program).args(arguments)));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    done.out
}

fn as_nobody() -> [&'static str; 6] {
    [
        "setpriv",
        "--reuid",
        NOBODY,
        "--regid",
        NOBODY,
        "--clear-groups",
    ]
}

fn sorted_lines(desk: &Desk, file: &str) -> Vec<String> {
    let mut lines: Vec<String> = desk.read(file).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[track_caller]
fn only_processes_of_a_case_share(prefix: &[&str], user: &str) {
    let name = format!("ricspec-test-{}", std::process::id());
    let desk = runtime(&format!(
        "mark=\"$tmp/{name}\"; [ -e \"$mark\" ] && word=again || word=fresh\n\
         echo \"$word $(id -u)\" >>seen; : >\"$mark\""
    ));
    // The probe has an environment of its own.
    let cases = ["--filter", "lifecycle/after_another_process"];
    let more = ["--filter", "next/five_in_a_row"];
    check(&desk, prefix, &[&cases[..], &more].concat());
    let lines = ["again", "fresh", "fresh", "fresh"].map(|word| format!("{word} {user}"));
    assert_eq!(sorted_lines(&desk, "seen"), lines);
    assert!(!Path::new(TMP).join(name).exists());
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn only_the_processes_of_one_case_share_what_is_in_tmp() {
    let user = rustix::process::geteuid().as_raw().to_string();
    only_processes_of_a_case_share(&[], &user);
}

#[test]
fn a_user_without_privilege_stays_the_same_user() {
    // For a user without privileges, the test above covers this.
    if is_root() {
        only_processes_of_a_case_share(&as_nobody(), NOBODY);
    }
}

fn folder_in_tmp() -> TempDir {
    let folder = tempfile::tempdir_in(TMP).expect("a folder");
    fs::write(folder.path().join("file"), "here\n").expect("a file");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("a mode");
    folder
}

#[track_caller]
fn what_is_named_stays(prefix: &[&str]) {
    let [named, listed, other] = [folder_in_tmp(), folder_in_tmp(), folder_in_tmp()];
    let desk = runtime(
        "{ cat \"$NAMED/file\"; cat \"${LISTED#*:}/file\"; [ -e \"$tmp/$OTHER\" ] || echo hidden; } >seen",
    );
    let other = other.path().file_name().expect("a name").to_string_lossy();
    let env = [
        format!("NAMED={}", named.path().display()),
        format!("LISTED=/bin:{}", listed.path().display()),
        format!("OTHER={other}"),
    ];
    let env = env.iter().flat_map(|pair| ["--env", pair]);
    let options: Vec<&str> = env.chain(["--filter", "next/five_in_a_row"]).collect();
    check(&desk, prefix, &options);
    assert_eq!(desk.read("seen"), "here\nhere\nhidden\n");
}

#[test]
fn what_the_command_line_names_stays_and_all_else_is_hidden() {
    what_is_named_stays(&[]);
    if is_root() {
        what_is_named_stays(&as_nobody());
    }
}

#[test]
fn the_environment_is_what_it_would_be_without() {
    let desk = runtime("tr '\\0' '\\n' </proc/$$/environ >variables");
    let given = ["LD_LIBRARY_PATH=/nowhere", "PWD=/else", "SHLVL=7"];
    let env = given.iter().flat_map(|pair| ["--env", pair]);
    let options: Vec<&str> = env.chain(["--filter", "next/five_in_a_row"]).collect();
    check(&desk, &[], &options);
    let private = sorted_lines(&desk, "variables");
    for pair in given {
        assert!(
            private.iter().any(|line| line == pair),
            "{pair}: {private:?}"
        );
    }
    check(&desk, &[], &["--filter", "next/five_in_a_row"]);
    let names = |line: &String| line.split('=').next().unwrap_or_default().to_owned();
    let private: Vec<String> = sorted_lines(&desk, "variables").iter().map(names).collect();
    let strays: Vec<&String> = private
        .iter()
        .filter(|name| ["PWD", "OLDPWD", "SHLVL", "_"].contains(&name.as_str()))
        .collect();
    assert!(strays.is_empty(), "{strays:?}");
    assert!(private.contains(&"PATH".to_owned()), "{private:?}");
}

#[test]
fn a_function_that_lives_in_tmp_itself_is_told_of_unless_nothing_is_shared() {
    let run = |jobs: &str| {
        let mut command = Command::new(RICSPEC);
        let options = ["run", "--reference", "--filter", "next/five_in_a_row"];
        command
            .args(options)
            .args(["--task-root", TMP, "--jobs", jobs]);
        let done = Done::of(Desk::new().place(&mut command));
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        done.out
    };
    let note = "share /tmp: the function's own folder is /tmp";
    assert!(run("2").contains(note));
    assert!(!run("1").contains(note));
}
