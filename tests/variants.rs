//! Variants of the reference runtime do what they say: each shows in the transcript of a case that passes all the same.
//! `ricspec list --mutants --score` plays all of them against all cases.

#[allow(dead_code, reason = "other tests use what this one does not")]
mod desk;

use std::process::Command;

use desk::{Desk, Done, RICSPEC};

/// The transcript of a case that passes.
#[track_caller]
fn transcript(case: &str, more: &[&str]) -> String {
    let desk = Desk::new();
    let options = ["run", "--reference", "--filter", case, "--transcripts", "t"];
    let mut command = Command::new(RICSPEC);
    let done = Done::of(desk.place(command.args(options).args(more)));
    assert_eq!(done.code, 0, "{more:?}: {}{}", done.out, done.err);
    desk.read(&format!("t/{case}.json"))
}

#[test]
fn variants_differ_from_the_plain_runtime_and_pass() {
    let check = |case: &str, rows: &[(&str, &str)]| {
        let plain = transcript(case, &[]);
        for (variant, shows) in rows {
            assert!(!plain.contains(shows), "{variant}: {shows}");
            let text = transcript(case, &["--mutant", &format!("variant-{variant}")]);
            assert!(text.contains(shows), "{variant}: {shows} in {text}");
        }
    };
    check(
        "error/reported",
        &[
            ("logs-replies", "202 Accepted {"),
            ("logs-much", "xxxxxxxx"),
            ("logs-oddly", "[1m"),
            ("lower-case-names", r"\r\nhost: "),
            ("reversed-headers", r"\r\nHOST: "),
            ("further-headers", "Lambda-Runtime-Features"),
            ("offers-upgrade", "h2c"),
            ("chunks", r"\r\nTransfer-Encoding: chunked"),
            ("sorted-json", r#"{\n\t\"error"#),
            ("other-media-types", "Runtime.Unhandled"),
            ("rich-errors", "com.example.RicspecError"),
            ("registers-extension", "/2020-01-01/extension/register"),
        ],
    );
    check(
        "response/echo_object",
        &[("streams", "Lambda-Runtime-Function-Error-Body")],
    );
    check(
        "service_errors/acknowledgement_cut",
        &[("sends-again", "HTTP/1.1 403")],
    );
    let polls_twice = "\"polls\": [\n        0,\n        1\n";
    check(
        "boot/connection_closed_silently",
        &[("polls-after-break", polls_twice)],
    );
}
