//! A libtest binary without cargo-nextest, as `cargo test` uses it.

use std::collections::BTreeSet;
use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};

use super::desk::{Done, RICSPEC};
use super::require::Require;
use super::{LACKING, TRIED, by_ricspec, hold, lenient, probed, project};

type Plain = fn() -> Result<(), Failed>;

const PLAIN: [(&str, Plain); 5] = [
    (
        "an_entry_of_the_baseline_that_does_not_fit_fails",
        plain_baseline,
    ),
    ("what_only_the_probe_saw_is_a_test_that_fails", plain_probe),
    ("a_list_knows_what_cannot_be_tried", plain_list),
    ("a_run_gives_the_reason_of_what_was_not_tried", plain_run),
    ("a_broken_should_is_not_ok", plain_should),
];

pub fn trials() -> Vec<Trial> {
    let plain = PLAIN.map(|(name, test)| Trial::test(name, test));
    let alone = Trial::ignorable_test(
        "what_the_machine_lacks_is_listed_as_ignored",
        without_a_network,
    );
    plain.into_iter().chain([alone]).collect()
}

fn plain_list() -> Result<(), Failed> {
    let desk = probed();
    let list = |more: &[&str]| {
        let done = by_ricspec(&desk, &[&["--list", "--format", "terse"], more].concat());
        let names = done
            .out
            .lines()
            .filter_map(|line| line.strip_suffix(": test"));
        (names.map(str::to_owned).collect::<BTreeSet<String>>(), done)
    };
    let all: BTreeSet<String> = [&TRIED[..], &LACKING]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(list(&[]).0, all);
    let (ignored, done) = list(&["--ignored"]);
    assert_eq!(ignored, LACKING.map(str::to_owned).into());
    hold(
        done.err
            .contains("ignored: response/nan: the fixture lacks `nan`"),
        &done,
    )?;
    assert_eq!(list(&["--exact", "response/nan"]).0.len(), 1);
    assert_eq!(list(&["--exact", "response/na"]).0.len(), 0);
    Ok(())
}

fn plain_run() -> Result<(), Failed> {
    let desk = probed();
    let line = "ignored (the fixture lacks `nan`)";
    for more in [
        &[][..],
        &["--include-ignored"],
        &["--ignored"],
        &["--exact", "response/nan"],
    ] {
        let done = by_ricspec(&desk, more);
        hold(done.code == 0 && done.out.contains(line), &done)?;
        let result = match more {
            [] | ["--include-ignored"] => {
                "3 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out"
            }
            ["--ignored"] => "0 passed; 0 failed; 2 ignored; 0 measured; 3 filtered out",
            _ => "0 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out",
        };
        hold(done.out.contains(result), &done)?;
    }
    for form in [
        &["--format", "json"][..],
        &["--format", "terse"],
        &["--quiet"],
    ] {
        let done = by_ricspec(&desk, form);
        let reason = "ignored: response/nan: the fixture lacks `nan`";
        hold(done.code == 0 && done.err.contains(reason), &done)?;
    }
    Ok(())
}

fn plain_should() -> Result<(), Failed> {
    let desk = lenient();
    let done = by_ricspec(&desk, &[]);
    hold(
        done.code == 0 && done.out.contains("1 passed; 0 failed; 1 ignored"),
        &done,
    )?;
    let shown = ["ignored (SHOULD CTX-08", "it counts only with --strict)"];
    hold(shown.iter().all(|part| done.out.contains(part)), &done)
}

fn plain_probe() -> Result<(), Failed> {
    // It appears at the fifth event, but the case has only one.
    let command = [RICSPEC, "reference", "--mutant", "late-drop-of-the-fifth"];
    let desk = project(&format!("command = {command:?}\n"), &["error/unknown_verb"]);
    let probe = "probe/describe";
    let done = by_ricspec(&desk, &["--list"]);
    hold(
        done.out == format!("error/unknown_verb: test\n{probe}: test\n"),
        &done,
    )?;
    let done = by_ricspec(&desk, &[]);
    hold(done.code == 101, &done)?;
    let result = "1 passed; 1 failed; 0 ignored";
    hold(
        done.out.contains(&format!("---- {probe} ----")) && done.out.contains(result),
        &done,
    )
}

fn plain_baseline() -> Result<(), Failed> {
    let desk = lenient();
    let text = desk.read("ricspec.toml");
    desk.write(
        "ricspec.toml",
        &format!("baseline = \"known.toml\"\n{text}"),
    );
    let known = |code: &str, until: &str| {
        let entry = "[[known]]\ncase = \"context/broken_identity\"\nreason = \"it is old\"\n";
        let entry = format!("{entry}code = \"{code}\"\nuntil = \"{until}\"\n");
        desk.write("known.toml", &entry);
        by_ricspec(&desk, &[])
    };
    let fits = known("invocation-lost", "2999-12-31");
    hold(fits.code == 0 && fits.out.contains("2 passed"), &fits)?;
    let other = known("exited", "2999-12-31");
    hold(
        other.code == 101 && other.out.contains("known.toml:1"),
        &other,
    )?;
    let past = known("invocation-lost", "2020-12-31");
    hold(
        past.code == 101 && past.out.contains("until 2020-12-31"),
        &past,
    )
}

/// In its own network without any address, made by `unshare`.
fn without_a_network() -> Result<Completion, Failed> {
    let isolated = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", program]);
        command
    };
    if !isolated("true")
        .output()
        .is_ok_and(|done| done.status.success())
    {
        let reason = "`unshare` makes no network here";
        return Require::read()?.lacking(reason.to_owned());
    }
    let cases = [
        "boot/address_ipv6",
        "boot/proxy_lower_case",
        "response/echo_object",
    ];
    let desk = project("reference = true\n", &cases);
    let mut command = isolated(RICSPEC);
    let done = Done::of(desk.place(command.args(["test", "--list", "--ignored"])));
    hold(
        done.out == "boot/address_ipv6: test\nboot/proxy_lower_case: test\n",
        &done,
    )?;
    let reason = "this machine has no IPv6 loopback address";
    hold(
        done.err.contains(reason) && done.err.contains("no address but loopback"),
        &done,
    )?;
    Ok(Completion::Completed)
}
