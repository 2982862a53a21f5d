//! Runtimes with more than one process: a parent, and one child, or one after the other.

use std::io;
use std::process::{ExitCode, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::reference::log;

/// The variable that tells a child that it is one.
const CHILD: &str = "RICSPEC_REFERENCE_CHILD";

/// The exit code that says that the event is answered and another child may follow.
pub(super) const ANSWERED: u8 = 75;

/// How many processes a runtime has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Processes {
    /// One.
    One,
    /// A parent and the plain runtime.
    Two,
    /// A parent, and a child for each part of the work; the child's exit code says whether another one may follow.
    Many,
}

/// Runs as the parent, unless this process is a child or the only process. The parent ends like its last child.
pub(super) fn wrap(name: &str, processes: Processes) -> Option<ExitCode> {
    let arguments: &[&str] = match processes {
        Processes::One => return None,
        Processes::Two => &["reference"],
        Processes::Many if std::env::var_os(CHILD).is_some() => return None,
        Processes::Many => &["reference", "--mutant", name],
    };
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = event_loop.and_then(|event_loop| event_loop.block_on(children(arguments)));
    Some(ended.unwrap_or_else(|error| {
        log::complain(&format!(
            "ricspec reference: the event loop cannot start: {error}"
        ));
        ExitCode::FAILURE
    }))
}

/// Starts one child after the other, and passes on SIGTERM. Gives the exit code of the last as a shell would.
async fn children(arguments: &[&str]) -> io::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.args(arguments).env(CHILD, "1").spawn()?;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status?,
                _ = terminate.recv() => {
                    let pid = child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
                    if let Some(pid) = pid {
                        // It may have ended just now, which is fine.
                        let _ = kill_process(pid, Signal::TERM);
                    }
                }
            }
        };
        let code = code(status);
        if code != Some(ANSWERED) {
            return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
        }
    }
}

fn code(status: ExitStatus) -> Option<u8> {
    use std::os::unix::process::ExitStatusExt;

    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok())
}
