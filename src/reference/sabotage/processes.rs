//! A runtime that is started anew for each event, or after each failure: a parent, and one child after the other.

use std::io;
use std::process::{ExitCode, exit};

use tokio::signal::unix::{SignalKind, signal};

use super::super::fault::{Fault, Flaw};
use super::super::mutant::Mutant;
use super::super::quirks;

/// The variable by which a child knows that it is one.
const CHILD: &str = "RICSPEC_REFERENCE_CHILD";

/// The code by which a child says that its event is answered, and that another child may follow.
const ANSWERED: u8 = 75;

/// Starts one child after the other, unless this is one of them. The parent ends as a child does that has not answered.
pub(in super::super) fn wrap(mutant: Option<&'static Mutant>) -> Option<io::Result<ExitCode>> {
    let mutant = mutant.filter(|mutant| follows_itself(mutant.fault))?;
    if std::env::var_os(CHILD).is_some() {
        return None;
    }
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    Some(event_loop.and_then(|event_loop| event_loop.block_on(children(mutant))))
}

fn follows_itself(fault: Fault) -> bool {
    matches!(fault, Fault::ProcessPerEvent | Fault::ProcessPerFailure)
}

async fn children(mutant: &Mutant) -> io::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        let mut command = tokio::process::Command::new(std::env::current_exe()?);
        command
            .args(["reference", "--mutant", mutant.name])
            .env(CHILD, "1");
        let code = quirks::attend(command.spawn()?, &mut terminate).await?;
        if code != Some(ANSWERED) {
            return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
        }
    }
}

/// The event is answered: a child ends.
pub(in super::super) fn answered(flaw: Flaw, failed: bool) {
    let ends = match flaw.0 {
        Some(Fault::ProcessPerEvent) => true,
        Some(Fault::ProcessPerFailure) => failed,
        _ => false,
    };
    if ends {
        exit(ANSWERED.into())
    }
}
