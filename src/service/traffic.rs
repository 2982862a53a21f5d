//! What all connections of one case share: the channel for notes, counters, and the limit of bytes.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::caller::{Caller, Doorkeeper};
use super::note::{Clock, Note};
use super::outgoing::Outgoing;
use crate::case::Reads;
use crate::http1::Event;
use crate::protocol::Actor;
use crate::transcript::Offset;

/// What all connections of one case share.
pub(super) struct Traffic {
    pub(super) clock: Clock,
    pub(super) notes: mpsc::UnboundedSender<Note>,
    pub(super) cancel: CancellationToken,
    /// Ends the connections that are idle.
    pub(super) hang_up: Notify,
    pub(super) withhold_continue: bool,
    /// How bodies are read, if not as fast as possible.
    pub(super) pace: Option<Reads>,
    /// How many exchanges have begun. The one who begins an exchange holds this until its note is sent: so the transcript
    /// has them in order.
    exchanges: Mutex<usize>,
    connections: AtomicUsize,
    /// How many callers came to the invoke door.
    callers: AtomicUsize,
    pub(super) live: watch::Sender<Live>,
    /// How many bytes of all connections are held.
    held: AtomicUsize,
    /// How many of them are no longer held.
    forgotten: AtomicUsize,
    /// Identifies the callers, if there is someone who can.
    pub(super) doorkeeper: OnceLock<Doorkeeper>,
    pub(super) turns: tokio::sync::Mutex<()>,
    /// Whether bodies are passed on as they come.
    pub(super) passes_on: AtomicBool,
}

impl Traffic {
    pub(super) fn new(
        clock: Clock,
        notes: mpsc::UnboundedSender<Note>,
        withhold_continue: bool,
        pace: Option<Reads>,
    ) -> Self {
        Self {
            clock,
            notes,
            cancel: CancellationToken::new(),
            hang_up: Notify::new(),
            withhold_continue,
            pace,
            exchanges: Mutex::new(0),
            connections: AtomicUsize::new(0),
            callers: AtomicUsize::new(0),
            live: watch::Sender::new(Live::default()),
            held: AtomicUsize::new(0),
            forgotten: AtomicUsize::new(0),
            doorkeeper: OnceLock::new(),
            turns: tokio::sync::Mutex::default(),
            passes_on: AtomicBool::new(false),
        }
    }

    pub(super) fn note(&self, note: Note) {
        // The receiver outlives the service; when it is gone, nobody needs the note.
        let _ = self.notes.send(note);
    }

    /// Notes the head of a request that was read on this connection; gives the exchange that begins with it.
    pub(super) fn note_head(
        &self,
        connection: usize,
        event: Event,
        reply: Option<oneshot::Sender<Outgoing>>,
    ) -> usize {
        self.note_exchange(|exchange| Note::Read {
            connection,
            exchange,
            at: self.clock.now(),
            event,
            reply,
            data: None,
        })
    }

    /// Notes the beginning of an exchange; gives its index.
    pub(super) fn note_exchange(&self, note: impl FnOnce(usize) -> Note) -> usize {
        let mut exchanges = self
            .exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let exchange = *exchanges;
        *exchanges += 1;
        self.note(note(exchange));
        exchange
    }

    /// A connection could not be accepted: the runtime's, as far as is known.
    pub(super) async fn cannot_take(&self, error: &io::Error) {
        // A connection that is gone before it is accepted says nothing.
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return;
        }
        self.note(Note::Excess {
            what: format!("a connection of the runtime could not be taken: {error}"),
            fatal: false,
        });
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = self.cancel.cancelled() => {}
        }
    }

    /// A connection of this caller was taken; gives its index.
    pub(super) fn open(&self, at: Offset, peer: Option<SocketAddr>, caller: &Caller) -> usize {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        self.note(Note::Opened {
            connection,
            at,
            peer,
            actor: caller.actor(),
        });
        connection
    }

    /// A caller came to the invoke door; gives its index.
    pub(super) fn caller(&self) -> usize {
        self.callers.fetch_add(1, Ordering::Relaxed)
    }

    /// A connection holds so many bytes now, and held others before. Says whether there is room for more.
    pub(super) fn hold(&self, now: usize, before: usize) -> bool {
        self.held.fetch_add(now, Ordering::Relaxed);
        let held = self.held.fetch_sub(before, Ordering::Relaxed) - before;
        let held = held.saturating_sub(self.forgotten.load(Ordering::Relaxed));
        if held > HELD_MAX {
            let mib = HELD_MAX / 1024 / 1024;
            self.note(Note::Excess {
                what: format!(
                    "the runtime sent more than the {mib} MiB that ricspec keeps of a case"
                ),
                fatal: true,
            });
        }
        held <= HELD_MAX
    }

    /// What came so far is no longer held.
    pub(super) fn forget(&self) {
        let held = self.held.load(Ordering::Relaxed);
        self.forgotten.store(held, Ordering::Relaxed);
    }

    /// A connection was taken; nobody knows yet whose it is.
    pub(super) fn begun(&self) {
        self.live
            .send_modify(|live| *live.0.entry(None).or_default() += 1);
    }

    /// A connection that was taken is of this actor.
    pub(super) fn is_of(&self, actor: Option<Actor>) {
        self.live.send_modify(|live| {
            live.take(None);
            *live.0.entry(actor).or_default() += 1;
        });
    }

    pub(super) fn ended(&self, actor: Option<Actor>) {
        self.live.send_modify(|live| live.take(actor));
    }
}

/// How many connections are open, by whose they are, as far as that is known.
#[derive(Debug, Default)]
pub(super) struct Live(BTreeMap<Option<Actor>, usize>);

impl Live {
    pub(super) fn count(&self) -> usize {
        self.0.values().sum()
    }

    /// Whether none may be of this actor.
    pub(super) fn is_without(&self, actor: Actor) -> bool {
        let open = |whose| self.0.get(&whose).copied().unwrap_or_default();
        open(None) + open(Some(actor)) == 0
    }

    fn take(&mut self, actor: Option<Actor>) {
        if let Some(count) = self.0.get_mut(&actor) {
            *count = count.saturating_sub(1);
        }
    }
}

/// How many bytes of a runtime are kept in one case: twenty of the largest bodies that the service accepts.
const HELD_MAX: usize = 128 * 1024 * 1024;

/// How long to wait after a connection could not be accepted: what is missing then, such as file descriptors, does not come
/// back at once.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
