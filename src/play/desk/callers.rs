//! Callers who wait for answers: most for the whole, some read it as it comes.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::http1::{Event, Head};
use crate::protocol::{Returned, header};
use crate::service::{Answered, Data, Desk, Note, Piece, Returns};

/// Callers who wait.
#[derive(Default)]
pub(super) struct Callers {
    waiting: BTreeMap<usize, oneshot::Sender<Answered>>,
    /// Those who read their answers as they come.
    readers: BTreeMap<usize, UnboundedSender<Piece>>,
    /// Those who want the end of the log.
    listeners: BTreeSet<usize>,
    /// Answers on their way to a reader, by their exchanges.
    on_the_way: BTreeMap<usize, OnTheWay>,
    /// Failures that were told behind an answer, by the callers.
    failures: BTreeMap<usize, Returned>,
}

/// An answer that is read as it comes.
struct OnTheWay {
    caller: usize,
    /// Whether its head says that its trailers may tell a failure: otherwise the service does not look at them.
    announces: bool,
}

/// The head of what may be an answer.
pub(super) struct Begun {
    exchange: usize,
    media: Option<String>,
    announces: bool,
}

impl Callers {
    /// Someone has come.
    pub(super) fn take(&mut self, caller: usize, returns: Returns, wants_log: bool) {
        match returns {
            Returns::Nowhere => return,
            Returns::Pieces(reader) => drop(self.readers.insert(caller, reader)),
            Returns::Whole(place) => drop(self.waiting.insert(caller, place)),
        }
        if wants_log {
            self.listeners.insert(caller);
        }
    }

    /// Whether someone who waits wants the end of the log.
    pub(super) fn want_log(&self) -> bool {
        !self.listeners.is_empty()
    }

    /// Passes on a part of an answer that is read as it comes. If an answer may have begun, the engine must hear of it
    /// first: then [`Self::begun`] follows.
    pub(super) fn look(&mut self, note: &mut Note) -> Option<Begun> {
        let Note::Read {
            exchange,
            event,
            data,
            ..
        } = note
        else {
            return None;
        };
        // The room on the connection is free again for whatever nobody reads.
        let data = data.take();
        if self.readers.is_empty() {
            return None;
        }
        match event {
            Event::Head(head) => return Some(Begun::of(*exchange, head)),
            Event::Data { .. } => self.pass(*exchange, data),
            Event::End { trailers, .. } => {
                let ended = self.on_the_way.remove(exchange);
                let ended = ended.filter(|ended| ended.announces);
                let failure = Returned::told_by(trailers);
                if let Some((ended, failure)) = ended.zip(failure) {
                    self.failures.insert(ended.caller, failure);
                }
            }
            Event::Lost(_) | Event::Garbage(_) => {}
        }
        None
    }

    /// The engine knows of what has begun, and whose answer it is.
    pub(super) fn begun(&mut self, begun: Option<Begun>, desk: &Desk) {
        let Some(begun) = begun else {
            return;
        };
        if let Some(caller) = desk.reader_of(begun.exchange)
            && let Some(reader) = self.readers.get(&caller)
        {
            // The caller may have gone.
            let _ = reader.send(Piece::Begun { media: begun.media });
            let announces = begun.announces;
            let on_the_way = OnTheWay { caller, announces };
            self.on_the_way.insert(begun.exchange, on_the_way);
        }
    }

    fn pass(&self, exchange: usize, data: Option<Data>) {
        let reader = self.on_the_way.get(&exchange);
        let reader = reader.and_then(|on_the_way| self.readers.get(&on_the_way.caller));
        let data = data.filter(|data| !data.bytes.is_empty());
        if let Some((reader, data)) = reader.zip(data) {
            // The caller may have gone.
            let _ = reader.send(Piece::Data(data));
        }
    }

    /// What the caller gets: a failure that was told behind the answer counts.
    pub(super) fn outcome(&mut self, caller: usize, returned: Returned) -> Returned {
        self.failures.remove(&caller).unwrap_or(returned)
    }

    /// Gives a caller its answer, or the end of it. The caller may have gone.
    pub(super) fn give(&mut self, caller: usize, answered: Answered) {
        self.listeners.remove(&caller);
        self.on_the_way.retain(|_, known| known.caller != caller);
        if let Some(place) = self.waiting.remove(&caller) {
            let _ = place.send(answered);
        } else if let Some(reader) = self.readers.remove(&caller) {
            let _ = reader.send(Piece::End(answered));
        }
    }
}

impl Begun {
    fn of(exchange: usize, head: &Head) -> Self {
        let mut announced = head.values("trailer").flat_map(|line| line.split(','));
        Self {
            exchange,
            media: head.header("content-type").map(str::to_owned),
            announces: announced.any(|name| name.trim().eq_ignore_ascii_case(header::ERROR_TYPE)),
        }
    }
}
