//! Other ways to start, to log, to wait and to end.

use std::fs;
use std::io;
use std::process::{ExitCode, exit};
use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use serde_json::value::RawValue;

use super::super::past;
use crate::reference::client::{Client, Reply};
use crate::reference::failure::Failure;
use crate::reference::hooks::{Hooks, Later, PollEnd};
use crate::reference::invocation::Invocation;
use crate::reference::log::{self, Entry, Line, Log, Stream};
use crate::reference::settings::{LogLevel, Settings};

/// How much a talkative runtime writes at once: as much as a pipe holds.
const MUCH_BYTES: usize = 64 * 1024;

/// Pauses before a refused poll is repeated.
const POLL_AGAIN_AFTER: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(900),
];

/// Pauses before the next try to connect.
const CONNECT_AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

/// How long the thread pauses between two pieces of work.
const PAUSE: Duration = Duration::from_millis(5);

/// How many threads the pool holds.
const POOL_THREADS: u32 = 8;

fn entry<'a>(message: &'a str, request_id: Option<&'a str>) -> Entry<'a> {
    Entry {
        level: LogLevel::Debug,
        message,
        error_type: None,
        request_id,
    }
}

pub(super) struct LogsReplies;

impl Hooks for LogsReplies {
    /// The body of an event belongs to the caller and is not logged (LOG-05).
    fn note<'a>(&'a self, log: Log, reply: &'a Reply, is_event: bool) -> Later<'a, ()> {
        Box::pin(async move {
            let mut words = format!("{} {:?}", reply.status, reply.headers);
            if let Some(body) = reply.body.as_ref().filter(|_| !is_event) {
                let decoded: Option<serde_json::Value> = serde_json::from_slice(body).ok();
                let text = String::from_utf8_lossy(body);
                words = format!("{words}\n{text}\n{}", decoded.unwrap_or_default());
            }
            log.note(entry(&words, None)).await;
        })
    }
}

pub(super) struct LogsMuch;

impl Hooks for LogsMuch {
    fn stream(&self) -> Stream {
        Stream::Stdout
    }

    fn start<'a>(&'a self, _: &'a mut Client, log: Log, _: &'a Settings) -> Later<'a, ()> {
        Box::pin(async move { log.note(entry(&"x".repeat(MUCH_BYTES), None)).await })
    }

    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        log: Log,
        _: &'a Settings,
        invocation: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async move {
            let (much, id) = ("x".repeat(MUCH_BYTES), invocation.id_text());
            log.note(entry(&much, Some(&id))).await;
        })
    }
}

pub(super) struct LogsOddly;

impl Hooks for LogsOddly {
    fn start<'a>(&'a self, _: &'a mut Client, log: Log, _: &'a Settings) -> Later<'a, ()> {
        Box::pin(log.noise())
    }

    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        log: Log,
        _: &'a Settings,
        _: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(log.noise())
    }

    fn text(&self, begin: &str, message: &str) -> String {
        format!("\n{begin}{}", message.escape_default())
    }
}

pub(super) struct LogsToStdout;

impl Hooks for LogsToStdout {
    fn stream(&self) -> Stream {
        Stream::Stdout
    }

    fn line(&self, _: &Entry<'_>, _: SystemTime, line: &mut Line<'_>) {
        line.level.make_ascii_lowercase();
        line.timestamp = line.timestamp.take().map(|utc| other_time(&utc));
    }
}

/// A time in another zone without fractions; if the hour would change the day, it stays.
fn other_time(utc: &str) -> String {
    let (hour, rest) = (utc.get(11..13), utc.get(13..19).unwrap_or_default());
    let hour: u32 = hour.and_then(|hour| hour.parse().ok()).unwrap_or_default();
    let day = utc.get(..10).unwrap_or_default();
    match hour {
        23 => format!("{day}t{hour:02}{rest}z"),
        _ => format!("{day}T{:02}{rest}+01:00", hour + 1),
    }
}

pub(super) struct LowerCaseNames;

impl Hooks for LowerCaseNames {
    fn lower_case_names(&self) -> bool {
        true
    }
}

pub(super) struct TwoConnections;

impl Hooks for TwoConnections {
    fn two_connections(&self) -> bool {
        true
    }
}

pub(super) struct TriesAgain;

impl Hooks for TriesAgain {
    fn connects_again(&self, tries: usize) -> Option<Duration> {
        CONNECT_AGAIN_AFTER.get(tries).copied()
    }

    fn polls_again<'a>(&'a self, _: &'a mut Client, end: PollEnd, tries: usize) -> Later<'a, bool> {
        Box::pin(async move {
            match (end, POLL_AGAIN_AFTER.get(tries)) {
                (PollEnd::Refused(_), Some(pause)) => {
                    tokio::time::sleep(*pause).await;
                    true
                }
                (PollEnd::Refused(_), None)
                | (PollEnd::Closed | PollEnd::NoId | PollEnd::Broken, _) => false,
            }
        })
    }
}

pub(super) struct EndsEarly;

impl Hooks for EndsEarly {
    fn gives_up(&self) -> bool {
        true
    }

    fn ends_on(&self, status: StatusCode, failure: Option<&Failure>) -> bool {
        let panicked = failure.is_some_and(|failure| failure.kind == "Panic");
        status.is_server_error() || status == StatusCode::FORBIDDEN || panicked
    }
}

pub(super) struct OtherCodes;

impl Hooks for OtherCodes {
    fn exit_code(&self, code: ExitCode) -> ExitCode {
        match code == ExitCode::SUCCESS {
            true => ExitCode::from(143),
            false => ExitCode::from(255),
        }
    }
}

pub(super) struct EndsBySignal;

impl Hooks for EndsBySignal {
    fn leaves_term(&self) -> bool {
        true
    }
}

/// Unpacks a file, and uses it with each event. In Lambda an environment has no other runtime's file: a runtime that finds
/// one cannot go on.
pub(super) struct UnpacksToTmp;

impl Hooks for UnpacksToTmp {
    fn prepare(&self, settings: &mut Settings) {
        unpack(settings);
    }

    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        _: Log,
        settings: &'a Settings,
        _: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async { unpack(settings) })
    }
}

fn unpack(settings: &Settings) {
    let place = std::env::temp_dir().join("ricspec-variant");
    let own = settings.variable("AWS_LAMBDA_LOG_STREAM_NAME");
    let own = own.unwrap_or_default();
    let unpacked = match fs::read_to_string(&place) {
        Ok(found) if found == own => Ok(()),
        Ok(_) => Err(io::Error::other("it is another runtime's")),
        Err(_) => fs::write(&place, own),
    };
    if let Err(error) = unpacked {
        log::complain(&format!("cannot use {}: {error}", place.display()));
        exit(1);
    }
}

pub(super) struct BackgroundThread;

impl Hooks for BackgroundThread {
    fn prepare(&self, _: &mut Settings) {
        std::thread::spawn(|| {
            loop {
                std::hint::black_box((0..1000_u64).sum::<u64>());
                std::thread::sleep(PAUSE);
            }
        });
    }

    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        _: Log,
        _: &'a Settings,
        _: &'a Invocation,
    ) -> Later<'a, ()> {
        if past::with(|past| past.turn) <= POOL_THREADS {
            std::thread::spawn(std::thread::park);
        }
        Box::pin(async {})
    }
}

pub(super) struct EmptyNotNull;

impl Hooks for EmptyNotNull {
    fn take(&self, invocation: &mut Invocation) {
        // The last second of the year 9999.
        let last = || "253402300799000".to_owned();
        invocation.deadline_ms.get_or_insert_with(last);
    }

    fn trace<'a>(&self, trace: Option<&'a str>) -> Option<&'a str> {
        trace.or(Some(""))
    }

    /// It stays text, so that no number changes.
    fn view(&self, view: Box<RawValue>) -> Box<RawValue> {
        let mut text = view.get().to_owned();
        for (name, empty) in [
            ("tenant_id", "\"\""),
            ("trace_id", "\"\""),
            ("log_group", "\"\""),
            ("log_stream", "\"\""),
            ("invoked_function_arn", "\"\""),
            ("client_context", "{}"),
            ("identity", "{}"),
        ] {
            text = text.replace(&format!("\"{name}\":null"), &format!("\"{name}\":{empty}"));
        }
        RawValue::from_string(text).unwrap_or(view)
    }
}
