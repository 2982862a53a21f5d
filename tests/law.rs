//! The law book, the schemas and the cases agree: all valid, all ids known, all citations exist.

#[path = "law/beyond.rs"]
mod beyond;
#[path = "law/data.rs"]
mod data;
#[path = "law/sets.rs"]
mod sets;
#[path = "law/writing.rs"]
mod writing;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ricspec::case::{Case, Source, Trust, embedded, possible_findings, read};
use ricspec::law::Code;
use ricspec::law::{Level, Subject, codes, requirements, subject_of};
use ricspec::mutation::{MUTANTS, VARIANTS};
use serde_json::Value;

fn specs(inner: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("specs")
        .join(inner)
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a file of the repository can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(specs(folder)).expect("a folder of the repository can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    paths
}

fn validator(name: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&json(&specs("schemas").join(name))).expect("a schema")
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[track_caller]
fn check_valid(schema: &str, paths: &[PathBuf]) {
    let validator = validator(schema);
    let mut faults = Vec::new();
    for path in paths {
        let value = json(path);
        let found = validator.iter_errors(&value);
        faults.extend(
            found.map(|fault| format!("{}: at {}: {fault}", path.display(), fault.instance_path())),
        );
    }
    none(&faults);
}

#[test]
fn schemas_are_schemas() {
    for path in files("schemas") {
        let schema = json(&path);
        let valid = jsonschema::meta::is_valid(&schema);
        assert!(valid, "{}", path.display());
    }
}

#[test]
fn pages_and_sources_are_valid() {
    check_valid("requirements.schema.json", &files("requirements"));
    check_valid("sources.schema.json", &[specs("sources.json")]);
    check_valid("codes.schema.json", &[specs("codes.json")]);
}

#[test]
fn every_requirement_has_its_own_id_and_known_sources() {
    let sources = json(&specs("sources.json"));
    let names: BTreeSet<&str> = sources["sources"]
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|source| source["name"].as_str())
        .collect();
    let mut ids = BTreeSet::new();
    let mut faults = Vec::new();
    for path in files("requirements") {
        let page = json(&path);
        let area = path.file_stem().unwrap_or_default().to_string_lossy();
        if page["area"] != *area {
            faults.push(format!("{area}: the area must be the file's name"));
        }
        for requirement in page["requirements"].as_array().expect("an array") {
            let id = requirement["id"].as_str().unwrap_or_default().to_owned();
            for source in requirement["source"].as_array().expect("an array") {
                if !names.contains(source["name"].as_str().unwrap_or_default()) {
                    faults.push(format!("{id}: unknown source {}", source["name"]));
                }
            }
            if !ids.insert(id.clone()) {
                faults.push(format!("{id}: it is there twice"));
            }
        }
    }
    assert_eq!(ids.len(), requirements().len());
    none(&faults);
}

/// The schema demands this, too; here it is checked on the law as the program reads it.
#[test]
fn every_must_says_how_it_is_met_in_production() {
    let mut faults = Vec::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for requirement in requirements().values() {
        match &requirement.met {
            Some(met) if !told.insert(met) => faults.push(format!(
                "{}: `met` is another requirement's, word for word",
                requirement.id
            )),
            None if requirement.level == Level::Must => faults.push(format!(
                "{}: a MUST says in `met` how a runtime meets it in production, or it is a SHOULD",
                requirement.id
            )),
            Some(_) | None => {}
        }
    }
    none(&faults);
}

/// A text may contain a MUST and a SHOULD, with the weaker half last; its level comes first, and a SHOULD has no MUST half.
#[test]
fn the_text_of_a_requirement_says_its_level() {
    let mut faults = Vec::new();
    for requirement in requirements().values() {
        let word = match requirement.level {
            Level::Must => "must",
            Level::Should => "should",
            Level::May | Level::Info => "may",
        };
        let (id, text) = (&requirement.id, &requirement.text);
        let words = ["must", "should", "may"].into_iter();
        let first = words.min_by_key(|word| text.find(word).unwrap_or(usize::MAX));
        let bound = match subject_of(id) {
            Some(Subject::Runtime | Subject::Image) | None => "The runtime ",
            Some(Subject::Extension) => "The extension ",
        };
        let begins = text.starts_with(bound) && first == Some(word);
        let too_strong = requirement.level == Level::Should && holds_word(text, " must");
        if !begins || too_strong {
            faults.push(format!("{id} is a {}: {text}", requirement.level));
        }
    }
    none(&faults);
}

fn cases() -> Vec<Case> {
    let theirs: Vec<Source> = embedded()
        .into_iter()
        .map(|source| Source {
            trust: Trust::Theirs,
            ..source
        })
        .collect();
    read(&theirs).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("\n{}\n", lines.join("\n"))
    })
}

fn text_of(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("a room can be read");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).expect("a source file"))
        .collect()
}

/// What the audit of every case and the rules for images check, and what the end of an extension is about, taken from their
/// source.
fn audited() -> String {
    text_of("src/check/audit") + &text_of("src/image") + &file("src/check/steps/external.rs")
}

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).expect("a source file")
}

/// The source that makes findings, without the list of codes for a busy machine.
fn bench() -> String {
    let folders = ["src/check", "src/check/rule", "src/check/steps"];
    let text = folders.map(text_of).concat() + &audited();
    text.replace(&file("src/check/in_hand.rs"), "")
}

fn cited(case: &Case) -> BTreeSet<&str> {
    let trap = case.decoy.iter().map(|trap| trap.cites.as_str());
    let steps = case.steps.iter().flat_map(|step| step.facts().cites);
    trap.chain(steps).collect()
}

/// Reading with schema and law is the test: a faulty file, or an id that the law does not have, is a panic.
#[test]
fn every_requirement_of_a_case_is_tried_by_it() {
    let audited = audited();
    let mut faults = Vec::new();
    for case in cases() {
        let cited = cited(&case);
        for id in &case.requirements {
            if !cited.contains(id.as_str()) && !audited.contains(&format!("\"{id}\"")) {
                faults.push(format!("{}: nothing in it cites {id}", case.id));
            }
        }
    }
    none(&faults);
}

#[test]
fn mutants_have_names_of_their_own_and_break_what_the_law_demands() {
    let all = || MUTANTS.iter().chain(VARIANTS);
    let names: BTreeSet<&str> = all().map(|mutant| mutant.name).collect();
    assert_eq!(names.len(), all().count());
    for variant in VARIANTS {
        assert!(variant.text.ends_with('.'), "{}", variant.name);
        assert!(variant.is_variant(), "{}", variant.name);
    }
    for mutant in MUTANTS {
        assert!(mutant.text.ends_with('.'), "{}", mutant.name);
        assert!(!mutant.breaks.is_empty(), "{}", mutant.name);
        for id in mutant.breaks {
            let level = requirements().get(*id).map(|requirement| requirement.level);
            assert!(
                matches!(level, Some(Level::Must | Level::Should)),
                "{} {id}",
                mutant.name
            );
        }
    }
}

/// The pages of the law for a standard function, for one with SnapStart, and for an extension beside it.
const STANDARD: [&str; 14] = [
    "boot",
    "next",
    "invocation_id",
    "context",
    "response",
    "error",
    "init",
    "lifecycle",
    "logging",
    "extension",
    "extensions",
    "telemetry",
    "restore",
    "streaming",
];

#[test]
fn every_must_and_should_of_a_standard_function_has_a_case_or_a_reason() {
    let cases = cases();
    let tried: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| case.requirements.iter().map(String::as_str))
        .collect();
    let mut faults = Vec::new();
    for area in STANDARD {
        let page = json(&specs("requirements").join(format!("{area}.json")));
        for requirement in page["requirements"].as_array().expect("an array") {
            let id = requirement["id"].as_str().unwrap_or_default();
            let binds = matches!(requirement["level"].as_str(), Some("must" | "should"));
            let reason = requirement["unobservable"].is_string();
            match (binds, tried.contains(id), reason) {
                (true, false, false) => faults.push(format!("{id}: neither a case nor a reason")),
                (_, true, true) => {
                    faults.push(format!("{id}: a case, and a reason why there is none"))
                }
                _ => {}
            }
        }
    }
    none(&faults);
}

/// Where the runtime cannot do it, and so the fixture lacks the verb, the cases of these profiles are skipped.
#[test]
fn a_case_of_what_not_every_runtime_can_do_needs_its_verb() {
    let mut faults = Vec::new();
    for case in cases() {
        let verb = match &*case.profile {
            "streaming" => "stream",
            "snapstart" => "hooks",
            _ => continue,
        };
        if !case.needs.iter().any(|need| need.starts_with(verb)) {
            faults.push(format!("{}: it does not need `{verb}`", case.id));
        }
    }
    none(&faults);
}

/// The checks of steps and the cases give findings their codes; the catalogue has these codes, each once, and no others.
#[test]
fn every_code_has_a_meaning_and_every_meaning_a_code() {
    let mut given: BTreeSet<String> = Code::ALL.iter().map(|code| code.to_string()).collect();
    for case in cases() {
        given.extend(
            possible_findings(&case)
                .into_iter()
                .map(|breach| breach.code),
        );
    }
    let known: BTreeSet<String> = codes().keys().cloned().collect();
    let faults: Vec<String> = given
        .symmetric_difference(&known)
        .map(|code| match known.contains(code) {
            true => format!("specs/codes.json: no finding can have `{code}`"),
            false => format!("specs/codes.json: `{code}` has no entry"),
        })
        .collect();
    none(&faults);
    let entries = json(&specs("codes.json"))["codes"].as_array().map(Vec::len);
    assert_eq!(entries, Some(known.len()), "a code stands there twice");
}

#[test]
fn every_code_of_the_bench_is_given_somewhere() {
    let given = bench();
    let faults: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("Code::{code:?}"))
        .filter(|name| !holds_word(&given, name))
        .collect();
    none(&faults);
}

fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let after = text
            .get(at + word.len()..)
            .and_then(|rest| rest.chars().next());
        !after.is_some_and(char::is_alphanumeric)
    })
}

#[test]
fn a_code_is_booked_on_what_the_law_has() {
    let mut faults = Vec::new();
    let bench = bench() + &file("src/case/attribution.rs");
    for meaning in codes().values() {
        for id in meaning.booked_on() {
            if !requirements().contains_key(id) || !bench.contains(&format!("\"{id}\"")) {
                faults.push(format!("{}: nothing books it on {id}", meaning.code));
            }
        }
    }
    none(&faults);
}
