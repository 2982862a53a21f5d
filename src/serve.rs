//! `ricspec serve`: Lambda on your desk, every call audited.
//!
//! I/O. Callers come to the front door; environments take their calls, and tell what happens. Each invocation is audited as
//! soon as it is over.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::check::{Finding, audit_within, exit_words};
use crate::law::Level;
use crate::play::{Attendant, Calls, Happening, Stage, StageFault};
use crate::report::human::{Measures, breach, end, start};
use crate::report::{Look, Printable};
use crate::service::{BindError, Front, Porch, QUEUE_MAX};
use crate::transcript::{Offset, Transcript};

pub use crate::service::Allowed;

/// The environment is that of Lambda, and nothing in it is wrong on purpose.
static CASE: &str = include_str!("../specs/desk.json");

/// What is served, and how.
#[derive(Clone, Debug)]
pub struct Serving {
    /// The function.
    pub stage: Arc<Stage>,
    /// How many environments there are: so many invocations at a time.
    pub environments: usize,
    /// How long an invocation may take, in milliseconds.
    pub timeout_ms: u64,
    /// How long a start may take, in milliseconds.
    pub init_ms: u64,
    /// The screen.
    pub look: Look,
}

/// Prints.
pub type Say = dyn Fn(&Printable) + Send + Sync;

/// A front door, with what its callers bring.
#[derive(Debug)]
pub struct Open {
    front: Front,
    calls: Calls,
}

impl Open {
    /// Opens the door.
    ///
    /// # Errors
    /// The system does not give the address.
    pub fn at(place: SocketAddr, allowed: Allowed) -> Result<Self, BindError> {
        let (sender, calls) = mpsc::channel(QUEUE_MAX);
        let page = None;
        let porch = Porch { allowed, page };
        Ok(Self {
            front: Front::open(place, porch, sender)?,
            calls: Arc::new(tokio::sync::Mutex::new(calls)),
        })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.front.address
    }
}

/// Serves until `cancel`. Says whether the runtime broke a MUST.
///
/// # Errors
/// The runtime cannot be started, which is not its own fault.
pub async fn serve(
    serving: Serving,
    open: Open,
    say: Arc<Say>,
    cancel: &CancellationToken,
) -> Result<bool, StageFault> {
    let auditor = Arc::new(Auditor::new(serving.look, say, serving.stage.memory_mb));
    let mut environments = JoinSet::new();
    for _ in 0..serving.environments {
        let (serving, calls) = (serving.clone(), Arc::clone(&open.calls));
        let (auditor, cancel) = (Arc::clone(&auditor), cancel.clone());
        environments.spawn(async move {
            let attendant = Attendant {
                stage: &serving.stage,
                case: &auditor.case,
                timeout_ms: serving.timeout_ms,
                init_ms: serving.init_ms,
                calls,
                tell: &|happening| auditor.hear(happening),
            };
            attendant.attend(&cancel).await
        });
    }
    let mut result = Ok(());
    while let Some(ended) = environments.join_next().await {
        // Our own task does not panic; one that fails ends the others.
        if let Ok(Err(fault)) = ended {
            cancel.cancel();
            result = Err(fault);
        }
    }
    open.front.close().await;
    result.map(|()| auditor.broke.load(Ordering::Relaxed))
}

/// Hears of every invocation, and looks for breaches.
struct Auditor {
    case: Case,
    look: Look,
    say: Arc<Say>,
    memory_mb: u32,
    /// Whether a MUST was broken.
    broke: AtomicBool,
    /// The breaches that were told: each kind once.
    told: Mutex<BTreeSet<(String, String)>>,
}

impl Auditor {
    fn new(look: Look, say: Arc<Say>, memory_mb: u32) -> Self {
        let case: Case = serde_json::from_str(CASE).expect("it is a case; a test holds it");
        Self {
            case: Case {
                blackbox: true,
                ..case
            },
            look,
            say,
            memory_mb,
            broke: AtomicBool::new(false),
            told: Mutex::default(),
        }
    }

    fn hear(&self, happening: Happening<'_>) {
        match happening {
            Happening::Printed(line) => (self.say)(&Printable::whole_line(line)),
            Happening::Started { request_id } => (self.say)(&start(request_id)),
            Happening::Over {
                measured,
                transcript,
                window: (from, to),
            } => {
                let measures = Measures {
                    duration: measured.duration,
                    init: measured.init,
                    memory_mb: self.memory_mb,
                    used_mb: measured.memory_kib.map(|kib| kib.div_ceil(1024)),
                };
                (self.say)(&end(measured.request_id, &measures));
                self.audit(transcript, (Bound::Included(from), Bound::Excluded(to)));
            }
            Happening::Ended { transcript, since } => {
                let exit = transcript.runtime().exit;
                let how = exit.map_or("was stopped".to_owned(), exit_words);
                (self.say)(&Printable::whole_line(&format!(
                    "the runtime {how}; the next caller starts it again"
                )));
                self.audit(transcript, (Bound::Included(since), Bound::Unbounded));
            }
        }
    }

    fn audit(&self, transcript: &Transcript, window: (Bound<Offset>, Bound<Offset>)) {
        for finding in audit_within(&self.case, transcript, &window) {
            self.tell(&finding);
        }
    }

    fn tell(&self, finding: &Finding) {
        if finding.level == Level::Must {
            self.broke.store(true, Ordering::Relaxed);
        }
        let kind = (finding.requirement.clone(), finding.code.clone());
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(kind) {
            (self.say)(&breach(finding, self.look));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_is_a_case_without_steps() {
        let case: Case = serde_json::from_str(CASE).expect("a case");
        assert!(case.steps.is_empty());
    }
}
