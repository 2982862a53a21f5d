//! The audit of what is served: on a thread of its own, so that no caller waits for it.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::case::Case;
use crate::check::{Finding, audit_within};
use crate::law::Level;
use crate::protocol::Endpoint;
use crate::transcript::{Offset, Transcript};

/// The environment is that of Lambda, and nothing in it is wrong on purpose.
static CASE: &str = include_str!("../../specs/desk.json");

/// How many stretches wait at most; then the environments wait for the audit.
const WAITING_MAX: usize = 16;

/// A stretch of time of an environment.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) environment: usize,
    pub(super) transcript: Transcript,
    pub(super) window: (Bound<Offset>, Bound<Offset>),
}

/// What the thread does.
enum Work {
    Audit(Box<Stretch>),
    Keep(Box<Transcript>),
}

/// A breach.
pub(super) struct Breach {
    pub(super) environment: usize,
    pub(super) request_id: Option<String>,
    pub(super) finding: Finding,
    /// Whether it is the first of its kind.
    pub(super) is_new: bool,
}

/// Audits stretches in the order in which they come.
pub(super) struct Auditor {
    sender: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<bool>>,
}

/// What is served, as a case.
pub fn case() -> Case {
    let case: Case = serde_json::from_str(CASE).expect("it is a case; a test holds it");
    Case {
        blackbox: true,
        ..case
    }
}

impl Auditor {
    /// Tells breaches to `tell`, and gives records to `keep`.
    pub(super) fn start(
        tell: impl Fn(Breach) + Send + 'static,
        keep: impl FnMut(Transcript) + Send + 'static,
    ) -> Self {
        let (sender, works) = sync_channel(WAITING_MAX);
        let thread = thread::spawn(move || work(&works, &tell, keep));
        Self {
            sender: Some(sender),
            thread: Some(thread),
        }
    }

    /// Audits a stretch, later.
    pub(super) fn take(&self, stretch: Stretch) {
        self.give(Work::Audit(Box::new(stretch)));
    }

    /// Keeps a record, later.
    pub(super) fn keep(&self, transcript: Transcript) {
        self.give(Work::Keep(Box::new(transcript)));
    }

    fn give(&self, work: Work) {
        if let Some(sender) = &self.sender {
            // The thread ends after us.
            let _ = sender.send(work);
        }
    }

    /// Waits until all is audited. Says whether a MUST was broken.
    pub(super) fn finish(mut self) -> bool {
        drop(self.sender.take());
        let broke = self.thread.take().map(JoinHandle::join);
        // A fault of ours has been told by its panic.
        matches!(broke, Some(Ok(true)))
    }
}

fn work(works: &Receiver<Work>, tell: &dyn Fn(Breach), mut keep: impl FnMut(Transcript)) -> bool {
    let case = case();
    // Each kind of breach is told once.
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    let mut broke = false;
    for work in works {
        let stretch = match work {
            Work::Audit(stretch) => stretch,
            Work::Keep(transcript) => {
                keep(*transcript);
                continue;
            }
        };
        for finding in audit_within(&case, &stretch.transcript, &stretch.window) {
            broke |= finding.level == Level::Must;
            let kind = (finding.requirement.clone(), finding.code.clone());
            tell(Breach {
                environment: stretch.environment,
                request_id: request_id(&stretch.transcript, &finding),
                is_new: known.insert(kind),
                finding,
            });
        }
    }
    broke
}

/// The request id of the invocation that a finding is about.
fn request_id(transcript: &Transcript, finding: &Finding) -> Option<String> {
    let exchange = transcript.exchanges.get(finding.evidence.exchange?)?;
    let delivered = exchange.delivered.and_then(|at| usize::try_from(at).ok());
    if let Some(delivery) = delivered.and_then(|at| transcript.invocations.get(at)) {
        return Some(delivery.request_id.clone());
    }
    let route = exchange.route(transcript.mode);
    let answered = route.endpoint().and_then(Endpoint::answers);
    answered.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_is_a_case_without_steps() {
        assert!(case().steps.is_empty());
    }
}
