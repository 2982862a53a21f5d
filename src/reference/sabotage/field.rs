//! Faults that public reports tell of real runtimes, and that every case once let pass.

use std::collections::BTreeMap;
use std::process::exit;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use super::super::client::Reply;
use super::super::fault::{Fault, Letters};
use super::super::log;
use super::super::quirks::escaped;

/// How long many HTTP clients wait for a reply.
pub(super) const LONG_PATIENCE: Duration = Duration::from_secs(30);

/// The headers that had a value, with the latest one of each.
static LATEST: Mutex<BTreeMap<&str, HeaderValue>> = Mutex::new(BTreeMap::new());

/// Takes a header without a value for one that has one, and dies of it or keeps the value of an earlier event.
pub(super) fn headers(fault: Fault, reply: &mut Reply) {
    match fault {
        Fault::DiesOfEmpty(name) if reply.headers.get(name).is_some_and(HeaderValue::is_empty) => {
            log::complain(&format!("cannot read the empty {name}"));
            exit(1);
        }
        Fault::KeepsForEmpty(name) => keep(name, reply),
        _ => {}
    }
}

fn keep(name: &'static str, reply: &mut Reply) {
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(now) = reply.headers.get(name) else {
        return;
    };
    if !now.is_empty() {
        latest.insert(name, now.clone());
    } else if let (Some(before), Ok(name)) = (latest.get(name), HeaderName::try_from(name)) {
        reply.headers.insert(name, before.clone());
    }
}

/// Writes letters of a result as escapes that JSON does not ask for.
pub(super) fn result(letters: Letters, body: Vec<u8>) -> Vec<u8> {
    let escapes: fn(char) -> bool = match letters {
        Letters::BeyondAscii => |letter| !letter.is_ascii(),
        Letters::OfFourBytes => |letter| letter.len_utf8() == 4,
        Letters::OfMarkup => |letter| matches!(letter, '<' | '>' | '&'),
        Letters::Slash => |letter| letter == '/',
        Letters::Separators => |letter| matches!(letter, '\u{2028}' | '\u{2029}'),
        Letters::Delete => |letter| letter == '\u{7f}',
    };
    escaped(&String::from_utf8_lossy(&body), escapes).into_bytes()
}
