//! Processes and threads besides the one, and other ways to end.

use std::fs;
use std::io;
use std::process::{Command, ExitCode, Stdio, exit};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::signal::unix::{Signal as TermSignal, SignalKind, signal};

use super::super::fault::Flaw;
use super::super::log;
use super::super::settings::Settings;
use super::super::variant::Quirk;

/// How long the thread pauses between two pieces of work.
const PAUSE: Duration = Duration::from_millis(5);

/// How many threads the pool holds.
const POOL_THREADS: u32 = 8;

/// The code to exit with instead of this one.
pub(in super::super) fn exit_code(flaw: Flaw, code: ExitCode) -> ExitCode {
    match flaw.has(Quirk::OtherCodes) {
        true if code == ExitCode::SUCCESS => ExitCode::from(143),
        true => ExitCode::from(255),
        false => code,
    }
}

/// Starts what works beside the runtime.
pub(in super::super) fn help(flaw: Flaw) -> io::Result<()> {
    if flaw.has(Quirk::BackgroundThread) {
        std::thread::spawn(|| {
            loop {
                std::hint::black_box((0..1000_u64).sum::<u64>());
                std::thread::sleep(PAUSE);
            }
        });
    }
    if flaw.has(Quirk::HelperChild) {
        // It ends when its input does, and nobody else holds the other end.
        let helper = Command::new("cat").stdin(Stdio::piped()).spawn()?;
        std::mem::forget(helper);
    }
    Ok(())
}

/// Unpacks a file, or uses it. In an environment there is no other's: who finds that file here cannot go on.
pub(in super::super) fn unpack(flaw: Flaw, settings: &Settings) {
    if !flaw.has(Quirk::UnpacksToTmp) {
        return;
    }
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

/// Adds a thread to the pool, unless it is full.
pub(in super::super) fn fill_pool(flaw: Flaw, turn: u32) {
    if flaw.has(Quirk::BackgroundThread) && turn <= POOL_THREADS {
        std::thread::spawn(std::thread::park);
    }
}

/// Runs the plain runtime in a child, and says how it ended as a shell would.
pub(in super::super) fn wrap(flaw: Flaw) -> Option<io::Result<ExitCode>> {
    flaw.has(Quirk::TwoProcesses).then(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(child())
    })
}

async fn child() -> io::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    let own = std::env::current_exe()?;
    let child = tokio::process::Command::new(own).arg("reference").spawn()?;
    let code = attend(child, &mut terminate).await?;
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Waits for the end of a child, and passes SIGTERM on to it. Gives its code as a shell would.
pub(in super::super) async fn attend(
    mut child: Child,
    terminate: &mut TermSignal,
) -> io::Result<Option<u8>> {
    use std::os::unix::process::ExitStatusExt;

    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = terminate.recv() => {
                let pid = child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
                if let Some(pid) = pid {
                    // It may have ended in this moment, which is as well.
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
        }
    };
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    Ok(code.and_then(|code| u8::try_from(code).ok()))
}
