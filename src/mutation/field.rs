//! Mutants: faults that public reports show in real runtimes, and that no case noticed at first.

use std::collections::BTreeMap;
use std::process::exit;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::header::{HeaderName, HeaderValue};
use serde_json::json;

use super::boot::NeedsVariable;
use super::change::{Late, Logged, PollTimesOut, Prepare, Shown, TextId, first_id};
use super::json::escaped;
use super::mutant::Mutant;
use crate::protocol::header;
use crate::reference::client::{Call, Client, Reply};
use crate::reference::hooks::{Hooks, Later, Replied};
use crate::reference::log::{self, Entry, Line, timestamp};
use crate::reference::settings::Settings;

mutants! {
    "field-dies-of-empty-trace": "Exits when the trace id is empty.",
        breaks ["NEXT-06"] => DiesOfEmpty(header::TRACE_ID);
    "field-dies-of-empty-client-context": "Exits when the client context is empty.",
        breaks ["NEXT-06"] => DiesOfEmpty(header::CLIENT_CONTEXT);
    "field-dies-of-empty-identity": "Exits when the identity is empty.",
        breaks ["NEXT-06"] => DiesOfEmpty(header::COGNITO_IDENTITY);
    "field-dies-of-empty-tenant": "Exits when the tenant id is empty.",
        breaks ["NEXT-06"] => DiesOfEmpty(header::TENANT_ID);
    "field-dies-of-empty-invocation-id": "Exits when the invocation id is empty.",
        breaks ["NEXT-06"] => DiesOfEmpty(header::INVOCATION_ID);
    "field-keeps-trace-for-empty": "Keeps the trace id of an earlier event when one comes with an empty one.",
        breaks ["XRAY-02"] => KeepsForEmpty(header::TRACE_ID);
    "field-keeps-client-context-for-empty":
        "Keeps the client context of an earlier event when one comes with an empty one.",
        breaks ["CTX-09"] => KeepsForEmpty(header::CLIENT_CONTEXT);
    "field-keeps-identity-for-empty": "Keeps the identity of an earlier event when one comes with an empty one.",
        breaks ["CTX-09"] => KeepsForEmpty(header::COGNITO_IDENTITY);
    "field-keeps-tenant-for-empty": "Keeps the tenant id of an earlier event when one comes with an empty one.",
        breaks ["CTX-09"] => KeepsForEmpty(header::TENANT_ID);
    "field-escapes-beyond-ascii": "Writes every letter of a result that is not ASCII as an escape.",
        breaks ["RESP-07"] => Escapes(|letter| !letter.is_ascii());
    "field-escapes-four-bytes": "Writes letters of four bytes as two escapes.",
        breaks ["RESP-07"] => Escapes(|letter| letter.len_utf8() == 4);
    "field-escapes-markup": "Writes angle brackets and ampersands of a result as escapes.",
        breaks ["RESP-07"] => Escapes(|letter| matches!(letter, '<' | '>' | '&'));
    "field-escapes-slashes": "Puts a backslash before every slash of a result.",
        breaks ["RESP-07"] => Escapes(|letter| letter == '/');
    "field-escapes-separators": "Writes line separators of a result as escapes.",
        breaks ["RESP-07"] => Escapes(|letter| matches!(letter, '\u{2028}' | '\u{2029}'));
    "field-escapes-delete": "Writes U+007F in a result as an escape.",
        breaks ["RESP-07"] => Escapes(|letter| letter == '\u{7f}');
    "field-poll-times-out-late": "Gives a poll up after thirty seconds and polls again.",
        breaks ["NEXT-03"] => PollTimesOut(|_| Some(Duration::from_secs(30)), Late::PollsOnce);
    "field-spins-in-poll": "Looks for the reply to its poll again and again, without a pause.",
        breaks ["NEXT-22"] => SpinsInPoll;
    "field-needs-credentials": "Exits when the environment has no credentials.",
        breaks ["BOOT-18"] => NeedsVariable("AWS_ACCESS_KEY_ID");
    "field-needs-runtime-dir": "Exits when LAMBDA_RUNTIME_DIR is not set.",
        breaks ["BOOT-18"] => NeedsVariable("LAMBDA_RUNTIME_DIR");
    "field-needs-region": "Exits when AWS_REGION is not set.",
        breaks ["BOOT-18"] => NeedsVariable("AWS_REGION");
    "field-needs-memory-size": "Exits when AWS_LAMBDA_FUNCTION_MEMORY_SIZE is not set.",
        breaks ["BOOT-18"] => NeedsVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    "field-needs-initialization-type": "Exits when AWS_LAMBDA_INITIALIZATION_TYPE is not set.",
        breaks ["BOOT-18"] => NeedsVariable("AWS_LAMBDA_INITIALIZATION_TYPE");
    "field-word-for-missing": "Shows a log group and a log stream without a name as `undefined`.",
        breaks ["BOOT-18"] => Shown(|view| {
            for name in ["log_group", "log_stream"] {
                if view[name].is_null() {
                    view[name] = json!("undefined");
                }
            }
        });
    "field-ignores-folder": "Finds no handler whose name has a folder.",
        breaks ["BOOT-05"] =>
            Prepare(|settings| settings.handler = settings.handler.take().filter(|name| !name.contains('/')));
    "field-log-time-in-words": "Writes `Sunday at noon` for the time of a JSON log line.",
        breaks ["LOG-02"] => Logged(|_, _, line| line.timestamp = Some("Sunday at noon".to_owned()));
    "field-log-time-as-number": "Writes the milliseconds since 1970 for the time of a JSON log line.",
        breaks ["LOG-02"] => Logged(|_, now, line| {
            let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            line.timestamp = Some(since_1970.as_millis().to_string());
        });
    "field-log-time-is-local": "Writes the time of its zone into JSON log lines as if it were UTC.",
        breaks ["LOG-02"] => Logged(|_, now, line| line.timestamp = Some(timestamp(now + NINE_HOURS)));
    "field-log-time-of-start": "Writes the time at which it started into every JSON log line.",
        breaks ["LOG-02"] => TimeOfStart;
    "field-log-level-of-its-own": "Logs failures at an unknown level.",
        breaks ["LOG-02"] =>
            Logged(|entry, _, line| if entry.error_type.is_some() { line.level = "FAILURE".to_owned() });
    "field-log-level-info": "Logs failures at the level INFO.",
        breaks ["LOG-02", "LOG-03"] =>
            Logged(|entry, _, line| if entry.error_type.is_some() { line.level = "INFO".to_owned() });
    "field-log-hyphen-for-id": "Writes a hyphen for the request id into text log lines.",
        breaks ["LOG-07"] => TextId(|_| "-".to_owned());
    "field-log-first-id": "Writes the request id of the first event into all text log lines.",
        breaks ["LOG-07"] => TextId(first_id);
    "field-log-id-twice": "Writes the request id into text log lines twice.",
        breaks ["LOG-07"] => TextId(|id| format!("{id} {id}"));
}

/// The time difference between Tokyo and UTC.
const NINE_HOURS: Duration = Duration::from_secs(9 * 3600);

/// Treats an empty header as one with a value, and exits on it.
struct DiesOfEmpty(&'static str);

impl Hooks for DiesOfEmpty {
    fn read(&self, reply: &mut Reply) {
        if reply.headers.get(self.0).is_some_and(HeaderValue::is_empty) {
            log::complain(&format!("cannot read the empty {}", self.0));
            exit(1);
        }
    }
}

/// Keeps the value of an earlier event for an empty header.
struct KeepsForEmpty(&'static str);

impl Hooks for KeepsForEmpty {
    fn read(&self, reply: &mut Reply) {
        static LATEST: Mutex<BTreeMap<&str, HeaderValue>> = Mutex::new(BTreeMap::new());
        let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(now) = reply.headers.get(self.0) else {
            return;
        };
        if !now.is_empty() {
            latest.insert(self.0, now.clone());
        } else if let (Some(before), Ok(name)) = (latest.get(self.0), HeaderName::try_from(self.0))
        {
            reply.headers.insert(name, before.clone());
        }
    }
}

/// Escapes letters of a result that JSON need not escape.
struct Escapes(fn(char) -> bool);

impl Hooks for Escapes {
    fn body(&self, body: Vec<u8>) -> Vec<u8> {
        escaped(&String::from_utf8_lossy(&body), self.0).into_bytes()
    }
}

struct SpinsInPoll;

impl Hooks for SpinsInPoll {
    fn poll<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Replied> {
        Box::pin(async {
            let poll = client.send(call);
            tokio::pin!(poll);
            loop {
                tokio::select! {
                    biased;
                    reply = &mut poll => return reply,
                    () = tokio::task::yield_now() => {}
                }
            }
        })
    }
}

struct TimeOfStart;

static START: OnceLock<SystemTime> = OnceLock::new();

impl Hooks for TimeOfStart {
    fn prepare(&self, _: &mut Settings) {
        START.get_or_init(SystemTime::now);
    }

    fn line(&self, _: &Entry<'_>, now: SystemTime, line: &mut Line<'_>) {
        line.timestamp = Some(timestamp(*START.get_or_init(|| now)));
    }
}
