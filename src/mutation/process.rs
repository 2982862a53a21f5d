//! Mutants: the process and its output.

use std::fs;
use std::future::pending;
use std::process::exit;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::change::{
    AtTerm, BeforeWork, Finished, Format, Logged, Prepare, Printed, Seen, Sent, Spawn, Taken,
    Wished, deadline, own_client, ping,
};
use super::init::{Locks, in_tmp, write_or_die};
use super::mutant::{Mutant, When};
use super::processes::{ANSWERED, Processes};
use super::repeated::{EXITS, EXITS_NON_ZERO, LEAKS_FILES, LOST_STDOUT};
use crate::reference::client::{Call, Client};
use crate::reference::failure::Failure;
use crate::reference::hooks::{Delivered, Hooks, Later, Replied, Wish};
use crate::reference::invocation::Invocation;
use crate::reference::log::{self, Log, Stream, write_now};
use crate::reference::report;
use crate::reference::settings::{LogFormat, LogLevel, Settings};

mutants! {
    "process-per-event": "Is a parent that starts the runtime for one event, and again for the next.",
        breaks ["LIFE-12"] should() in_processes(Processes::Many) => Finished(|_| exit(ANSWERED.into()));
    "process-per-failure": "Is a parent that starts the runtime again after each failure of the function.",
        breaks ["LIFE-12"] should() in_processes(Processes::Many) =>
            Finished(|failed| if failed { exit(ANSWERED.into()) });
    "process-exits": "Exits with code 0 after its first answer.",
        breaks [
            "LIFE-01", "ERR-08", "INVID-05", "NEXT-11", "RESP-08", "RESP-11", "RESP-13", "RESP-14", "BOOT-11",
            "BOOT-17", "RESP-09", "RESP-10", "BOOT-12", "BOOT-13", "NEXT-03",
        ] => EXITS;
    "process-ignores-term": "Ignores SIGTERM.",
        breaks ["LIFE-05", "LIFE-04"] => AtTerm(|_| Box::pin(pending()));
    "process-slow-term": "Takes four seconds to end after SIGTERM.",
        breaks ["LIFE-04"] => AtTerm(|_| Box::pin(tokio::time::sleep(Duration::from_secs(4))));
    "process-pings-at-term": "Calls the service when it is ended.",
        breaks ["LIFE-04"] => AtTerm(|settings| Box::pin(async { drop(own_client(settings).send(&ping()).await) }));
    // The whole event loop stops with it.

    "process-hangs-at-term": "Does nothing more after SIGTERM, and does not end.",
        breaks ["LIFE-04", "LIFE-05"] => AtTerm(|_| loop { std::thread::park() });
    "process-init-error-at-term": "Calls /init/error when it is ended.",
        breaks ["INIT-06", "ERR-13"] => AtTerm(|settings| Box::pin(async {
            let failure = Failure::of_runtime("ExitError", "terminated");
            drop(own_client(settings).send(&report("/init/error", &failure)).await);
        }));
    "process-child-leaves-group": "Lets children leave its process group.",
        breaks ["LIFE-06"] => Spawn(|command| _ = command.process_group(0));
    "process-dies-at-deadline": "Exits when the deadline of an invocation passes.",
        breaks ["LIFE-01", "LIFE-09", "RESP-01"] => Seen(|context, _| {
            // A deadline that had passed before the event came does not count: it would be chance whether the answer gets
            // out first.
            let left = context.remaining_ms().and_then(|ms| u64::try_from(ms).ok());
            if let Some(left) = left.filter(|left| *left > 0) {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(left)).await;
                    exit(1);
                });
            }
        });
    "process-dies-of-overdue-event": "Exits when an event comes after its deadline.",
        breaks ["LIFE-08", "LIFE-09"] =>
            Seen(|context, _| if context.remaining_ms().is_some_and(|ms| ms < 0) { exit(1) });
    "process-locks-for-ever": "Leaves a lock in /tmp that keeps the next process from starting.",
        breaks ["LIFE-10"] => Locks { at_once: false };
    "process-resumes-work": "First answers the invocation that the previous process had not finished.",
        breaks ["RESP-16"] => ResumesWork;
    "process-writes-elsewhere": "Needs to write outside /tmp.",
        breaks ["LIFE-11"] => Prepare(|settings| write_or_die(settings, "/var/tmp"));
    "process-keeps-output": "Holds what the function writes until it writes more.",
        breaks ["LIFE-07", "LOG-01"] => Printed(|format, stream, text| match format {
            LogFormat::Text => {
                keep(stream, text);
                None
            }
            LogFormat::Json => Some(text.into()),
        });
    "process-ends-by-panic": "Ends when the function panics.",
        breaks ["ERR-09"] => Wished(|wish| if let Wish::Panic(_) = wish { exit(101) });
    "process-swallows-exit": "Turns an exit of the function into an error.",
        breaks ["LIFE-02"] => Wished(|wish| if wish == Wish::Exit { panic!("exit is not allowed") });
    "process-swallows-abort": "Turns an abort of the function into an error.",
        breaks ["LIFE-02"] => Wished(|wish| if wish == Wish::Abort { panic!("abort is not allowed") });
    "process-chokes-on-output": "Exits when the function writes more than half a mebibyte at once.",
        breaks ["LOG-01"] =>
            Printed(|_, _, text| match text.len() > 512 * 1024 { true => exit(1), false => Some(text.into()) });
    "process-lost-stdout": "Drops everything that the function writes to stdout.",
        breaks ["LOG-01", "LIFE-07"] => LOST_STDOUT;
    "process-response-to-stdout": "Prints the result instead of sending it.",
        breaks ["RESP-03", "LOG-05"] => Sent(|call, failure| if failure.is_none() {
            log::say(&String::from_utf8_lossy(call.body.as_deref().unwrap_or_default()));
            call.body = Some("null".into());
        });
    "log-text": "Writes its log lines as text when JSON is asked for.",
        breaks ["LOG-02", "LOG-06"] => Format(|_| LogFormat::Text);
    "log-no-timestamp": "Leaves the timestamp out of its JSON log lines.",
        breaks ["LOG-02"] => Logged(|_, _, line| line.timestamp = None);
    "log-no-request-id": "Leaves the request id out of its JSON log lines.",
        breaks ["LOG-02", "LOG-06"] =>
            Logged(|_, _, line| line.request_id = line.request_id.take().filter(String::is_empty));
    "log-ignores-level": "Writes JSON log lines of any level, whatever level is configured.",
        breaks ["LOG-03"] => Prepare(|settings| settings.log_level = LogLevel::Trace);
    "log-prints-events": "Prints every event.",
        breaks ["LOG-05", "LOG-02", "LOG-06"] =>
            Taken(|invocation, _| log::say(&format!("event: {}", String::from_utf8_lossy(&invocation.event))));
    "log-prints-credentials": "Prints its credentials at the start.",
        breaks ["LOG-05"] =>
            Prepare(|settings| log::say(&format!("credentials: {:?}", settings.variable("AWS_SECRET_ACCESS_KEY"))));
    "process-leaks-files": "Opens a file in each invocation and closes none.",
        breaks ["NEXT-12"] => LEAKS_FILES;
    "process-leaks-threads": "Starts a thread in each invocation and ends none.",
        breaks ["NEXT-12"] => BeforeWork(|_, _| drop(std::thread::spawn(std::thread::park)));
    "process-stops-at-a-hundred": "Exits in the hundredth invocation.",
        breaks ["LIFE-01"] when(When::At(100)) => EXITS_NON_ZERO;
    "process-fears-earlier-deadlines": "Exits when a deadline is earlier than that of the previous event.",
        breaks ["LIFE-08"] => Seen(|context, past| {
            let now = context.deadline_ms.unwrap_or(i64::MAX);
            if past.previous.as_ref().and_then(deadline).is_some_and(|before| now < before - 1000) {
                exit(1);
            }
        });
}

/// Writes the text held last time; this text must wait.
fn keep(stream: Stream, text: &str) {
    static KEPT: Mutex<String> = Mutex::new(String::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let before = std::mem::replace(&mut *kept, format!("{text}\n"));
    // There is nobody to tell that nobody reads.
    let _ = write_now(stream, before.as_bytes());
}

/// Records its work in a file; at its start, continues with what the file says.
struct ResumesWork;

impl Hooks for ResumesWork {
    fn before_polls<'a>(&'a self, client: &'a mut Client, settings: &'a Settings) -> Later<'a, ()> {
        Box::pin(async {
            if let Ok(path) = fs::read_to_string(in_tmp(settings)) {
                drop(client.send(&Call::post(&path, b"null".to_vec())).await);
            }
        })
    }

    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        _: Log,
        settings: &'a Settings,
        invocation: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async { drop(fs::write(in_tmp(settings), invocation.path("response"))) })
    }

    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        drop(fs::remove_file(in_tmp(sent.settings)));
        Box::pin(async { sent.reply })
    }
}
