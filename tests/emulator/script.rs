//! The data of the test: scripts of calls, and the known differences.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What was seen of one call, field by field; absent fields are left out.
pub type Seen = BTreeMap<String, String>;

/// The calls of a fake runtime, in order. Each poll gets an event: the text `1`, then `2`, ...
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub name: String,
    /// What it shows, for a reader.
    pub about: String,
    /// Whether the environment is restored, once, some time after `restore/next`. Only the stand-alone server does that.
    #[serde(default)]
    pub restores: bool,
    pub calls: Vec<Call>,
}

/// One request.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Method and target. A target that is not an absolute path is below `/2018-06-01/runtime/`. `{1}` is the request id of
    /// the first event, `{upper 1}` the same in upper case, `{percent 1}` the same with its dashes percent-encoded.
    #[serde(default)]
    pub send: String,
    /// Instead of a request: the reply to the last one on this connection that was sent with `leave`.
    #[serde(default)]
    pub receive: Option<String>,
    /// Instead of a request: the end of the body that was left open on this connection, and then the reply.
    #[serde(default)]
    pub end: Option<String>,
    /// How long such a reply is waited for, in milliseconds; nothing is to come then, and the wait goes on afterwards.
    #[serde(default)]
    pub within_ms: Option<u64>,
    /// Headers in addition to `Host` and those of the body. `{extension 1}` is the identifier from the first registration,
    /// `{upper extension 1}` the same in upper case, `{bare extension 1}` the same without dashes,
    /// `{metadata token}` the value of `AWS_LAMBDA_METADATA_TOKEN`, and `{credentials token}` that of
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// One more header, with a value of this length.
    #[serde(default)]
    pub header_bytes: usize,
    /// So many more header lines.
    #[serde(default)]
    pub header_lines: usize,
    /// The body; without it, not even a length is sent.
    #[serde(default)]
    pub body: Option<String>,
    /// Instead, a body of this many bytes.
    #[serde(default)]
    pub body_bytes: Option<usize>,
    #[serde(default)]
    pub framing: Framing,
    #[serde(default)]
    pub http: Http,
    /// The name of the connection, which is kept open between calls as long as the service allows.
    #[serde(default)]
    pub on: String,
    /// The request is sent without waiting for its reply.
    #[serde(default)]
    pub leave: bool,
    /// What is compared, in addition to status, error type, media type, body, request id and connection.
    #[serde(default)]
    pub look_at: LookAt,
}

/// How the end of a body is marked.
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
    /// By chunks, and the last one does not come with the request.
    Open,
}

/// The HTTP version, and whether the header that it requires is sent.
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

/// Other things to compare.
#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum LookAt {
    #[default]
    Nothing,
    /// The names of the headers.
    Headers,
}

/// A call of a script in which the two differ.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    pub script: String,
    /// The call, from 1.
    pub call: usize,
    /// What ricspec's service does, in the fields that differ.
    #[serde(default)]
    pub ricspec: Seen,
    /// What the emulator does in them.
    #[serde(default)]
    pub emulator: Seen,
    /// Why ricspec's service stays as it is.
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
    /// The greatest number of events that it can get.
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
