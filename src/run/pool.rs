//! A pool of cases in play: so many at a time.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::single::{Played, fault_of};
use super::slots::{Kind, Queues, Slots};
use super::turns::{Work, play_work};
use crate::case::Case;

/// What happens in the pool.
pub enum Turn<M> {
    /// This work has begun.
    Began(Arc<Work<M>>),
    /// This work has ended.
    Ended(Arc<Work<M>>, Box<Played>),
}

/// Works through `work`: in order, but for cases that mostly wait, or are heavy, and have slots of their own. After `cancel`, cases in
/// play end without a verdict; after `enough`, no new case is started.
pub async fn pool<M: Send + Sync + 'static>(
    work: impl IntoIterator<Item = Work<M>>,
    slots: Slots,
    cancel: &CancellationToken,
    enough: &CancellationToken,
    mut on: impl FnMut(Turn<M>),
) {
    let work = work.into_iter().map(|work| (kind_of(&work), work));
    let mut queues = Queues::new(work, slots);
    let mut tasks: JoinSet<Option<Played>> = JoinSet::new();
    let mut running: HashMap<Id, (Kind, Arc<Work<M>>)> = HashMap::new();
    loop {
        while !cancel.is_cancelled() && !enough.is_cancelled() {
            let Some((kind, work)) = queues.next() else {
                break;
            };
            let work = Arc::new(work);
            on(Turn::Began(Arc::clone(&work)));
            let (own, cancel) = (Arc::clone(&work), cancel.clone());
            let task = tasks.spawn(async move { play_work(&own, &cancel).await });
            running.insert(task.id(), (kind, work));
        }
        let Some(joined) = tasks.join_next_with_id().await else {
            return;
        };
        let (id, played) = match joined {
            Ok((id, played)) => (id, Ok(played)),
            Err(error) => (error.id(), Err(error)),
        };
        let Some((kind, work)) = running.remove(&id) else {
            continue;
        };
        queues.ended(kind);
        let played = match played {
            Ok(played) => played,
            Err(error) => Some(panicked(&work.case, &error)),
        };
        if let Some(played) = played {
            on(Turn::Ended(work, Box::new(played)));
        }
    }
}

fn kind_of<M>(work: &Work<M>) -> Kind {
    match work.case.as_ref() {
        _ if work.alone => Kind::Alone,
        case if case.is_heavy() => Kind::Heavy,
        case if case.mostly_waits() => Kind::Waiting,
        _ => Kind::Usual,
    }
}

/// A bug of ours in one case must not affect the others.
fn panicked(case: &Case, error: &JoinError) -> Played {
    fault_of(case, format!("ricspec has a bug: {error}"), 0)
}
