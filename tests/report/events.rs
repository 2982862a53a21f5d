//! Events as they happen, archives of calls, places of findings, artifacts and trends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Desk, RICSPEC, RUN, check_valid, is_valid, json};

/// A published schema, if it is installed, and whether a document keeps it.
fn keeps(schema: &str, document: &Value) -> Option<bool> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/tools")
        .join(schema);
    if !path.exists() {
        assert!(
            std::env::var("RICSPEC_REQUIRE").as_deref() != Ok("all"),
            "{schema} is not installed; .ci/install does it"
        );
        return None;
    }
    let text = std::fs::read_to_string(path).expect(schema);
    let mut schema = json(&text);
    // This pattern of SARIF's is no regular expression; we write no language.
    for owner in ["run", "toolComponent"] {
        let language = format!("/definitions/{owner}/properties/language");
        if let Some(language) = schema.pointer_mut(&language) {
            *language = serde_json::json!({});
        }
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    Some(validator.is_valid(document))
}

const SARIF: &str = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";
const CTRF: &str = "node_modules/ctrf/dist/ctrf-schema-0.0.json";

#[test]
fn reports_keep_the_published_schemas() {
    let desk = Desk::new();
    let reports = ["--report", "sarif=s.sarif", "--report", "ctrf=c.json"];
    desk.ends(0, &[&RUN[..], &reports].concat());
    let (sarif, ctrf) = (json(&desk.read("s.sarif")), json(&desk.read("c.json")));
    for (schema, good, member) in [(SARIF, &sarif, "runs"), (CTRF, &ctrf, "results")] {
        let mut wrong = good.clone();
        wrong[member] = "x".into();
        assert_ne!(keeps(schema, good), Some(false), "{good:#}");
        assert_ne!(keeps(schema, &wrong), Some(true), "{schema}");
    }
    // Code scanning shows a result at its line.
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(
        place["artifactLocation"]["uri"],
        "cases/next/five_in_a_row.json"
    );
    let line = place["region"]["startLine"].as_u64().expect("a line");
    let case = include_str!("../../cases/next/five_in_a_row.json");
    let text = case.lines().nth(usize::try_from(line).expect("a line") - 1);
    assert!(
        text.is_some_and(|text| text.contains('{')),
        "{line}: {text:?}"
    );
}

#[test]
fn a_finding_says_where_its_step_is() {
    let desk = Desk::new();
    let case = include_str!("../../cases/next/five_in_a_row.json");
    desk.write(
        "mine/next/five.json",
        &case.replace("next/five_in_a_row", "next/five"),
    );
    let mut options = RUN.to_vec();
    options[5] = "next/five";
    let reports = [
        "--cases",
        "mine",
        "--report",
        "json=r.json",
        "--report",
        "html=r.html",
        "--report",
        "junit=r.xml",
    ];
    let done = desk.ends(0, &[&options[..], &reports].concat());
    let report = json(&desk.read("r.json"));
    check_valid("specs/schemas/report.schema.json", &report);
    let step = &report["cases"][0]["findings"][0]["step"];
    assert_eq!(step["file"], "mine/next/five.json");
    let told = format!("{}, mine/next/five.json:{}", step["number"], step["line"]);
    for (name, text) in [
        ("screen", done.out),
        ("html", desk.read("r.html")),
        ("junit", desk.read("r.xml")),
    ] {
        assert!(text.contains(&told), "{name}: {told}\n{text}");
    }
}

/// The events, each checked.
fn events(text: &str) -> Vec<Value> {
    let events: Vec<Value> = text.lines().map(json).collect();
    let schema = "specs/schemas/event.schema.json";
    events.iter().for_each(|event| check_valid(schema, event));
    assert!(!is_valid(schema, &serde_json::json!({"event": "other"})));
    events
}

#[test]
fn events_of_a_run_are_its_report() {
    let desk = Desk::new();
    let reports = [
        "--filter",
        "next/identical*",
        "--report",
        "ndjson=e.ndjson",
        "--report",
        "json=r.json",
    ];
    desk.ends(0, &[&RUN[..], &reports].concat());
    let live = events(&desk.read("e.ndjson"));
    let kind = |event: &Value| event["event"].as_str().unwrap_or_default().to_owned();
    let kinds: Vec<String> = live.iter().map(kind).collect();
    assert_eq!(
        (kinds[0].as_str(), kinds.len()),
        ("run_began", 6),
        "{kinds:?}"
    );
    assert_eq!(kinds[5], "run_ended");
    desk.ends(0, &["report", "r.json", "--report", "ndjson=later.ndjson"]);
    let later = events(&desk.read("later.ndjson"));
    let mut told: Vec<&Value> = live
        .iter()
        .filter(|event| kind(event) != "case_began")
        .collect();
    told[1..3].sort_by_key(|event| event["case"]["id"].to_string());
    assert_eq!(told, later.iter().collect::<Vec<_>>());
}

#[test]
fn events_come_while_the_run_goes_on() {
    let desk = Desk::new();
    let mut command = Command::new(RICSPEC);
    command.args([
        "run",
        "--reference",
        "--filter",
        "next/poll_held_five_seconds",
        "--filter",
        "response/null",
    ]);
    command
        .args(["--report", "ndjson=-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = desk.place(&mut command).spawn().expect("ricspec");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut seen = Vec::new();
    for line in lines {
        let event = json(&line.expect("a line"));
        let ended = event["event"] == "case_ended" && event["case"]["id"] == "response/null";
        if ended {
            // The long case is still in play.
            assert!(child.try_wait().expect("a child").is_none());
        }
        seen.push(event["event"].as_str().unwrap_or_default().to_owned());
    }
    assert!(child.wait().expect("an end").success());
    assert_eq!(
        seen.last().map(String::as_str),
        Some("run_ended"),
        "{seen:?}"
    );
}

#[test]
fn calls_become_an_archive() {
    let desk = Desk::new();
    desk.ends(0, &RUN);
    desk.ends(0, &["judge", "seen", "--har", "calls.har"]);
    let archive = json(&desk.read("calls.har"));
    let entries = archive["log"]["entries"].as_array().expect("entries");
    let posts: Vec<&Value> = entries
        .iter()
        .filter(|one| one["request"]["method"] == "POST")
        .collect();
    assert_eq!((entries.len(), posts.len()), (11, 5), "{archive:#}");
    assert_eq!(posts[0]["response"]["status"], 202);
    assert!(posts[0]["request"]["postData"]["text"].is_string());
    let url = posts[0]["request"]["url"].as_str().expect("a URL");
    assert!(
        url.starts_with("http://127.0.0.1:") && url.ends_with("/response"),
        "{url}"
    );
    if let Some(validator) = har_validator() {
        assert!(validator.is_valid(&archive), "{archive:#}");
        let mut wrong = archive;
        wrong["log"]["entries"][0]["request"]["method"] = 1.into();
        assert!(!validator.is_valid(&wrong));
    }
}

/// The published schema is in several files that name each other.
fn har_validator() -> Option<jsonschema::Validator> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/node_modules/har-schema/lib");
    if !folder.exists() {
        assert!(
            std::env::var("RICSPEC_REQUIRE").as_deref() != Ok("all"),
            "har-schema is not installed"
        );
        return None;
    }
    let mut all = serde_json::Map::new();
    for entry in std::fs::read_dir(folder).expect("the schemas") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = std::fs::read_to_string(&path).expect("a schema");
            let mut schema = json(&local(&text));
            schema.as_object_mut().expect("an object").remove("$id");
            all.insert(name, schema);
        }
    }
    let whole = serde_json::json!({
        "$schema": "http://json-schema.org/draft-06/schema#",
        "$ref": "#/definitions/har",
        "definitions": all,
    });
    Some(jsonschema::validator_for(&whole).expect("a schema"))
}

/// The text of a schema with references into one document.
fn local(text: &str) -> String {
    let mut parts = text.split("\"$ref\": \"");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(".json#").expect("a reference to a file");
        whole.push_str(&format!("\"$ref\": \"#/definitions/{name}{rest}"));
    }
    whole
}

#[test]
fn an_attestation_is_about_the_artifact_that_it_names() {
    let desk = Desk::new();
    desk.write("function.zip", "PK");
    let reports = [
        "--artifact",
        "function.zip",
        "--report",
        "attestation=a.json",
        "--report",
        "json=r.json",
        "--report",
        "compliance=c.md",
    ];
    desk.ends(0, &[&RUN[..], &reports].concat());
    let statement = json(&desk.read("a.json"));
    check_valid("tests/report/rules/attestation.json", &statement);
    assert_eq!(statement["subject"][0]["name"], "function.zip");
    // The digest of the two letters.
    let digest = "fcab7fcc2b4cffd9bb45003bfc2e468a04ef6f77ca8200a7341f027631584d25";
    assert_eq!(statement["subject"][0]["digest"]["sha256"], digest);
    assert!(desk.read("c.md").contains("function.zip, sha256:"));
    desk.write("other.zip", "PK");
    desk.ends(
        0,
        &[
            "report",
            "r.json",
            "--artifact",
            "other.zip",
            "--report",
            "attestation=b.json",
        ],
    );
    let later = json(&desk.read("b.json"));
    assert_eq!(later["subject"][1]["digest"], later["subject"][0]["digest"]);
    let done = desk.ends(2, &["run", "--reference", "--artifact", "none.zip"]);
    assert!(done.err.contains("--artifact `none.zip`"), "{}", done.err);
}

#[test]
fn a_trend_shows_what_changed() {
    let desk = Desk::new();
    let filter = ["--filter", "next/five_in_a_row"];
    let run = |epoch: &str, file: &str, more: &[&str]| {
        let report = format!("json=all/{file}");
        let done = desk.ricspec_at(
            epoch,
            &[
                &["run", "--reference", "--report", &report],
                &filter[..],
                more,
            ]
            .concat(),
        );
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    };
    run("86400", "b.json", &[]);
    run("0", "a.json", &[]);
    let done = desk.ends(0, &["trend", "all", "--html", "t.html"]);
    assert!(
        done.out.contains("1970-01-01") && done.out.contains("the same"),
        "{}",
        done.out
    );
    let page = desk.read("t.html");
    for part in [
        "1970-01-02",
        "the reference runtime",
        "<polyline",
        "MUST broken",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script"));
    let done = desk.ends(2, &["trend", "t.html"]);
    assert!(done.err.contains("t.html:1: not a report"), "{}", done.err);
}
