//! The data of the test: scripts of calls, and the differences that are known.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What was seen of one call: field by field, only fields that are there.
pub type Seen = BTreeMap<String, String>;

/// The calls of a fake runtime, in order. Events are served for as long as it polls: the text `1`, then `2`, ...
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub name: String,
    /// What it shows, for a reader.
    pub about: String,
    pub calls: Vec<Call>,
}

/// One request.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Method and target. A target that is no whole path begins behind `/2018-06-01/runtime/`. `{1}` is the request id
    /// of the first event, `{upper 1}` that in upper case, `{percent 1}` that with its dashes percent-encoded.
    pub send: String,
    /// Headers next to `Host` and those of the body. `{extension 1}` is the identifier that the first registration
    /// brought, `{metadata token}` what `AWS_LAMBDA_METADATA_TOKEN` says.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The value of one more header is this long.
    #[serde(default)]
    pub header_bytes: usize,
    /// So many header lines more.
    #[serde(default)]
    pub header_lines: usize,
    /// The body: none at all without it, not even a length.
    #[serde(default)]
    pub body: Option<String>,
    /// A body of this many bytes in its place.
    #[serde(default)]
    pub body_bytes: Option<usize>,
    #[serde(default)]
    pub framing: Framing,
    #[serde(default)]
    pub http: Http,
    /// The connection: a name, kept open from call to call as long as the service lets it.
    #[serde(default)]
    pub on: String,
    /// The request is sent and its reply not waited for: the connection stays as it is.
    #[serde(default)]
    pub leave: bool,
    /// What is looked at besides status, error type, media type, body, request id and connection.
    #[serde(default)]
    pub look_at: LookAt,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// By its length.
    #[default]
    Length,
    /// By chunks, with a trailer.
    Chunked,
    /// By its length, but the connection is closed one byte before.
    Short,
}

/// The version of HTTP, and whether the header is there that it demands.
#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
pub enum Http {
    #[serde(rename = "1.0")]
    Old,
    #[default]
    #[serde(rename = "1.1")]
    Usual,
    #[serde(rename = "1.1 without Host")]
    Hostless,
}

/// What is looked at besides.
#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum LookAt {
    #[default]
    Nothing,
    /// The names of the headers.
    Headers,
}

/// A call of a script on which the two differ.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    pub script: String,
    /// The call, from 1.
    pub call: usize,
    /// What ricspec's service says, in the fields that differ.
    #[serde(default)]
    pub ricspec: Seen,
    /// What the emulator says in them.
    #[serde(default)]
    pub emulator: Seen,
    /// Why ricspec's service is to be left as it is.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripts {
    script: Vec<Script>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Differences {
    difference: Vec<Difference>,
}

impl Script {
    /// How many events it can take, at most.
    pub fn polls(&self) -> usize {
        let poll = |call: &&Call| call.send.contains("next") && !call.send.contains("extension");
        self.calls.iter().filter(poll).count().max(1)
    }
}

/// All scripts.
pub fn scripts() -> Result<Vec<Script>, String> {
    read::<Scripts>("scripts.toml").map(|file| file.script)
}

/// All known differences.
pub fn differences() -> Result<Vec<Difference>, String> {
    read::<Differences>("differences.toml").map(|file| file.difference)
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> Result<T, String> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/emulator")
        .join(name);
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| at(&error))?;
    toml::from_str(&text).map_err(|error| at(&error))
}
