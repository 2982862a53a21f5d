//! Faults in what the runtime writes to disk, and what it makes of what it finds there.

use std::fs;
use std::path::PathBuf;
use std::process::exit;

use super::super::Runtime;
use super::super::client::Call;
use super::super::fault::{Fault, Flaw};
use super::super::invocation::Invocation;
use super::super::log;
use super::super::settings::Settings;

/// A file name that only processes of this environment use; without a log stream, that only this process does.
fn name(settings: &Settings) -> String {
    let own = std::process::id().to_string();
    let stream = settings.variable("AWS_LAMBDA_LOG_STREAM_NAME");
    let letters = stream.unwrap_or(&own).chars();
    let plain: String = letters.filter(char::is_ascii_alphanumeric).collect();
    format!("ricspec-mutant-{plain}")
}

fn in_tmp(settings: &Settings) -> PathBuf {
    std::env::temp_dir().join(name(settings))
}

/// Ends a runtime that finds a lock, or that cannot write where it should not.
pub(super) fn start(flaw: Flaw, settings: &Settings) {
    let lock = in_tmp(settings);
    match flaw.0 {
        Some(Fault::LocksStart | Fault::LocksForEver) if lock.exists() => {
            log::complain("another process holds the lock");
            exit(1);
        }
        Some(Fault::LocksStart) => drop(fs::write(lock, "")),
        Some(Fault::WritesTaskRoot) => {
            let folder = settings.variable("LAMBDA_TASK_ROOT").unwrap_or(".");
            write_or_die(&PathBuf::from(folder).join(name(settings)));
        }
        Some(Fault::WritesElsewhere) => {
            write_or_die(&PathBuf::from("/var/tmp").join(name(settings)));
        }
        _ => {}
    }
}

fn write_or_die(path: &PathBuf) {
    if let Err(error) = fs::write(path, "").and_then(|()| fs::remove_file(path)) {
        log::complain(&format!("cannot write {}: {error}", path.display()));
        exit(1);
    }
}

impl Runtime {
    /// What a mutant does with its files before the first poll.
    pub(super) async fn use_leftovers(&mut self) {
        let file = in_tmp(&self.settings);
        match self.flaw.0 {
            Some(Fault::LocksStart) => drop(fs::remove_file(file)),
            Some(Fault::LocksForEver) => drop(fs::write(file, "")),
            Some(Fault::ResumesWork) => {
                if let Ok(path) = fs::read_to_string(&file) {
                    let _ = self.client.send(&Call::post(&path, b"null".to_vec())).await;
                }
            }
            _ => {}
        }
    }

    /// Notes the work at hand, so that it could be resumed.
    pub(super) fn note_work(&self, invocation: &Invocation) {
        if self.flaw.is(Fault::ResumesWork) {
            let _ = fs::write(in_tmp(&self.settings), invocation.path("response"));
        }
    }

    /// Forgets it.
    pub(super) fn forget_work(&self) {
        if self.flaw.is(Fault::ResumesWork) {
            let _ = fs::remove_file(in_tmp(&self.settings));
        }
    }
}
