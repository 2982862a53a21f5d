//! `ricspec explain`: every id is explained, the known failures are in the binary, and an unknown id is refused with
//! suggestions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use ricspec::case::{Case, embedded, read};
use ricspec::explain::{Book, Explanation, Mutation, runtimes};
use ricspec::law::{areas, codes, requirements};
use ricspec::mutation::MUTANTS;
use ricspec::report::{Look, Style, explanation};
use serde_json::Value;

fn cases() -> Vec<Case> {
    read(&embedded()).expect("our cases are cases")
}

fn book() -> Book {
    let mutants = MUTANTS.iter().map(|mutant| Mutation {
        name: mutant.name.to_owned(),
        text: mutant.text.to_owned(),
        breaks: mutant.breaks.iter().map(ToString::to_string).collect(),
    });
    Book::new(cases(), mutants.collect())
}

/// Every id, each once.
fn ids() -> Vec<String> {
    let mut ids: Vec<String> = requirements().keys().cloned().collect();
    ids.extend(cases().into_iter().map(|case| case.id));
    ids.extend(codes().keys().cloned());
    ids.extend(areas().iter().map(|area| area.area.clone()));
    ids
}

#[track_caller]
fn check_valid(document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/schemas/explanation.schema.json");
    let schema = fs::read_to_string(path).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let document: Value = serde_json::from_str(document).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(&document)
        .map(|fault| format!("at {}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_two_things_have_the_same_id() {
    let ids = ids();
    let different: BTreeSet<String> = ids.iter().map(|id| id.to_ascii_lowercase()).collect();
    assert_eq!(different.len(), ids.len());
}

#[test]
fn everything_is_explained_and_keeps_to_the_width() {
    let book = book();
    for id in ids() {
        let page = book.explain(&id).expect(&id);
        for columns in [40, 100] {
            let style = Style::Plain;
            let text = explanation::text(&page, Look { style, columns }).to_string();
            let named = text
                .lines()
                .next()
                .is_some_and(|line| line.starts_with(&id));
            assert!(named && text.lines().count() > 2, "{id}: {text}");
            for line in text.lines() {
                // Words without a space cannot be broken: an address, the name of a case, a command.
                let wide = line.chars().count() > columns;
                let whole = line.split_whitespace().count() <= 2 || line.contains("ricspec run");
                assert!(!wide || whole, "{id}: {line}");
            }
        }
    }
}

#[test]
fn the_json_form_keeps_to_its_schema() {
    let book = book();
    let pages: Vec<Explanation> = ids().iter().map(|id| book.explain(id).expect(id)).collect();
    check_valid(&explanation::json(&pages));
    check_valid(&explanation::contents_json(&book.contents()));
}

/// Each known failure is shown with its requirement, its case and its code: none is lost.
#[test]
fn known_failures_are_told_wherever_they_belong() {
    let book = book();
    let told = |id: &str| match book.explain(id).expect(id) {
        Explanation::Requirement(page) => page.failing,
        Explanation::Case(page) => page.failing,
        Explanation::Code(page) => page.failing,
        Explanation::Area(_) => Vec::new(),
    };
    let by_law: Vec<_> = requirements().keys().flat_map(|id| told(id)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtimes");
    let manifests = fs::read_dir(folder)
        .expect("the folder of the runtimes")
        .filter(|entry| {
            let entry = entry.as_ref().expect("an entry");
            entry.path().join("runtime.toml").is_file()
        });
    assert_eq!(runtimes().len(), manifests.count());
    for runtime in runtimes() {
        for known in &runtime.known {
            for places in [&by_law, &told(&known.case), &told(&known.code)] {
                let found = places.iter().any(|failing| {
                    failing.runtime == runtime.name
                        && failing.code == known.code
                        && failing.cases.contains(&known.case)
                });
                assert!(found, "{}: {} {}", runtime.name, known.case, known.code);
            }
        }
    }
}

fn ricspec(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ricspec"));
    command
        .arg("explain")
        .args(arguments)
        .output()
        .expect("ricspec starts")
}

#[track_caller]
fn shows(arguments: &[&str], parts: &[&str]) {
    let output = ricspec(arguments);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn what_was_asked_for_is_shown() {
    shows(
        &["resp-03"],
        &[
            "RESP-03  MUST  response\n",
            "  why  ",
            "  fix  ",
            "  source  ",
        ],
    );
    shows(
        &["--color", "always", "RESP-03"],
        &["RESP-03  \u{1b}[31mMUST\u{1b}[0m  response\n"],
    );
    shows(
        &["next/two_hundred_in_a_row", "hot-loop"],
        &[
            "200 times: Serves ",
            "\n\nhot-loop\n",
            "  run       ricspec run --filter next/two_",
        ],
    );
    shows(
        &["response"],
        &["response\n", "RESP-01  MUST  ", "response/null: "],
    );
    shows(&[], &["boot  Boot and transport\n", "exit-in-health"]);
    shows(&["--json", "boot"], &["\"kind\": \"area\""]);
}

#[test]
fn what_is_unknown_is_refused_with_what_is_near() {
    let output = ricspec(&[
        "RESP-03",
        "RESP-033",
        "poll_held_agian",
        "quite another thing",
    ]);
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(output.stdout.is_empty());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains("did you mean `RESP-03`"), "{text}");
    assert!(
        lines[1].contains("did you mean `next/poll_held_again`"),
        "{text}"
    );
    assert!(!lines[2].contains("did you mean"), "{text}");
}
