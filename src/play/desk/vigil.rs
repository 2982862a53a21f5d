//! Keeps the event loop awake for a moment after something has happened.
//!
//! An invocation is a conversation: the next word comes after some ten microseconds. A processor that sleeps meanwhile takes
//! about as long to wake up, at each of the six words of a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

/// How long it stays awake: longer than a quick function takes for an event.
const AWAKE: Duration = Duration::from_micros(200);

/// Stays awake as long as something happens.
#[derive(Debug)]
pub(super) struct Vigil {
    watch: Arc<Watch>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Watch {
    began: Instant,
    /// Until when it stays awake, in microseconds since then.
    until_us: AtomicU64,
    wake: Notify,
}

impl Vigil {
    /// Begins asleep.
    pub(super) fn start() -> Self {
        let watch = Arc::new(Watch {
            began: Instant::now(),
            until_us: AtomicU64::new(0),
            wake: Notify::new(),
        });
        let task = tokio::spawn(keep(Arc::clone(&watch)));
        Self {
            watch,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Something has happened.
    pub(super) fn stay(&self) {
        let until = self.watch.began.elapsed() + AWAKE;
        self.watch.until_us.store(micros(until), Ordering::Relaxed);
        self.watch.wake.notify_one();
    }
}

async fn keep(watch: Arc<Watch>) {
    loop {
        watch.wake.notified().await;
        while micros(watch.began.elapsed()) < watch.until_us.load(Ordering::Relaxed) {
            // What has come from outside is seen. The processor is not offered to others: Linux counts an offer as time used,
            // and a busy machine would not give it back for long.
            tokio::task::yield_now().await;
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
