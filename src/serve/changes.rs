//! Changes of the function: environments start anew.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;

use super::feed::{Feed, ServeEvent};
use super::log::{LogForm, now_unix_ms};
use super::serving::Say;

/// Tells when the function has changed.
pub trait Changes: Send {
    /// Waits for the next change: what changed, in words.
    fn next(&mut self) -> Pin<Box<dyn Future<Output = String> + Send + '_>>;
}

/// Makes each new edition of the function known to its environments, then to those who look on.
pub(super) async fn follow(
    mut changes: Box<dyn Changes>,
    edition: watch::Sender<u64>,
    (log, say, feed): (LogForm, Arc<Say>, Feed),
) {
    loop {
        let what = changes.next().await;
        let text = format!("changed: {what}; the next invocation gets a new environment");
        edition.send_modify(|number| *number += 1);
        say(&log.note(&text));
        feed.tell(|| ServeEvent::Changed {
            at_unix_ms: now_unix_ms(),
            text,
        });
    }
}
