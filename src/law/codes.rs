//! The codes of findings: what each kind of breach means, whatever requirement it breaks.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// What a code means.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// The code, in kebab case, such as `exit-in-health`.
    pub code: String,
    /// What it means, in one sentence.
    pub text: String,
    /// The consequence for users.
    pub why: String,
    /// What the author of a runtime should change.
    pub fix: String,
    /// The requirements for which ricspec reports it in any case; empty for a code that only a case checks.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// The requirements that replace them if the call is a POST `/error`.
    #[serde(default)]
    pub on_error: Vec<String>,
}

impl Meaning {
    /// All requirements for which ricspec reports it in any case.
    pub fn booked_on(&self) -> impl Iterator<Item = &String> {
        self.requirements.iter().chain(&self.on_error)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(rename = "$schema")]
    _schema: String,
    codes: Vec<Meaning>,
}

/// Every code that a finding of the shipped cases can have, by its name.
pub fn codes() -> &'static BTreeMap<String, Meaning> {
    static CODES: OnceLock<BTreeMap<String, Meaning>> = OnceLock::new();
    CODES.get_or_init(|| {
        let text = include_str!("../../specs/codes.json");
        let page: Page = serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("embedded specs/codes.json: {error}"));
        page.codes
            .into_iter()
            .map(|meaning| (meaning.code.clone(), meaning))
            .collect()
    })
}
