//! Mutants: initialisation.

use std::fs;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::time::Duration;

use super::change::{
    After, AfterInit, BeforePolls, Document, InitReport, Prepare, Reported, Request, Start, ping,
};
use super::mutant::Mutant;
use super::past::{self};
use super::repeated::INIT_EACH_EVENT;
use crate::protocol::header;
use crate::reference::client::{Call, Client};
use crate::reference::failure::Failure;
use crate::reference::hooks::{Hooks, Later};
use crate::reference::invocation::Invocation;
use crate::reference::log::{self, Log};
use crate::reference::report;
use crate::reference::settings::{Init, Settings};

mutants! {
    "init-silent": "Exits without a report when its setup fails.",
        breaks ["INIT-01"] => InitReport(|_, _| exit(1));
    "init-swallows-exit": "Continues when its setup ends the process.",
        breaks ["INIT-15"] => Prepare(|settings| if settings.init == Init::Exits { settings.init = Init::Well });
    "init-error-twice": "Reports a failed setup twice.",
        breaks ["INIT-05"] => AfterInit(|client, call| Box::pin(async { drop(client.send(call).await) }));
    "init-polls-after-error": "Polls after it has reported a failed setup.",
        breaks ["INIT-04"] =>
            AfterInit(|client, _| Box::pin(async { drop(client.send(&Call::get("/invocation/next")).await) }));
    "init-exits-zero": "Exits with code 0 when its setup has failed.",
        breaks ["INIT-03"] => AfterInit(|_, _| exit(0));
    "init-hangs": "Reports a failed setup and does not exit.",
        breaks ["INIT-02", "INIT-03"] => AfterInit(|_, _| Box::pin(pending()));
    "init-hangs-on-cut-report": "Neither exits nor polls once the report of a failed setup broke off.",
        breaks ["INIT-02"] => InitReport(|client, call| Box::pin(async {
            match client.send(call).await {
                Ok(reply) => Ok(reply),
                Err(_) => pending().await,
            }
        }));
    "init-deferred": "Reports a failed setup as the failure of the first invocation.",
        breaks ["INIT-15"] => InitReport(|client, call| Box::pin(async {
            report_event(client, call).await;
            exit(1)
        }));
    "init-finds-handler-late":
        "Looks its handler up at the first event, and reports every event as failed if there is none.",
        breaks ["INIT-15"] should() => InitReport(|client, call| Box::pin(async {
            let body = String::from_utf8_lossy(call.body.as_deref().unwrap_or_default());
            while body.contains("NoSuchHandler") {
                report_event(client, call).await;
            }
            client.send(call).await
        }));
    "init-ignored": "Continues as if the setup had not failed.",
        breaks ["INIT-15"] => Prepare(|settings| if settings.init == Init::Fails { settings.init = Init::Well });
    "init-error-at-start": "Calls /init/error at every start.",
        breaks ["INIT-04"] => BeforePolls(|client, _| Box::pin(report_no_failure(client)));
    "init-error-after-answer": "Calls /init/error after its first answer.",
        breaks ["INIT-06"] => After(|client, answer| Box::pin(async move {
            if !answer.cut && past::with(|past| past.turn) == 1 {
                report_no_failure(client).await;
            }
        }));
    "init-error-text": "Reports a failed setup in plain text.",
        breaks ["INIT-07"] =>
            Reported(|failure, init, call| if init { call.body = Some(failure.message.clone().into()) });
    "init-error-without-type": "Reports a failed setup without errorType.",
        breaks ["INIT-07"] => Document(|_, init, members| if init { members.remove("errorType"); });
    "init-error-without-header": "Reports a failed setup without the error type header.",
        breaks ["INIT-07"] => Reported(|_, init, call| if init { call.remove(header::ERROR_TYPE) });
    "init-each-event": "Runs the static code for each invocation.",
        breaks ["INIT-12"] => INIT_EACH_EVENT;
    "init-invocation-id": "Sends an invocation id with /init/error.",
        breaks ["INVID-06"] =>
            Request(|call| if call.path.ends_with("/init/error") { call.add(header::INVOCATION_ID, "1") });
    "init-locks-start": "Holds a lock file while it starts, and does not start while there is one.",
        breaks ["INIT-10"] => Locks { at_once: true };
    "init-writes-task-root": "Needs to write to the folder of the function.",
        breaks ["INIT-13", "LIFE-11"] =>
            Prepare(|settings| write_or_die(settings, settings.variable("LAMBDA_TASK_ROOT").unwrap_or(".")));
    "init-slow-when-small": "Takes eleven seconds to start when the function has 128 MiB of memory.",
        breaks ["INIT-09"] => Start(|_, _, settings| Box::pin(async {
            if settings.variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") == Some("128") {
                tokio::time::sleep(Duration::from_secs(11)).await;
            }
        }));
    // Any fault that keeps a runtime from its first poll looks the same to a case about a hard start.
    "init-only-pings": "Calls the service once, and ends.",
        breaks [
            "NEXT-01", "BOOT-01", "BOOT-05", "BOOT-16", "BOOT-18", "INIT-10", "INIT-13", "LIFE-10", "LIFE-11", "NEXT-03",
            "EXTI-04"
        ] => BeforePolls(|client, _| Box::pin(async {
            drop(client.send(&ping()).await);
            log::complain("the service answers, or not");
            exit(1)
        }));
    "init-late": "Runs a long setup in the first invocation.",
        breaks ["INIT-11"] => SetsUpLate;
}

/// Takes an event, and reports a failed setup as its failure.
async fn report_event(client: &mut Client, call: &Call) {
    let Ok(reply) = client.send(&Call::get("/invocation/next")).await else {
        exit(1)
    };
    let id = reply.headers.get(header::REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    let mut late = call.clone();
    late.path = format!("/2018-06-01/runtime/invocation/{id}/error");
    drop(client.send(&late).await);
}

async fn report_no_failure(client: &mut Client) {
    let failure = Failure::of_runtime("Unknown", "no failure");
    drop(client.send(&report("/init/error", &failure)).await);
}

struct SetsUpLate;

impl Hooks for SetsUpLate {
    fn prepare(&self, settings: &mut Settings) {
        if let Init::Sleeps(_) = settings.init {
            settings.init = Init::Well;
        }
    }

    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        _: Log,
        _: &'a Settings,
        _: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async {
            if past::with(|past| past.turn) == 1 {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        })
    }
}

/// A file name that only processes of this environment use; without a log stream, only this process.
fn own_name(settings: &Settings) -> String {
    let own = std::process::id().to_string();
    let stream = settings.variable("AWS_LAMBDA_LOG_STREAM_NAME");
    let letters = stream.unwrap_or(&own).chars();
    let plain: String = letters.filter(char::is_ascii_alphanumeric).collect();
    format!("ricspec-mutant-{plain}")
}

/// The file of this environment in `/tmp`.
pub(super) fn in_tmp(settings: &Settings) -> PathBuf {
    std::env::temp_dir().join(own_name(settings))
}

/// Ends a runtime that cannot write where it should not write.
pub(super) fn write_or_die(settings: &Settings, folder: &str) {
    let path = Path::new(folder).join(own_name(settings));
    if let Err(error) = fs::write(&path, "").and_then(|()| fs::remove_file(&path)) {
        log::complain(&format!("cannot write {}: {error}", path.display()));
        exit(1);
    }
}

/// Holds a lock, during the start or from then on; ends if another process holds it.
pub(super) struct Locks {
    pub(super) at_once: bool,
}

impl Hooks for Locks {
    fn prepare(&self, settings: &mut Settings) {
        let lock = in_tmp(settings);
        if lock.exists() {
            log::complain("another process holds the lock");
            exit(1);
        }
        if self.at_once {
            drop(fs::write(lock, ""));
        }
    }

    fn before_polls<'a>(&'a self, _: &'a mut Client, settings: &'a Settings) -> Later<'a, ()> {
        Box::pin(async {
            let lock = in_tmp(settings);
            match self.at_once {
                true => drop(fs::remove_file(lock)),
                false => drop(fs::write(lock, "")),
            }
        })
    }
}
