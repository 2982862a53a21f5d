//! Signals that end a run: the first stops the work, the second hurries it.

use std::io;
use std::pin::pin;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::session::CliError;

/// Does `work` until it is done. The first signal cancels it. The second, which shells and `timeout` often send together
/// with the first, kills the runtimes that have not ended. The results so far are never lost.
pub(super) async fn interruptible<T>(
    cancel: &CancellationToken,
    hurry: &CancellationToken,
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    let mut signals = signals()
        .map_err(|error| CliError::fault(format!("cannot listen for signals: {error}")))?;
    let mut work = pin!(work);
    for token in [cancel, hurry] {
        tokio::select! {
            done = &mut work => return done,
            () = any(&mut signals) => token.cancel(),
        }
    }
    work.await
}

/// Does work that may wait forever; a signal to end stops it, and gives `None`.
pub(super) fn unless_signalled<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let event_loop = Builder::new_current_thread().enable_io().build()?;
    let done = event_loop.block_on(async {
        let mut signals = signals()?;
        tokio::select! {
            done = tokio::task::spawn_blocking(work) => Ok(Some(done?)),
            () = any(&mut signals) => Ok(None),
        }
    });
    event_loop.shutdown_background();
    done
}

fn signals() -> io::Result<[Signal; 3]> {
    Ok([
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
        signal(SignalKind::hangup())?,
    ])
}

async fn any([interrupt, terminate, hangup]: &mut [Signal; 3]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}
