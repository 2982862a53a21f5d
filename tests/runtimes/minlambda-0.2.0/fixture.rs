//! The ricspec fixture, contract version 1, for crates whose functions are synchronous. What it shows of the context is
//! the caller's to say; without any, there is no `context`.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio, abort, exit};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer, ser};
use serde_json::{Value, json, value::RawValue};

pub type Error = Box<dyn std::error::Error>;

const VERBS: &str = "describe echo env fail unserializable nan null sleep exit abort log large count spawn late \
                     init-fail init-exit init-sleep";

static INITS: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Event {
    #[serde(rename = "do")]
    verb: String,
    value: Box<RawValue>, // as text, so that no digit is lost
    names: Vec<String>,
    pub wait_ms: Option<u64>,
    message: String,
    ms: u64,
    seconds: u64,
    bytes: usize,
    code: i32,
    stdout: String,
    stderr: String,
}

#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    Json(Value),
    Text(Box<RawValue>),
    Number(f64),
    #[serde(serialize_with = "refuse")]
    Opaque,
}

fn refuse<S: Serializer>(_: S) -> Result<S::Ok, S::Error> {
    Err(ser::Error::custom("ricspec: no JSON, as asked"))
}

fn log(event: &Event) -> io::Result<Value> {
    print!("{}{}", event.stdout, "x".repeat(event.bytes));
    eprint!("{}", event.stderr);
    io::stdout().flush()?;
    Ok(json!({ "logged": true }))
}

fn spawn(seconds: u64) -> io::Result<Value> {
    let mut child = Command::new("sleep");
    child.arg(seconds.to_string());
    child
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(json!({ "pid": child.spawn()?.id() }))
}

fn late() -> Value {
    thread::spawn(|| {
        thread::sleep(Duration::from_millis(50));
        panic!("ricspec: raised late, as asked");
    });
    json!({ "late": true })
}

pub fn handler(runtime: &str, event: Event, context: Option<Value>) -> Result<Answer, Error> {
    let count = EVENTS.fetch_add(1, Relaxed) + 1;
    let answer = match event.verb.as_str() {
        "describe" => {
            let verbs = VERBS.split(' ').chain(context.map(|_| "context"));
            json!({ "ricspec": 1, "verbs": verbs.collect::<Vec<_>>(), "runtime": runtime })
        }
        "echo" => return Ok(Answer::Text(event.value)),
        "context" if context.is_some() => json!(context),
        "env" => event
            .names
            .into_iter()
            .map(|name| (name.clone(), json!(env::var(name).ok())))
            .collect(),
        "fail" => return Err(event.message.into()),
        "unserializable" => return Ok(Answer::Opaque),
        "nan" => return Ok(Answer::Number(f64::NAN)),
        "null" => Value::Null,
        "sleep" => {
            thread::sleep(Duration::from_millis(event.ms));
            json!({ "slept_ms": event.ms })
        }
        "exit" => exit(event.code),
        "abort" => abort(),
        "log" => log(&event)?,
        "large" => json!("x".repeat(event.bytes)),
        "count" => json!({ "count": count, "inits": INITS.load(Relaxed) }),
        "spawn" => spawn(event.seconds)?,
        "late" => late(),
        verb => return Err(format!("ricspec: no such verb: {verb}").into()),
    };
    Ok(Answer::Json(answer))
}

/// The static code.
pub fn init() {
    INITS.fetch_add(1, Relaxed);
    match env::var("RICSPEC_INIT").as_deref().unwrap_or("ok") {
        "fail" => panic!("ricspec: init failed as asked"),
        "exit" => exit(3),
        init => {
            if let Some(ms) = init.strip_prefix("sleep:") {
                thread::sleep(Duration::from_millis(ms.parse().expect("a number")));
            }
        }
    }
}
