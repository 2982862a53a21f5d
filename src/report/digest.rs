//! Digests in reports, so that others can tell whether they have the same files.

use sha2::{Digest, Sha256};

use crate::law::InForce;
use crate::verdict::Report;

/// The SHA-256 of a text, in hexadecimal.
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of a set's file, as `ricspec list --freeze` writes it.
pub(super) fn of_set(in_force: &InForce) -> String {
    in_force.digest.clone().unwrap_or_else(|| {
        let text = serde_json::to_string_pretty(&*in_force.set);
        let text = text.expect("texts and levels are JSON");
        sha256(&format!("{text}\n"))
    })
}

/// The digest of all transcripts of a run, and their number: that of the lines of `sha256sum */*.json` in their folder.
pub(super) fn transcripts(report: &Report) -> Option<(String, usize)> {
    let line = |(id, digest): (&str, &str)| format!("{digest}  {id}.json\n");
    let cases = report.cases.iter();
    let known = cases.filter_map(|case| Some((case.id.as_str(), case.transcript.as_deref()?)));
    let mut lines: Vec<(&str, &str)> = known.collect();
    lines.sort_by_key(|(id, _)| format!("{id}.json"));
    let number = lines.len();
    let text: String = lines.into_iter().map(line).collect();
    (number > 0).then(|| (sha256(&text), number))
}
