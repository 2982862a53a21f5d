//! Variants of the reference runtime do what they say: each shows in the transcript of a case, and the case passes. A mutant
//! that does the same at another place breaks something. `ricspec list --mutants --score` plays all of them against all
//! cases.

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
            ("registers-extension", "/2020-01-01/extension/event/next"),
            ("keeps-extension-apart", "/2020-01-01/extension/event/next"),
            ("subscribes-to-telemetry", "/2022-07-01/telemetry"),
            ("reads-metadata", "AvailabilityZoneID"),
        ],
    );
    check(
        "response/echo_object",
        &[("streams", "Lambda-Runtime-Function-Error-Body")],
    );
    check(
        "service_errors/response_refused_with_400",
        &[("reports-refusal", "Runtime.ResponseRefused")],
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

/// How a mutant's run of one case ends.
#[track_caller]
fn code(case: &str, mutant: &str) -> i32 {
    let desk = Desk::new();
    let options = ["run", "--reference", "--filter", case, "--mutant", mutant];
    Done::of(desk.place(Command::new(RICSPEC).args(options))).code
}

#[test]
fn an_answer_after_a_refusal_is_as_grave_as_the_service_takes_it() {
    let (harmless, grave) = (0, 1);
    for (case, mutant, expect) in [
        (
            "response_refused_with_400",
            "response-reposts-on-400",
            harmless,
        ),
        (
            "response_refused_with_413",
            "response-error-after-413",
            harmless,
        ),
        (
            "response_refused_with_403",
            "response-reposts-on-403",
            grave,
        ),
        (
            "response_refused_with_410",
            "response-reposts-on-410",
            grave,
        ),
        (
            "response_refused_with_413",
            "response-reposts-on-413",
            grave,
        ),
    ] {
        let case = format!("service_errors/{case}");
        assert_eq!(code(&case, mutant), expect, "{case} {mutant}");
    }
}

#[test]
fn an_empty_echo_of_an_invocation_id_loses_the_invocation() {
    assert_eq!(
        code("invocation_id/on_response", "invocation-id-emptied"),
        1
    );
}
