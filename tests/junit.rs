//! Checks JUnit XML as its strictest reader does, the xUnit plug-in of Jenkins: its rules are in `tests/junit/rules.json`.

#[expect(dead_code, reason = "what is refused is tested elsewhere")]
mod desk;
#[path = "junit/rules.rs"]
mod rules;

use std::process::Command;

use desk::{Desk, Done, RICSPEC};
use quick_xml::Reader;
use quick_xml::events::Event;
use rules::faults;

/// The XML of a run of these arguments.
#[track_caller]
fn junit(arguments: &[&str]) -> String {
    junit_at(&Desk::new(), arguments)
}

#[track_caller]
fn junit_at(desk: &Desk, arguments: &[&str]) -> String {
    let mut command = Command::new(RICSPEC);
    command.args(arguments).args(["--report", "junit=r.xml"]);
    let done = Done::of(desk.place(&mut command));
    assert!(done.code < 3, "{}{}", done.out, done.err);
    desk.read("r.xml")
}

#[track_caller]
fn check(xml: &str) {
    let found = faults(xml);
    assert!(found.is_empty(), "{}\n{xml}", found.join("\n"));
}

/// The names of the elements of a test case, and the message of each.
fn inside(xml: &str, case: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut found, mut is_in) = (Vec::new(), false);
    loop {
        match reader.read_event().expect("XML") {
            Event::Eof => return found,
            Event::End(tag) if tag.name().as_ref() == b"testcase" => is_in = false,
            Event::Start(tag) | Event::Empty(tag) => {
                let attribute = |key: &str| {
                    let found = tag.try_get_attribute(key).expect("attributes");
                    let value = found.map(|found| found.value.into_owned());
                    String::from_utf8(value.unwrap_or_default()).expect("UTF-8")
                };
                let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                if is_in {
                    found.push((name, attribute("message")));
                } else if name == "testcase" {
                    is_in = attribute("name") == case;
                }
            }
            _ => {}
        }
    }
}

/// A mutant that breaks a SHOULD in one of these cases.
const NO_USER_AGENT: [&str; 6] = [
    "run",
    "--reference",
    "--mutant",
    "context-dies-of-bad-identity",
    "--filter",
    "context",
];

#[test]
fn runs_of_every_kind_are_taken() {
    check(&junit(&["run", "--reference", "--filter", "next/five*"]));
    check(&junit(&[
        "run",
        "--reference",
        "--no-fixture",
        "--filter",
        "init",
    ]));
    check(&junit(&NO_USER_AGENT));
    check(&junit(&[&NO_USER_AGENT[..], &["--strict"]].concat()));
}

#[test]
fn a_broken_should_is_skipped_with_its_message_unless_it_fails_the_run() {
    let case = "context/broken_identity";
    let usual = inside(&junit(&NO_USER_AGENT), case);
    let [(name, message), (more, _)] = usual.as_slice() else {
        panic!("{usual:?}");
    };
    assert_eq!((name.as_str(), more.as_str()), ("skipped", "system-out"));
    for part in ["SHOULD", "CTX-08", "counts only with --strict"] {
        assert!(message.contains(part), "{message}");
    }
    let strict = inside(&junit(&[&NO_USER_AGENT[..], &["--strict"]].concat()), case);
    assert_eq!(strict[0].0, "failure", "{strict:?}");
}

#[test]
fn each_rule_is_held() {
    let suite = |inner: &str| {
        format!(r#"<testsuite name="a" tests="1" failures="0" errors="0">{inner}</testsuite>"#)
    };
    let case = |inner: &str| suite(&format!(r#"<testcase name="b">{inner}</testcase>"#));
    let refused = [
        ("<testcase name=\"b\"/>".to_owned(), "`testcase` is no root"),
        ("<testsuites skipped=\"1\"/>".to_owned(), "has no `skipped`"),
        (
            "<testsuites time=\"1 s\"/>".to_owned(),
            "no time in seconds",
        ),
        (
            "<testsuites time=\"1,00\"/>".to_owned(),
            "no time in seconds",
        ),
        ("<testsuites>x</testsuites>".to_owned(), "may hold no text"),
        (
            "<testsuite name=\"a\" tests=\"1\" errors=\"0\"/>".to_owned(),
            "lacks `failures`",
        ),
        (suite("<testcase/>"), "`testcase` lacks `name`"),
        (suite("<case/>"), "no element `case`"),
        (case("<properties/>"), "may not stand in `testcase`"),
        (case("<flakyFailure/>"), "lacks `type`"),
        (
            case("<flakyFailure type=\"x\" time=\"1\"/>"),
            "has no `time`",
        ),
        (
            case("<flakyFailure type=\"x\"><system-err/><system-out/></flakyFailure>"),
            "comes too late",
        ),
        (case("<skipped>"), "not XML"),
    ];
    for (xml, wanted) in refused {
        let found = faults(&xml);
        assert!(
            found.iter().any(|fault| fault.contains(wanted)),
            "{xml}: {found:?}"
        );
    }
    check(&case(
        "<flakyFailure type=\"x\">a<stackTrace>b</stackTrace><system-out/></flakyFailure>",
    ));
    check("<testsuites time=\"1,234.5\"/>");
}

/// Runtimes with names that may be a problem for XML, a terminal or a reader.
const TARGETS: &str = r#"
[[target]]
name = "<ours> & \u001b[31mred"
language = "rust"
task_root = "."
command = ["{ricspec}", "reference", "--mutant", "context-dies-of-bad-identity"]

[[target]]
name = "one that is missing"
language = "rust"
task_root = "."
requires = ["no-such-tool"]
command = ["no-such-tool"]
"#;

#[test]
fn runtimes_side_by_side_are_taken() {
    let desk = Desk::new();
    desk.write("ricspec.toml", &TARGETS.replace("{ricspec}", RICSPEC));
    let case = "context/broken_identity";
    let xml = junit_at(&desk, &["matrix", "--allow-missing", "--filter", case]);
    check(&xml);
    assert_eq!(inside(&xml, case)[0].0, "skipped", "{xml}");
    assert_eq!(inside(&xml, "it can be judged")[0].0, "error", "{xml}");
}

#[test]
fn a_flaky_case_passes_with_its_failure_beside_it() {
    let script = format!(
        "echo >> plays; [ $(wc -l < plays) = 2 ] && exec {RICSPEC} reference --mutant error-without-message; \
         exec {RICSPEC} reference"
    );
    let case = "error/document";
    let flaky = |more: &[&str]| {
        let options = ["run", "--filter", case, "--retries", "1"];
        let target = ["--", "sh", "-c", &script];
        let desk = Desk::new();
        let mut command = Command::new(RICSPEC);
        command.args(options).args(["--report", "junit=r.xml"]);
        let done = Done::of(desk.place(command.args(more).args(target)));
        assert!(done.code < 3, "{}{}", done.out, done.err);
        let xml = desk.read("r.xml");
        check(&xml);
        inside(&xml, case)
    };
    let usual = flaky(&[]);
    let [(name, message)] = usual.as_slice() else {
        panic!("{usual:?}");
    };
    assert_eq!(name, "flakyFailure");
    assert!(message.contains("passed in play 2"), "{message}");
    assert_eq!(flaky(&["--strict"])[0].0, "failure");
}
