//! A pool of cases in play: so many at a time.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::single::{Played, fault_of};
use super::turns::{Work, play_work};
use crate::case::Case;

/// What happens in the pool.
pub enum Turn<M> {
    /// This work has begun.
    Began(Arc<Work<M>>),
    /// This work has ended.
    Ended(Arc<Work<M>>, Box<Played>),
}

/// Works through `work` in order. After `cancel`, cases in play end without a verdict; after `enough`, no new case is
/// started.
pub async fn pool<M: Send + Sync + 'static>(
    work: impl IntoIterator<Item = Work<M>>,
    jobs: usize,
    cancel: &CancellationToken,
    enough: &CancellationToken,
    mut on: impl FnMut(Turn<M>),
) {
    let mut waiting = work.into_iter().map(Arc::new).peekable();
    let mut tasks: JoinSet<Option<Played>> = JoinSet::new();
    let mut running: HashMap<Id, Arc<Work<M>>> = HashMap::new();
    loop {
        while tasks.len() < jobs.max(1) && !cancel.is_cancelled() && !enough.is_cancelled() {
            let in_the_way = |next: &Arc<Work<M>>| {
                !running.is_empty() && (next.alone || running.values().any(|work| work.alone))
            };
            let Some(work) = waiting.next_if(|next| !in_the_way(next)) else {
                break;
            };
            on(Turn::Began(Arc::clone(&work)));
            let (own, cancel) = (Arc::clone(&work), cancel.clone());
            let task = tasks.spawn(async move { play_work(&own, &cancel).await });
            running.insert(task.id(), work);
        }
        let Some(joined) = tasks.join_next_with_id().await else {
            return;
        };
        let (id, played) = match joined {
            Ok((id, played)) => (id, Ok(played)),
            Err(error) => (error.id(), Err(error)),
        };
        let Some(work) = running.remove(&id) else {
            continue;
        };
        let played = match played {
            Ok(played) => played,
            Err(error) => Some(panicked(&work.case, &error)),
        };
        if let Some(played) = played {
            on(Turn::Ended(work, Box::new(played)));
        }
    }
}

/// A bug of ours in one case must not affect the others.
fn panicked(case: &Case, error: &JoinError) -> Played {
    fault_of(case, format!("ricspec has a bug: {error}"), 0)
}
