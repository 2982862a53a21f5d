//! Compliance reports of real runtimes: made in all forms, valid, and with the sentence that may be quoted.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use serde_json::Value;

/// The options that make them in a folder.
pub fn reports(folder: &Path) -> Vec<String> {
    let forms = [
        "compliance=FOLDER/compliance.json",
        "compliance=FOLDER/compliance.html",
        "compliance=FOLDER/compliance.md",
        "attestation=FOLDER/attestation.json",
        "badge=FOLDER/badge.svg",
    ];
    let folder = folder.display().to_string();
    let forms = forms.iter().map(|form| form.replace("FOLDER", &folder));
    forms
        .flat_map(|form| ["--report".to_owned(), form])
        .collect()
}

/// Checks those of a folder, and gives the sentence.
pub fn checked(folder: &Path) -> Result<String, Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = [
        ("compliance.json", "specs/schemas/compliance.schema.json"),
        ("attestation.json", "tests/report/rules/attestation.json"),
    ];
    let read = |path: &Path| -> Result<Value, Failed> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    };
    for (report, schema) in rules {
        let (report, schema) = (folder.join(report), read(&root.join(schema))?);
        let validator = jsonschema::validator_for(&schema)?;
        let document = read(&report)?;
        let faults = validator.iter_errors(&document);
        let faults: Vec<String> = faults
            .map(|fault| format!("at {}: {fault}", fault.instance_path()))
            .collect();
        if !faults.is_empty() {
            return Err(format!("{}: {}", report.display(), faults.join("\n")).into());
        }
    }
    let report = read(&folder.join("compliance.json"))?;
    let sentence = report["sentence"].as_str().ok_or("no sentence")?.to_owned();
    for form in ["compliance.html", "compliance.md"] {
        let text = fs::read_to_string(folder.join(form))?;
        if !text.contains(&sentence) {
            return Err(format!("{form} does not say: {sentence}").into());
        }
    }
    Ok(sentence)
}
