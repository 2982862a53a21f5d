//! The probe, with wrong runtimes and wrong fixtures: who is blamed, and that no broken MUST is lost.

mod desk;

use std::process::Command;

use serde_json::Value;

use desk::{Desk, Done, RICSPEC};

/// A small runtime with its fixture; either can be wrong.
const PROBED: &str = include_str!("probe/runtime.py");

/// This case needs only the verb `echo`.
const ECHO: &str = "response/echo_object";

/// The result of a run, and its report.
struct Seen {
    done: Done,
    report: Value,
}

/// Runs the cases against a target, given as the arguments after the filters.
#[track_caller]
fn see(cases: &[&str], target: &[&str]) -> Seen {
    let desk = Desk::new();
    desk.write("runtime.py", PROBED);
    let mut command = Command::new(RICSPEC);
    command.args(["run", "--report", "json=r.json"]);
    for case in cases {
        command.args(["--filter", case]);
    }
    let done = Done::of(desk.place(command.args(target)));
    let report = serde_json::from_str(&desk.read("r.json")).expect("JSON");
    Seen { done, report }
}

/// Runs the cases with the variables of a GitHub step, and also gives its summary.
fn see_in_a_step(cases: &[&str], target: &[&str]) -> (Seen, String, String) {
    let desk = Desk::new();
    desk.write("runtime.py", PROBED);
    let mut command = Command::new(RICSPEC);
    command.args(["run", "--report", "json=r.json", "--report", "junit=r.xml"]);
    for case in cases {
        command.args(["--filter", case]);
    }
    let step = desk.place(command.args(target));
    let done = Done::of(
        step.env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", "s.md"),
    );
    let report = serde_json::from_str(&desk.read("r.json")).expect("JSON");
    (Seen { done, report }, desk.read("r.xml"), desk.read("s.md"))
}

fn see_probed(cases: &[&str], fault: &str) -> Seen {
    see(cases, &["--", "python3", "runtime.py", fault])
}

fn see_mutant(cases: &[&str], mutant: &str) -> Seen {
    see(cases, &["--", RICSPEC, "reference", "--mutant", mutant])
}

impl Seen {
    fn case(&self, id: &str) -> &Value {
        let cases = self.report["cases"].as_array().expect("cases");
        let case = cases.iter().find(|case| case["id"] == id);
        case.unwrap_or_else(|| panic!("{id} is not in: {}", self.done.out))
    }

    /// The requirements that a case broke.
    fn broken(&self, id: &str) -> Vec<&str> {
        let findings = self.case(id)["findings"].as_array().expect("findings");
        let named = findings.iter().map(|finding| &finding["requirement"]);
        named.filter_map(Value::as_str).collect()
    }

    #[track_caller]
    fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(
                self.done.out.contains(part),
                "{part:?} is not in: {}",
                self.done.out
            );
        }
    }
}

#[test]
fn a_verb_outside_the_contract_is_the_fixtures_fault() {
    let check = |fault: &str, case: &str, verb: &str, came: &str, wants: &str| {
        let seen = see_probed(&[case, ECHO], fault);
        assert_eq!(seen.done.code, 0, "{}{}", seen.done.out, seen.done.err);
        let words = format!("`{verb}` of the fixture {came}; the contract wants {wants}");
        seen.says(&[&format!("note: {words}"), "the fixture's fault"]);
        let reason = seen.case(case)["skip_reason"].as_str().unwrap_or_default();
        assert!(
            reason.starts_with(&words),
            "{words:?} does not begin {reason:?}"
        );
        assert_eq!(seen.case(ECHO)["verdict"], "pass");
    };
    let counts = "{\"count\": n, \"inits\": m}";
    check(
        "count-number",
        "next/five_in_a_row",
        "count",
        "returned 3",
        counts,
    );
    let zero = "returned {\"count\": 0, \"inits\": 1}";
    check("count-from-zero", "init/once", "count", zero, counts);
    let output = "lifecycle/output_of_each_turn";
    check(
        "log-null",
        output,
        "log",
        "returned null",
        "{\"logged\": true}",
    );
    let env = "context/trace_in_each_turn";
    check(
        "env-list",
        env,
        "env",
        "returned []",
        "an object with each name",
    );
    check(
        "large-number",
        "response/one_mebibyte",
        "large",
        "returned 4",
        "a string",
    );
    check(
        "sleep-null",
        "response/after_the_handler",
        "sleep",
        "returned null",
        "{\"slept_ms\"",
    );
    let nothing = "returned {\"nothing\": true}";
    check("null-object", "response/null", "null", nothing, "nothing");
    check(
        "context-list",
        "context/request_id",
        "context",
        "returned []",
        "an object with",
    );
}

#[test]
fn where_the_context_raises_only_the_remaining_time_is_judged() {
    let time = ["context/remaining_time", "context/remaining_time_falls"];
    let others = [
        "context/request_id",
        "boot/header_case_of_each",
        "context/nothing_is_carried_over",
    ];
    let seen = see_probed(&[&time[..], &others].concat(), "context-raises");
    assert_eq!(seen.done.code, 1, "{}{}", seen.done.out, seen.done.err);
    for id in others {
        let reason = seen.case(id)["skip_reason"].as_str().unwrap_or_default();
        assert!(
            reason.contains("raised") && reason.contains("no remaining time"),
            "{reason}"
        );
    }
    assert_eq!(seen.broken(time[0])[0], "CTX-02", "{}", seen.done.out);
    assert_eq!(seen.broken(time[1])[0], "CTX-03", "{}", seen.done.out);
}

#[test]
fn what_the_runtime_spoils_is_not_the_fixtures_fault() {
    let check = |seen: &Seen, case: &str, requirement: &str| {
        assert!(
            !seen.done.out.contains("the fixture's fault"),
            "{}",
            seen.done.out
        );
        assert_eq!(seen.case(case)["verdict"], "fail", "{}", seen.done.out);
        assert!(
            seen.broken(case).contains(&requirement),
            "{}",
            seen.done.out
        );
    };
    check(&see_probed(&[ECHO], "wraps"), ECHO, "RESP-03");
    for (mutant, case, requirement) in [
        ("response-envelope", ECHO, "RESP-03"),
        ("response-adds-bom", ECHO, "RESP-03"),
        ("response-quoted", ECHO, "RESP-03"),
        ("response-base64", ECHO, "RESP-03"),
        ("init-each-event", "next/five_in_a_row", "INIT-12"),
        ("context-no-request-id", "context/request_id", "CTX-01"),
        ("context-stale-arn", "context/function_arn", "CTX-04"),
        ("late-drop-of-the-second", "next/five_in_a_row", "NEXT-10"),
        ("posts-nothing-for-null", "response/null", "NEXT-10"),
        (
            "process-chokes-on-output",
            "lifecycle/a_mebibyte_of_output",
            "LOG-01",
        ),
        ("trace-none", "context/trace_in_each_turn", "XRAY-01"),
    ] {
        check(&see_mutant(&[case], mutant), case, requirement);
    }
}

#[test]
fn a_must_that_is_broken_at_the_probe_is_a_finding() {
    let check = |seen: &Seen, requirement: &str| {
        assert_eq!(seen.done.code, 1, "{}{}", seen.done.out, seen.done.err);
        assert!(
            seen.broken("probe/describe").contains(&requirement),
            "{}",
            seen.done.out
        );
        assert_eq!(seen.case(ECHO)["verdict"], "skip");
    };
    let streaming = see_probed(&[ECHO], "streaming");
    check(&streaming, "RESP-06");
    streaming.says(&[
        "it is unknown what the fixture can do",
        "answered `describe` with",
    ]);
    check(&see_mutant(&[ECHO], "init-error-at-start"), "INIT-04");
    check(&see_mutant(&[ECHO], "boot-tls"), "BOOT-03");
}

#[test]
fn a_function_that_is_no_fixture_is_no_finding() {
    let seen = see_mutant(&[ECHO], "process-response-to-stdout");
    let told = ["is not a fixture", "answered `describe` with null"];
    seen.done.is_refusal(3, &told);
}

#[test]
fn a_breach_that_only_the_probe_saw_is_not_lost() {
    // It appears at the fifth event, but the case has only one.
    let seen = see_mutant(&["error/unknown_verb"], "late-drop-of-the-fifth");
    assert_eq!(seen.done.code, 1, "{}{}", seen.done.out, seen.done.err);
    assert!(
        !seen.broken("probe/describe").is_empty(),
        "{}",
        seen.done.out
    );
}

#[test]
fn a_verb_that_cannot_be_done_here_is_a_skip() {
    let cases = ["lifecycle/child_ends", "lifecycle/children_in_the_group"];
    let target = ["--env", "PATH=/nowhere", "--", RICSPEC, "reference"];
    let seen = see(&cases, &target);
    assert_eq!(seen.done.code, 4, "{}{}", seen.done.out, seen.done.err);
    for id in cases {
        let reason = seen.case(id)["skip_reason"].as_str().unwrap_or_default();
        assert!(
            reason.starts_with("the fixture cannot do `spawn` here: "),
            "{reason}"
        );
    }
}

#[test]
fn a_must_that_no_case_tried_is_named_with_its_reason() {
    let cases = ["error/reported", ECHO];
    let target = ["--", "python3", "runtime.py", "nothing"];
    let (seen, junit, summary) = see_in_a_step(&cases, &target);
    assert_eq!(seen.done.code, 0, "{}{}", seen.done.out, seen.done.err);
    let reason = "the fixture lacks `fail`";
    let title = "MUST requirements that no case tried";
    let line = format!("{title}\n  ERR-01");
    seen.says(&[&line, &format!(": {reason}")]);
    let untried = &seen.report["untried"][0];
    assert_eq!(untried["requirement"], "ERR-01");
    assert_eq!(untried["reasons"][0], reason);
    assert_eq!(untried["cases"][0], "error/reported");
    for (text, name) in [(&junit, "<testsuite name=\"untried\""), (&summary, title)] {
        assert!(text.contains(name) && text.contains("ERR-01"), "{text}");
        assert!(text.contains("the fixture lacks"), "{text}");
    }
    let whole = see_mutant(&cases, "log-stale-id");
    assert!(!whole.done.out.contains(title), "{}", whole.done.out);
    assert_eq!(whole.report["untried"], Value::Array(Vec::new()));
}

#[test]
fn a_mode_that_is_not_covered_is_told() {
    let target = ["--env", "AWS_LAMBDA_MAX_CONCURRENCY=2", "--reference"];
    // The function works for a second and more, so that the second poll comes before the answer.
    let seen = see(&["response/after_the_handler"], &target);
    // Two polls at a time are right in that mode, but a fault here.
    assert_eq!(seen.done.code, 1, "{}{}", seen.done.out, seen.done.err);
    let note = "AWS_LAMBDA_MAX_CONCURRENCY=2 puts a runtime into the mode of Managed Instances";
    seen.says(&[&format!("note: {note}"), "notes\n"]);
    let told = seen.report["notes"][0].as_str().unwrap_or_default();
    assert!(told.starts_with(note), "{told}");
}
