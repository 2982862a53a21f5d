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
    /// Callers who get the answer while it comes. Only the stand-alone server has such callers.
    #[serde(default)]
    pub direct: Option<Direct>,
    pub calls: Vec<Call>,
    /// The external extensions, which the service starts before the runtime.
    #[serde(default, rename = "extension")]
    pub extensions: Vec<Extension>,
    /// Whether the last event is not answered, so that its time is up.
    #[serde(default)]
    pub times_out: bool,
}

/// A caller who gets the answer while it comes.
#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Direct {
    /// Takes a stream of any length.
    Streams,
    /// Takes no more than other callers do.
    Buffers,
}

/// An external extension, with its own calls.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The name of its file.
    pub name: String,
    pub calls: Vec<Call>,
    /// The exit code with which it ends after its calls, although the environment goes on.
    #[serde(default)]
    pub ends: Option<u8>,
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
    /// First it is waited for another process (`runtime`, or the name of an extension): until it has made all of its calls, or
    /// so many of them, as in `one 2`.
    #[serde(default)]
    pub after: Option<String>,
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
    /// By chunks, with the trailers of a failure, of which `Trailer` tells.
    Failed,
    /// By its length, but the connection is closed one byte before.
    Short,
    /// By chunks, but the connection is closed before the last one.
    Torn,
    /// By chunks, and the last one does not come with the request.
    Open,
}

impl Framing {
    /// Whether this side of the connection is closed before the end of the body.
    pub fn is_cut(self) -> bool {
        match self {
            Self::Short | Self::Torn => true,
            Self::Length | Self::Chunked | Self::Failed | Self::Open => false,
        }
    }
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
    /// Less: not the body. The state that it names depends on which of the emulator's handlers goes on first.
    NoBody,
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

/// The name of the runtime among the processes of a script.
pub const RUNTIME: &str = "runtime";

impl Script {
    /// The calls of one of its processes.
    pub fn calls_of(&self, process: &str) -> Option<&[Call]> {
        let mut extensions = self.extensions.iter();
        let extension = extensions.find(|known| known.name == process);
        match extension {
            Some(extension) => Some(&extension.calls),
            None => (process == RUNTIME).then_some(&self.calls),
        }
    }

    /// The names of its processes, the runtime first.
    pub fn processes(&self) -> impl Iterator<Item = &str> {
        let extensions = self.extensions.iter().map(|known| &*known.name);
        std::iter::once(RUNTIME).chain(extensions)
    }

    /// All calls: first those of the runtime, then those of each extension.
    pub fn all_calls(&self) -> Vec<&Call> {
        let processes = self.processes();
        processes
            .filter_map(|process| self.calls_of(process))
            .flatten()
            .collect()
    }

    /// Whether a process lives on after its calls: the service ends it. A runtime alone ends by itself.
    pub fn stays(&self, process: &str) -> bool {
        let crashes = self.extensions.iter().any(|known| known.ends.is_some());
        match process {
            RUNTIME => self.times_out || crashes,
            _ => true,
        }
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
