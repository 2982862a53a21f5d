//! What callers bring, and environments take.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use crate::service::Called;

/// What callers bring, for whichever environment is free.
pub type Calls = Arc<Mutex<mpsc::Receiver<Called>>>;

/// The next call. Cancel safe.
pub(super) async fn next(calls: &Calls) -> Called {
    let call = calls.lock().await.recv().await;
    match call {
        Some(call) => call,
        // The door is closed: nobody comes any more.
        None => std::future::pending().await,
    }
}
