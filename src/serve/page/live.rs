//! The stream of events that keeps a page up to date.
//!
//! It is a body that waits for changes by itself: it ends with its connection, and holds nothing for a slow reader, who gets
//! the last state when it reads on.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::journal::Journal;
use super::row::row;
use super::totals::facts;

/// A page gets news at most once in this time, however much happens.
const BETWEEN: Duration = Duration::from_millis(100);

/// So often a page without news gets a sign of life, which shows whether it is still there.
const SILENCE_MAX: Duration = Duration::from_secs(15);

type Next = Pin<Box<dyn Future<Output = (Reader, Bytes)> + Send>>;

/// The stream.
pub(super) struct Live(Next);

/// How far a page is.
struct Reader {
    journal: Arc<Journal>,
    changed: watch::Receiver<u64>,
    state: u64,
    is_first: bool,
}

impl Live {
    /// Tells what changes from this state on.
    pub(super) fn new(journal: Arc<Journal>, state: u64) -> Self {
        let changed = journal.watch();
        let reader = Reader {
            journal,
            changed,
            state,
            is_first: true,
        };
        Self(Box::pin(reader.next()))
    }
}

impl Body for Live {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready((reader, text)) => {
                self.0 = Box::pin(reader.next());
                Poll::Ready(Some(Ok(Frame::data(text))))
            }
        }
    }
}

impl Reader {
    /// Waits for news.
    async fn next(mut self) -> (Self, Bytes) {
        if std::mem::take(&mut self.is_first) && *self.changed.borrow() == self.state {
            // So the browser knows that it is connected.
            return (self, Bytes::from_static(b": here\n\n"));
        }
        let state = self.state;
        let news = self.changed.wait_for(|known| *known > state);
        let is_silent = timeout(SILENCE_MAX, news).await.is_err();
        if is_silent {
            return (self, Bytes::from_static(b": here\n\n"));
        }
        sleep(BETWEEN).await;
        let news = self.journal.since(self.state);
        self.state = news.state;
        let rows: String = news
            .items
            .iter()
            .map(|item| row(item).into_string())
            .collect();
        let text = event("facts", news.state, &facts(news.totals).into_string())
            + &event("items", news.state, &rows);
        (self, text.into())
    }
}

/// One event of the stream.
fn event(name: &str, state: u64, data: &str) -> String {
    let mut text = format!("event: {name}\nid: {state}\n");
    for line in data.split(['\n', '\r']) {
        text += "data: ";
        text += line;
        text.push('\n');
    }
    text + "\n"
}
