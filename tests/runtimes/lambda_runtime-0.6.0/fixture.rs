//! The ricspec fixture, contract version 1, for releases of lambda_runtime before `Diagnostic`, and for crates made after
//! them: the type of an error is what Rust calls it, the same for all. Each `main.rs` says which crate it is, in `runtime`.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio, abort, exit};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize, Serializer, ser};
use serde_json::{Value, json, value::RawValue};
use tokio::time::sleep;

use crate::runtime::{Context, NAME};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

const VERBS: &str = "describe echo context env fail unserializable nan null sleep exit abort log large count spawn late \
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
    message: String,
    wait_ms: Option<u64>,
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

/// The version of the runtime that Cargo chose.
fn version() -> &'static str {
    let entry = format!("name = \"{NAME}\"\nversion = \"");
    let lock = include_str!("../Cargo.lock").split_once(&entry);
    lock.and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or("?")
}

fn remaining_ms(shown: &Context) -> Option<u128> {
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(shown.deadline);
    let remaining = deadline.duration_since(SystemTime::now());
    remaining.ok().map(|remaining| remaining.as_millis())
}

/// A text, or nothing for an empty one: these releases show what is absent as that.
fn text(value: &str) -> Option<&str> {
    Some(value).filter(|value| !value.is_empty())
}

async fn context(event: Event, shown: Context) -> Value {
    let remaining = remaining_ms(&shown);
    let mut later = None;
    if let Some(ms) = event.wait_ms {
        sleep(Duration::from_millis(ms)).await;
        later = remaining_ms(&shown);
    }
    let identity = shown.identity.map(|identity| {
        json!({ "cognitoIdentityId": identity.identity_id, "cognitoIdentityPoolId": identity.identity_pool_id })
    });
    let client_context = shown.client_context.map(
        |shown| json!({ "client": shown.client, "custom": shown.custom, "env": shown.environment }),
    );
    json!({
        "request_id": shown.request_id,
        "deadline_ms": shown.deadline,
        "remaining_ms": remaining,
        "remaining_later_ms": later,
        "invoked_function_arn": shown.invoked_function_arn,
        "function_name": text(&shown.env_config.function_name),
        "function_version": text(&shown.env_config.version),
        "memory_limit_mb": shown.env_config.memory,
        "log_group": text(&shown.env_config.log_group),
        "log_stream": text(&shown.env_config.log_stream),
        "client_context": client_context,
        "identity": identity,
        "tenant_id": null,
        "trace_id": env::var("_X_AMZN_TRACE_ID").ok().as_deref().or(text(&shown.xray_trace_id)),
    })
}

fn log(event: &Event) -> io::Result<Value> {
    print!("{}", event.stdout);
    eprint!("{}", event.stderr);
    print!("{}", "x".repeat(event.bytes));
    io::stdout().flush()?;
    Ok(json!({ "logged": true }))
}

fn variables(names: &[String]) -> Value {
    let value = |name: &String| (name.clone(), json!(env::var(name).ok()));
    names.iter().map(value).collect()
}

fn spawn(seconds: u64) -> Value {
    let mut command = Command::new("sleep");
    command
        .arg(seconds.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.spawn() {
        Ok(child) => json!({ "pid": child.id() }),
        Err(error) => json!({ "cannot": error.to_string() }),
    }
}

pub async fn handler(event: Event, shown: Context) -> Result<Answer, Error> {
    let count = EVENTS.fetch_add(1, Relaxed) + 1;
    let answer = match event.verb.as_str() {
        "describe" => {
            let verbs: Vec<_> = VERBS.split(' ').collect();
            json!({ "ricspec": 1, "verbs": verbs, "runtime": format!("{NAME}/{}", version()) })
        }
        "echo" => return Ok(Answer::Text(event.value)),
        "context" => context(event, shown).await,
        "env" => variables(&event.names),
        "fail" => return Err(event.message.into()),
        "unserializable" => return Ok(Answer::Opaque),
        "nan" => return Ok(Answer::Number(f64::NAN)),
        "null" => json!(()),
        "sleep" => {
            sleep(Duration::from_millis(event.ms)).await;
            json!({ "slept_ms": event.ms })
        }
        "exit" => exit(event.code),
        "abort" => abort(),
        "log" => log(&event)?,
        "large" => json!("x".repeat(event.bytes)),
        "count" => json!({ "count": count, "inits": INITS.load(Relaxed) }),
        "spawn" => spawn(event.seconds),
        "late" => {
            tokio::spawn(async {
                sleep(Duration::from_millis(50)).await;
                panic!("ricspec: raised late, as asked");
            });
            json!({ "late": true })
        }
        verb => return Err(format!("ricspec: no such verb: {verb}").into()),
    };
    Ok(Answer::Json(answer))
}

/// The static code.
pub async fn init() -> Result<(), Error> {
    tracing_subscriber::fmt().init();
    INITS.fetch_add(1, Relaxed);
    match env::var("RICSPEC_INIT").as_deref().unwrap_or("ok") {
        "fail" => return Err("ricspec: init failed as asked".into()),
        "exit" => exit(3),
        init => {
            if let Some(ms) = init.strip_prefix("sleep:") {
                sleep(Duration::from_millis(ms.parse()?)).await;
            }
        }
    }
    Ok(())
}
