//! Faults that need a second turn to show: what the first one leaves running, or takes away.

use std::borrow::Cow;
use std::future::Future;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::process::Child;

use super::super::Runtime;
use super::super::client::{Call, CallError, Reply};
use super::super::failure::Failure;
use super::super::fault::{Fault, Flaw};
use super::Memory;
use super::lifetime::ends_of_jump;

/// How long an impatient runtime waits for an acknowledgement.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many bytes of a line a buffer holds.
const LINE_BYTES: usize = 4096;

/// Whether an event is at hand.
static BUSY: AtomicBool = AtomicBool::new(false);

/// Notes whether an event is at hand.
pub(super) fn set_busy(busy: bool) {
    BUSY.store(busy, Ordering::Relaxed);
}

/// Whether an event is at hand.
pub(super) fn is_busy() -> bool {
    BUSY.load(Ordering::Relaxed)
}

/// Changes what the function prints.
pub(in super::super) fn line(flaw: Flaw, text: &str) -> Cow<'_, str> {
    match flaw.0 {
        Some(Fault::AsciiOutput) => text
            .chars()
            .map(|letter| if letter.is_ascii() { letter } else { '?' })
            .collect(),
        Some(Fault::CutsLines) => text.get(..LINE_BYTES).unwrap_or(text).into(),
        _ => text.into(),
    }
}

/// Takes the end of a child for the end of everything.
pub(in super::super) fn watch(flaw: Flaw, mut child: Child) {
    if flaw.is(Fault::EndsWithChild) {
        tokio::spawn(async move {
            let _ = child.wait().await;
            // Long enough for the answer to be out.
            tokio::time::sleep(Duration::from_millis(100)).await;
            exit(0)
        });
    }
}

/// The call of the function; a mutant gives it up when the time of an earlier event is over, or ends of a freeze.
pub(in super::super) async fn timed<T>(
    flaw: Flaw,
    left: Option<Duration>,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match (flaw.0, left) {
        (Some(Fault::DiesOfThawAtWork), _) => tokio::select! {
            // The function, too, is at its end after the freeze.
            biased;
            never = ends_of_jump(1200) => match never {},
            returned = call => returned,
        },
        (Some(Fault::KeepsTimer), Some(left)) => tokio::time::timeout(left, call)
            .await
            .unwrap_or_else(|_| Err(Failure::of_runtime("Timeout", "the time is over"))),
        _ => call.await,
    }
}

impl Memory {
    /// How long the deadline of the event before is still away, if it is.
    pub(in super::super) fn earlier_time_left(&self) -> Option<Duration> {
        let deadline_ms = self.previous.as_ref()?.deadline_ms.as_ref()?;
        let deadline = Duration::from_millis(deadline_ms.parse().ok()?);
        deadline.checked_sub(SystemTime::now().duration_since(UNIX_EPOCH).ok()?)
    }
}

impl Runtime {
    /// Sends an answer; a mutant sends it again when it has to wait.
    pub(in super::super) async fn deliver(&mut self, call: &Call) -> Result<Reply, CallError> {
        if self.flaw.is(Fault::PostTimesOut)
            && let Ok(reply) = tokio::time::timeout(PATIENCE, self.client.send(call)).await
        {
            return reply;
        }
        self.client.send(call).await
    }
}
