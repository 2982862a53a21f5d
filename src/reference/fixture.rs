//! The function under test in the reference runtime: `specs/fixture-contract.md`, every verb.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer, ser};
use serde_json::value::RawValue;

use super::failure::{Causes, Failure};
use super::hooked::Hooked;
use super::invocation::Context;
use super::log::{Entry, Log, Stream};
use super::parts::Written;
use super::settings::{Init, LogLevel};
use super::shown::view;
use super::working::{Wish, Working};
use super::writing::{Prelude, Writing};

/// The verbs and init words of the function.
pub(crate) const VERBS: &[&str] = &[
    "describe",
    "echo",
    "context",
    "env",
    "fail",
    "fail-cause-loop",
    "fail-deep-causes",
    "fail-unreadable",
    "fail-oddly",
    "panic",
    "unserializable",
    "nan",
    "null",
    "sleep",
    "exit",
    "abort",
    "log",
    "logger",
    "large",
    "count",
    "spawn",
    "late",
    "stream",
    "stream-http",
    "hooks",
    "init-fail",
    "init-exit",
    "init-sleep",
    "missing-handler",
    "handler-in-folder",
];

/// The exit code of `RICSPEC_INIT=exit`.
const INIT_EXIT_CODE: i32 = 3;

/// How long after its answer a `late` invocation fails.
const LATE: Duration = Duration::from_millis(50);

/// Types and messages of unusual errors.
const ODD: [(&str, &str); 3] = [("", ""), ("9", "\0"), ("\u{e9}", "a text")];

/// The function, with the state of its static code.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    log: Log,
    inits: u64,
    calls: Arc<AtomicU64>,
    pub(super) hooked: Hooked,
}

/// The part of the event that verbs use.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "do")]
    verb: String,
    /// Kept as text, so that no digit, escape or order of members is lost.
    value: Option<Box<RawValue>>,
    names: Option<Vec<String>>,
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    level: Option<String>,
    depth: Option<usize>,
    index: Option<usize>,
    wait_ms: Option<u64>,
    ms: Option<u64>,
    code: Option<i32>,
    stdout: Option<String>,
    stderr: Option<String>,
    bytes: Option<usize>,
    seconds: Option<u64>,
    chunks: Option<Vec<String>>,
    delay_ms: Option<u64>,
    piece: Option<usize>,
    content_type: Option<String>,
    status: Option<u16>,
    headers: Option<BTreeMap<String, String>>,
    cookies: Option<Vec<String>>,
}

/// An error that fails to give its text.
struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

/// What the function returns.
#[derive(Debug)]
pub(crate) enum Returned {
    /// JSON text.
    Json(Box<RawValue>),
    /// A number, perhaps one that JSON cannot hold.
    Number(f64),
    /// A value without a JSON form.
    Opaque,
    /// What it is still writing.
    Stream(Written),
}

impl Event {
    /// Reads an event; one that is not JSON is a failure of the invocation (NEXT-08).
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(bytes)
            .map_err(|error| Failure::of_runtime("UnmarshalError", error.to_string()))
    }
}

impl Fixture {
    /// Runs the static code.
    pub(crate) async fn init(init: &Init, log: Log) -> Result<Self, Failure> {
        match init {
            Init::Well => {}
            Init::Sleeps(pause) => tokio::time::sleep(*pause).await,
            Init::Exits => std::process::exit(INIT_EXIT_CODE),
            Init::Fails => {
                let message = "ricspec: init failed as asked";
                return Err(Failure::of_function("InitError", message));
            }
            Init::Unknown(word) => {
                let message = format!("RICSPEC_INIT has no such word: {word}");
                return Err(Failure::of_function("InitError", message));
            }
        }
        Ok(Self {
            log,
            inits: 1,
            calls: Arc::default(),
            hooked: Hooked::default(),
        })
    }

    /// Does what the event says.
    pub(crate) async fn call(self, event: Event, context: Context) -> Result<Returned, Failure> {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match event.verb.as_str() {
            "describe" => json(&serde_json::json!({
                "ricspec": 1,
                "verbs": VERBS,
                "runtime": concat!("ricspec-reference/", env!("CARGO_PKG_VERSION")),
            })),
            "echo" => match event.value {
                Some(value) => Ok(Returned::Json(value)),
                None => json(&()),
            },
            "context" => match json(&view(&context, event.wait_ms).await)? {
                Returned::Json(view) => Ok(Returned::Json(context.ways.view(view))),
                other @ (Returned::Number(_) | Returned::Opaque | Returned::Stream(_)) => Ok(other),
            },
            "env" => {
                let names = event.names.unwrap_or_default();
                let pair = |name: &'_ String| (name.clone(), context.variable(name));
                json(&names.iter().map(pair).collect::<BTreeMap<_, _>>())
            }
            "fail" => Err(fail(event)),
            "fail-cause-loop" => Err(fail_with_causes(event, true)),
            "fail-deep-causes" => Err(fail_with_causes(event, false)),
            "fail-unreadable" => Err(Failure::of_error("UnreadableError", &Unreadable)),
            "fail-oddly" => {
                let (kind, message) = ODD[event.index.unwrap_or_default() % ODD.len()];
                Err(Failure::of_function(kind, message))
            }
            "panic" | "exit" | "abort" => end(event, context.ways),
            "unserializable" => Ok(Returned::Opaque),
            "nan" => Ok(Returned::Number(f64::NAN)),
            "null" => json(&()),
            "sleep" => {
                let ms = event.ms.unwrap_or_default();
                tokio::time::sleep(Duration::from_millis(ms)).await;
                json(&serde_json::json!({ "slept_ms": ms }))
            }
            "log" => self.print(&event, &context.request_id).await,
            "logger" => {
                let level = event.level.unwrap_or_default().to_ascii_uppercase();
                let message = event.message.unwrap_or_default();
                let id = &context.request_id;
                self.log.logger(LogLevel::read(&level), &message, id).await;
                json(&serde_json::json!({ "logged": true }))
            }
            "large" => json(&"x".repeat(event.bytes.unwrap_or_default())),
            "count" => {
                let inits = context.ways.inits(self.inits, calls);
                json(&serde_json::json!({ "count": calls, "inits": inits }))
            }
            "spawn" => spawn(event.seconds.unwrap_or_default(), &context),
            "late" => {
                tokio::spawn(fail_later(self.log, context));
                json(&serde_json::json!({ "late": true }))
            }
            "hooks" => json(&self.hooked.did()),
            "stream" | "stream-http" => Ok(Returned::Stream(stream(event))),
            _ => Err(Failure::of_function("UnknownVerb", "no such verb")),
        }
    }

    async fn print(&self, event: &Event, request_id: &str) -> Result<Returned, Failure> {
        let filler = event.bytes.map(|bytes| "x".repeat(bytes));
        let texts = [
            (Stream::Stdout, event.stdout.as_deref()),
            (Stream::Stderr, event.stderr.as_deref()),
            (Stream::Stdout, filler.as_deref()),
        ];
        for (stream, text) in texts {
            if let Some(text) = text {
                self.log.print(stream, text, request_id).await;
            }
        }
        json(&serde_json::json!({ "logged": true }))
    }
}

/// Ends the process, or tries to.
fn end(event: Event, ways: &dyn Working) -> ! {
    let message = event.message.unwrap_or_default();
    match event.verb.as_str() {
        "exit" => {
            ways.wish(Wish::Exit);
            std::process::exit(event.code.unwrap_or_default())
        }
        "abort" => {
            ways.wish(Wish::Abort);
            std::process::abort()
        }
        _ => {
            ways.wish(Wish::Panic(&message));
            panic!("{message}")
        }
    }
}

fn fail(event: Event) -> Failure {
    Failure::of_function(
        event.kind.as_deref().unwrap_or("Error"),
        event.message.unwrap_or_default(),
    )
}

fn fail_with_causes(event: Event, looped: bool) -> Failure {
    let depth = event.depth.unwrap_or(1);
    let messages = (1..=depth).map(|depth| format!("cause {depth}")).collect();
    fail(event).with_causes(Causes { messages, looped })
}

fn json(value: &impl Serialize) -> Result<Returned, Failure> {
    serde_json::value::to_raw_value(value)
        .map(Returned::Json)
        .map_err(|error| Failure::of_function("Error", error.to_string()))
}

/// A child in the process group of the runtime; the service ends it with the group (LIFE-06). tokio reaps it.
fn spawn(seconds: u64, context: &Context) -> Result<Returned, Failure> {
    let mut command = tokio::process::Command::new("sleep");
    command
        .arg(seconds.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(trace_id) = &context.trace_id {
        command.env(super::settings::TRACE_VARIABLE, trace_id);
    }
    context.ways.spawn(&mut command);
    match command.spawn() {
        Ok(child) => {
            let pid = child.id();
            context.ways.spawned(child);
            json(&serde_json::json!({ "pid": pid }))
        }
        Err(error) => json(&serde_json::json!({ "cannot": error.to_string() })),
    }
}

/// The stream that the event asks for.
fn stream(mut event: Event) -> Written {
    let prelude = Prelude {
        status: event.status.unwrap_or(200),
        headers: event.headers.take().unwrap_or_default(),
        cookies: event.cookies.take().unwrap_or_default(),
    };
    Writing {
        chunks: event.chunks.take().unwrap_or_default(),
        pause: Duration::from_millis(event.delay_ms.unwrap_or_default()),
        letters: event.bytes.unwrap_or_default(),
        piece: event.piece,
        kind: event.content_type.take(),
        prelude: (event.verb == "stream-http").then_some(prelude),
        failure: event.kind.is_some().then(|| fail(event)),
    }
    .begin()
}

/// A failure after the call: there is no invocation to report it for, so it is only logged.
async fn fail_later(log: Log, context: Context) {
    tokio::time::sleep(LATE).await;
    context.ways.failed_late(&context.settings).await;
    log.note(Entry {
        level: LogLevel::Error,
        message: "raised after the answer, as asked",
        error_type: Some("LateError"),
        request_id: Some(&context.request_id),
    })
    .await;
}

impl Serialize for Returned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(json) => json.serialize(serializer),
            Self::Number(number) if number.is_finite() => serializer.serialize_f64(*number),
            // serde_json would write `null`, which is not the returned value.
            Self::Number(number) => {
                Err(ser::Error::custom(format!("{number} is not a JSON number")))
            }
            Self::Opaque | Self::Stream(_) => Err(ser::Error::custom("the value has no JSON form")),
        }
    }
}

impl Returned {
    /// The bytes of the answer; a value without a JSON form is a failure of the invocation (RESP-17).
    pub(crate) fn encode(self) -> Result<Vec<u8>, Failure> {
        if let Self::Json(json) = self {
            let text: Box<str> = json.into();
            return Ok(text.into_boxed_bytes().into_vec());
        }
        serde_json::to_vec(&self)
            .map_err(|error| Failure::of_runtime("MarshalError", error.to_string()))
    }
}
