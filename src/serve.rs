//! `ricspec serve`: Lambda on your desk, every call audited.
//!
//! I/O. Callers come to the front door; environments take their calls, and tell what happens. It is logged, audited, and goes
//! to the [`Feed`] for whoever looks on.

mod auditor;
mod changes;
mod feed;
mod log;
#[cfg(feature = "cli")]
mod page;
mod parts;
mod serving;
#[cfg(feature = "cli")]
mod watch;
mod witness;

pub use crate::service::Allowed;
pub use auditor::case;
pub use changes::Changes;
use changes::follow;
pub use feed::{Ended, Feed, ServeEvent};
pub use log::LogForm;
pub use parts::Parts;
pub use serving::{Say, Serving};
#[cfg(feature = "cli")]
pub use watch::{Watch, WatchError};

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, watch as channel};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::play::{Attendant, Calls, StageFault};
use crate::protocol::invoke::path_of;
use crate::service::{BindError, Front, PAGE, Page, Porch, QUEUE_MAX};
use witness::Witness;

/// The name of the function in the path; it has no other.
const FUNCTION: &str = "function";

/// A front door, with what its callers bring.
pub struct Open {
    front: Front,
    calls: Calls,
    /// Keeps the page up to date, if there is one.
    keeper: Option<Keeper>,
}

type Keeper = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Open {
    /// Opens the door to what will be served.
    ///
    /// # Errors
    /// The system does not give the address.
    pub fn at(place: SocketAddr, allowed: Allowed, serving: &Serving) -> Result<Self, BindError> {
        let (sender, calls) = mpsc::channel(QUEUE_MAX);
        let (page, keeper) = page_of(serving);
        let porch = Porch {
            allowed,
            page,
            http: serving.http,
        };
        Ok(Self {
            front: Front::open(place, porch, sender)?,
            calls: Arc::new(tokio::sync::Mutex::new(calls)),
            keeper,
        })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.front.address
    }
}

#[cfg(feature = "cli")]
fn page_of(serving: &Serving) -> (Option<Arc<dyn Page>>, Option<Keeper>) {
    let (page, keeper) = page::Board::of(serving);
    (Some(Arc::new(page)), Some(Box::pin(keeper)))
}

/// The page belongs to the program.
#[cfg(not(feature = "cli"))]
fn page_of(_: &Serving) -> (Option<Arc<dyn Page>>, Option<Keeper>) {
    (None, None)
}

/// Serves until `cancel`. Says whether the runtime broke a MUST. After each of the `changes`, environments start anew.
///
/// # Errors
/// The runtime cannot be started, which is not its own fault.
pub async fn serve(
    serving: Serving,
    open: Open,
    changes: Option<Box<dyn Changes>>,
    say: Arc<Say>,
    cancel: &CancellationToken,
) -> Result<bool, StageFault> {
    let base = format!("http://{}", open.address());
    let url = base.clone() + &path_of(FUNCTION);
    say(&serving.log.listening(&url, &(base + PAGE)));
    let witness = Arc::new(Witness::new(&serving, &say));
    // It ends with us.
    let mut keeper = JoinSet::new();
    open.keeper.map(|keep| keeper.spawn(keep));
    let (sender, edition) = channel::channel(0);
    if let Some(changes) = changes {
        let tell = (serving.log, Arc::clone(&say), serving.feed.clone());
        keeper.spawn(follow(changes, sender, tell));
    }
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let mut environments = JoinSet::new();
    for environment in 0..serving.environments {
        let (serving, calls) = (serving.clone(), Arc::clone(&open.calls));
        let (witness, cancel) = (Arc::clone(&witness), cancel.clone());
        let edition = edition.clone();
        environments.spawn(async move {
            let attendant = Attendant {
                stage: &serving.stage,
                case: &Case {
                    address: serving.address,
                    ..case()
                },
                timeout_ms: serving.timeout_ms,
                init_ms: serving.init_ms,
                records: serving.parts.is_some(),
                is_alone: serving.environments == 1 && processors > 1,
                calls,
                edition,
                tell: &|happening| witness.hear(environment, happening),
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
    // Nobody else has it any more.
    let broke = Arc::into_inner(witness).is_some_and(Witness::finish);
    result.map(|()| broke)
}
