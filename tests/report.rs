//! Reports that last: made again from saved JSON or from transcripts, measured by a set, merged and compared.

#[path = "report/again.rs"]
mod again;
#[path = "report/compliance.rs"]
mod compliance;
mod desk;
#[path = "report/events.rs"]
mod events;
#[path = "report/formats.rs"]
mod formats;
#[path = "report/parts.rs"]
mod parts;

use std::fs;
use std::path::Path;
use std::process::Command;

use desk::{Desk, Done, RICSPEC};
use serde_json::Value;

/// A mutant that breaks a SHOULD in this case.
const RUN: [&str; 8] = [
    "run",
    "--reference",
    "--mutant",
    "next-with-body",
    "--filter",
    "next/five_in_a_row",
    "--transcripts",
    "seen",
];

/// Every profile. No case of `slow` is short.
const PROFILES: [&str; 7] = [
    "core",
    "streaming",
    "slow",
    "extensions",
    "snapstart",
    "preview",
    "image",
];

/// Short cases of every profile that has short ones.
const CASES: [&str; 7] = [
    "next/id_*",
    "next/five*",
    "streaming/{whole,late_failure,says_that_it_streams}",
    "extensions/first_event_waits",
    "restore/{hooks_in_order,no_call_on_demand}",
    "managed/*",
    "image/readable",
];

/// The options for a run of these cases with all profiles.
fn every_profile() -> Vec<&'static str> {
    let profiles = PROFILES.iter().flat_map(|name| ["--profile", name]);
    let cases = CASES.iter().flat_map(|glob| ["--filter", glob]);
    ["run", "--reference"]
        .into_iter()
        .chain(profiles)
        .chain(cases)
        .collect()
}

#[track_caller]
fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn validator(rules: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(rules);
    let schema = json(&fs::read_to_string(path).expect(rules));
    jsonschema::validator_for(&schema).expect("a schema")
}

fn is_valid(rules: &str, document: &Value) -> bool {
    validator(rules).is_valid(document)
}

#[track_caller]
fn check_valid(rules: &str, document: &Value) {
    let validator = validator(rules);
    let faults: Vec<String> = validator
        .iter_errors(document)
        .map(|fault| format!("at {}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

impl Desk {
    /// Runs ricspec, and gives its exit code.
    #[track_caller]
    fn ricspec(&self, arguments: &[&str]) -> Done {
        self.ricspec_at("0", arguments)
    }

    /// The same on a day that SOURCE_DATE_EPOCH gives.
    #[track_caller]
    fn ricspec_at(&self, epoch: &str, arguments: &[&str]) -> Done {
        let mut command = Command::new(RICSPEC);
        command.args(arguments).env("SOURCE_DATE_EPOCH", epoch);
        Done::of(self.place(&mut command))
    }

    /// Runs ricspec, which must end with this exit code.
    #[track_caller]
    fn ends(&self, code: i32, arguments: &[&str]) -> Done {
        let done = self.ricspec(arguments);
        assert_eq!(done.code, code, "{}{}", done.out, done.err);
        done
    }
}
