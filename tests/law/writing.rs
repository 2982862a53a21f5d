//! How cases are written: the page on them explains each member of the schema, in the words of the schema; titles, silences.

use std::fs;

use ricspec::case::Step;
use serde_json::Value;

use super::{cases, json, none, specs};

const BEGIN: &str = "by `RICSPEC_BLESS=1 cargo test --test law` -->\n";
const END: &str = "<!-- the end of it -->\n";

/// All members, as Markdown.
fn members(schema: &Value) -> String {
    let mut text = String::from("\n### The file\n\n");
    list(schema, 0, &mut text);
    let defs = schema["$defs"].as_object().expect("definitions");
    for (name, def) in defs.iter().filter(|(_, def)| def["properties"].is_object()) {
        let about = def["description"].as_str().unwrap_or_default();
        text.push_str(&format!("\n### {name}\n\n{about}\n\n"));
        list(def, 0, &mut text);
    }
    text.push('\n');
    text
}

/// The members of an object, each with those that it has in itself.
fn list(object: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let needed = |name: &str| {
        let required = object["required"].as_array();
        required.is_some_and(|all| all.iter().any(|one| one == name))
    };
    for (name, member) in object["properties"].as_object().into_iter().flatten() {
        let mut facts: Vec<String> = kind(member).into_iter().collect();
        if needed(name) {
            facts.push("needed".to_owned());
        }
        let facts = match facts.is_empty() {
            true => String::new(),
            false => format!(" ({})", facts.join("; ")),
        };
        let about = member["description"].as_str();
        let about = about.map_or_else(String::new, |about| format!(": {about}"));
        text.push_str(&format!("{indent}- `{name}`{facts}{about}\n"));
        list(member, depth + 1, text);
    }
}

/// What a member may be.
fn kind(member: &Value) -> Option<String> {
    let def = |node: &Value| {
        let name = node["$ref"].as_str()?.strip_prefix("#/$defs/")?;
        Some(match name {
            "requirement" => "the id of a requirement".to_owned(),
            "level" => "a level".to_owned(),
            "header_rule" => "a rule for a header".to_owned(),
            name => format!("[{name}](#{name})"),
        })
    };
    if let Some(name) = def(member) {
        return Some(name);
    }
    if let Some(values) = member["enum"].as_array() {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        return Some(values.join(", "));
    }
    match (member["type"].as_str(), def(&member["items"])) {
        (Some("array"), Some(items)) => Some(format!("a list of {items}")),
        (Some("array"), None) => Some("a list".to_owned()),
        (Some("integer"), _) => Some("a whole number".to_owned()),
        (Some("boolean"), _) => Some("true or false".to_owned()),
        (Some("string"), _) => Some("a text".to_owned()),
        (Some(_) | None, _) => None,
    }
}

#[test]
fn the_page_on_writing_cases_has_every_member() {
    let path = specs("writing-cases.md");
    let page = fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("the mark");
    let (_, after) = rest.split_once(END).expect("the end mark");
    let wanted = members(&json(&specs("schemas/case.schema.json")));
    let whole = format!("{before}{BEGIN}{wanted}{END}{after}");
    if std::env::var_os("RICSPEC_BLESS").is_some() {
        fs::write(&path, &whole).expect("the page");
    }
    assert!(
        page == whole,
        "the page is old: RICSPEC_BLESS=1 cargo test --test law"
    );
    for (name, member) in json(&specs("schemas/case.schema.json"))["properties"]
        .as_object()
        .expect("members")
    {
        assert!(
            member["description"].is_string() || member["$ref"].is_string(),
            "{name}"
        );
    }
}

/// Reports set one after it.
#[test]
fn a_title_has_no_full_stop_at_its_end() {
    let cases = cases();
    let ended = cases.iter().filter(|case| case.title.ends_with('.'));
    let faults: Vec<String> = ended.map(|case| case.id.clone()).collect();
    none(&faults);
}

/// A timer of ours may be late by a second (`LATE_MAX` of the deadlines) before a case says that the machine was too busy.
#[test]
fn a_silence_ends_long_before_the_function_answers() {
    const LATE_MAX_MS: u64 = 1000;
    let mut faults = Vec::new();
    for case in cases() {
        let pairs = case.steps.iter().zip(case.steps.iter().skip(1));
        for pair in pairs {
            let (Step::Serve(serve), Step::Quiet(quiet)) = pair else {
                continue;
            };
            let event = serve.event.bytes().unwrap_or_default();
            let event: Value = serde_json::from_slice(&event).unwrap_or_default();
            let answers_ms = event["ms"].as_u64().filter(|_| event["do"] == "sleep");
            if answers_ms.is_some_and(|ms| ms <= quiet.ms + LATE_MAX_MS) {
                faults.push(case.id.clone());
            }
        }
    }
    none(&faults);
}
