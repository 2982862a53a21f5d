//! What happened last, as the page shows it. Its memory is bounded: so many items, and so many bytes of each.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use super::item::{Invocation, Item, Lines, What};
use super::totals::Totals;
use crate::check::Finding;
use crate::protocol::AnswerKind;
use crate::serve::feed::{Ended, ServeEvent};
use crate::serve::log::now_unix_ms;
use crate::verdict::is_breach;

/// How many items are kept.
pub(super) const ITEMS_MAX: usize = 200;

/// What happened last.
pub(super) struct Journal {
    /// Which journal it is: another run of ricspec has another.
    pub(super) run: String,
    inner: Mutex<Inner>,
    /// The state of the journal: a number that grows with each change.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// The oldest first.
    items: VecDeque<Item>,
    /// How many items there were.
    count: u64,
    changes: u64,
    totals: Totals,
}

/// The items that changed, the oldest first, with the state of the journal.
pub(super) struct News {
    pub(super) items: Vec<Item>,
    pub(super) totals: Totals,
    pub(super) state: u64,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self {
            run: Uuid::new_v4().simple().to_string(),
            inner: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// Takes note of an event.
    pub(super) fn hear(&self, event: &ServeEvent) {
        let mut inner = self.inner();
        match event {
            ServeEvent::Began {
                environment,
                at_unix_ms,
                request_id,
                event,
            } => {
                inner.totals.invocations += 1;
                let invocation = Invocation::new(*environment, request_id, event);
                let what = What::Invocation(Box::new(invocation));
                inner.push(*at_unix_ms, what);
            }
            ServeEvent::Printed {
                at_unix_ms,
                request_id,
                line,
                environment: _,
            } => match request_id {
                Some(request_id) => inner
                    .change(request_id, |known| known.log.push(line))
                    .unwrap_or_default(),
                None => inner.printed(*at_unix_ms, line),
            },
            ServeEvent::Ended(ended) => {
                inner.totals.failed += u64::from(has_failed(ended));
                let changed = inner.change(&ended.request_id, |known| known.end(ended));
                changed.unwrap_or_default();
            }
            ServeEvent::Breach {
                request_id,
                finding,
                environment: _,
            } => inner.found(request_id.as_deref(), finding),
            ServeEvent::Changed { at_unix_ms, text } => {
                inner.push(*at_unix_ms, What::Note(text.clone()));
            }
            ServeEvent::Stopped {
                at_unix_ms, how, ..
            } => {
                let text = format!("the runtime {how}; the next caller starts it again");
                inner.push(*at_unix_ms, What::Note(text));
            }
        }
        self.tell(inner);
    }

    /// So many events came too fast to be shown.
    pub(super) fn lost(&self, count: u64) {
        let mut inner = self.inner();
        let text = format!("{count} events came too fast, and are not shown");
        inner.push(now_unix_ms(), What::Note(text));
        self.tell(inner);
    }

    /// What changed since the journal was in this state.
    pub(super) fn since(&self, state: u64) -> News {
        let inner = self.inner();
        let items = inner.items.iter().filter(|item| item.changed > state);
        News {
            items: items.cloned().collect(),
            totals: inner.totals,
            state: inner.changes,
        }
    }

    /// The item with this number, if it is kept.
    pub(super) fn item(&self, number: u64) -> Option<Item> {
        let inner = self.inner();
        let mut items = inner.items.iter();
        items.find(|item| item.number == number).cloned()
    }

    /// Tells when the journal is in another state.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self, inner: MutexGuard<'_, Inner>) {
        let state = inner.changes;
        drop(inner);
        self.changed.send_replace(state);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn push(&mut self, at_unix_ms: u64, what: What) {
        self.count += 1;
        self.changes += 1;
        self.items.push_back(Item {
            number: self.count,
            changed: self.changes,
            at_unix_ms,
            what,
        });
        let over = self.items.len().saturating_sub(ITEMS_MAX);
        self.items.drain(..over);
    }

    /// Changes an invocation, if it is kept.
    fn change(&mut self, request_id: &str, change: impl FnOnce(&mut Invocation)) -> Option<()> {
        let mut latest = self.items.iter_mut().rev();
        let (changed, known) = latest.find_map(|item| match &mut item.what {
            What::Invocation(known) if known.request_id == request_id => {
                Some((&mut item.changed, known))
            }
            What::Invocation(_) | What::Breach(_) | What::Note(_) | What::Output(_) => None,
        })?;
        change(known);
        self.changes += 1;
        *changed = self.changes;
        Some(())
    }

    /// A breach is shown with its invocation, or by itself.
    fn found(&mut self, request_id: Option<&str>, finding: &Finding) {
        self.totals.breaches += u64::from(is_breach(finding));
        let changed = request_id.and_then(|id| self.change(id, |known| known.found(finding)));
        if changed.is_none() {
            let what = What::Breach(Box::new(finding.clone()));
            self.push(now_unix_ms(), what);
        }
    }

    fn printed(&mut self, at_unix_ms: u64, line: &str) {
        if let Some(last) = self.items.back_mut()
            && let What::Output(lines) = &mut last.what
        {
            lines.push(line);
            self.changes += 1;
            last.changed = self.changes;
            return;
        }
        let mut lines = Lines::default();
        lines.push(line);
        self.push(at_unix_ms, What::Output(lines));
    }
}

/// Whether the caller got an error, or nothing.
fn has_failed(ended: &Ended) -> bool {
    match &ended.returned {
        Some((AnswerKind::Response, _)) => false,
        Some((AnswerKind::Error, _)) | None => true,
    }
}
