//! The documents, source trees and measurements that the law book names by short names.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// Something that a requirement may rest on.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The short name, such as `D-API`.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Its URL.
    #[serde(default)]
    pub url: Option<String>,
    /// How we know it, and how strong this evidence is.
    pub trust: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(rename = "$schema")]
    _schema: String,
    sources: Vec<Document>,
}

/// All documents, by their short names.
pub fn documents() -> &'static BTreeMap<String, Document> {
    static DOCUMENTS: OnceLock<BTreeMap<String, Document>> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let text = include_str!("../../specs/sources.json");
        let page: Page = serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("embedded specs/sources.json: {error}"));
        page.sources
            .into_iter()
            .map(|document| (document.name.clone(), document))
            .collect()
    })
}
