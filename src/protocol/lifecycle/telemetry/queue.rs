//! What waits for a subscriber: events that are gathered, batches that are ready, and the one that is on its way.

use std::collections::VecDeque;

use bytes::Bytes;

use super::wanted::{Buffering, Destination};

/// How often a batch is tried before it is dropped.
const TRIES_MAX: u32 = 6;

/// How long after the first failure it is tried again, in milliseconds; twice as long after each further one.
const AGAIN_MS: u64 = 50;

/// A batch of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// As it is sent.
    pub body: Bytes,
    /// How many events there are.
    pub(super) records: usize,
    /// The step of the case that wants it sent, if it is not the service's own.
    pub(super) step: Option<usize>,
}

/// The batches of a subscriber.
#[derive(Debug)]
pub(super) struct Queue {
    buffering: Buffering,
    is_tcp: bool,
    items: Vec<Vec<u8>>,
    bytes: usize,
    /// How many batches were begun: a timer is about one of them.
    begun: usize,
    /// Whether the time of the one that is gathered is up.
    is_due: bool,
    ready: VecDeque<Batch>,
    out: Option<(Batch, u32)>,
    /// Events for which there was no room, and their bytes.
    lost: (usize, usize),
}

/// What happens after a batch could not be delivered.
pub(super) enum Failed {
    /// It is tried again after so many milliseconds.
    Again(u64),
    /// It is dropped: so many events and bytes.
    Dropped(usize, usize),
}

impl Queue {
    pub(super) fn new(buffering: Buffering, destination: &Destination) -> Self {
        Self {
            buffering,
            is_tcp: matches!(destination, Destination::Tcp { .. }),
            items: Vec::new(),
            bytes: 0,
            begun: 0,
            is_due: false,
            ready: VecDeque::new(),
            out: None,
            lost: (0, 0),
        }
    }

    /// Adds an event. Gives the timer to start, if it is the first of a batch: its number, and the time in milliseconds.
    pub(super) fn push(&mut self, event: Vec<u8>) -> Option<(usize, u64)> {
        if self.is_full() {
            // The one before is not yet taken.
            self.lost = (self.lost.0 + 1, self.lost.1 + event.len());
            return None;
        }
        let is_first = self.items.is_empty();
        self.bytes += event.len();
        self.items.push(event);
        self.seal_if_due();
        if is_first {
            self.begun += 1;
        }
        is_first.then_some((self.begun, self.buffering.timeout_ms))
    }

    /// Adds a batch of a case.
    pub(super) fn give(&mut self, array: &[u8], step: usize) {
        let items: Vec<&serde_json::value::RawValue> =
            serde_json::from_slice(array).unwrap_or_default();
        let body = match self.is_tcp {
            true => lines(items.iter().map(|item| item.get().as_bytes())),
            false => array.to_vec(),
        };
        self.ready.push_back(Batch {
            body: body.into(),
            records: items.len(),
            step: Some(step),
        });
    }

    /// The time of a batch is up.
    pub(super) fn time_is_up(&mut self, number: usize) {
        if number == self.begun && !self.items.is_empty() {
            self.is_due = true;
            self.seal_if_due();
        }
    }

    /// All that was gathered is due.
    pub(super) fn flush(&mut self) {
        self.time_is_up(self.begun);
    }

    /// The next batch to send, if none is on its way.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        if self.out.is_some() {
            return None;
        }
        let batch = self.ready.pop_front()?;
        let body = batch.body.clone();
        self.out = Some((batch, 0));
        Some(body)
    }

    /// The one on its way, once more.
    pub(super) fn again(&self) -> Option<Bytes> {
        self.out.as_ref().map(|(batch, _)| batch.body.clone())
    }

    /// The step of the one on its way, if it is a case's, and its body.
    pub(super) fn on_its_way(&self) -> Option<(Option<usize>, Bytes)> {
        let (batch, _) = self.out.as_ref()?;
        Some((batch.step, batch.body.clone()))
    }

    /// The one on its way was taken.
    pub(super) fn delivered(&mut self) {
        self.out = None;
        self.seal_if_due();
    }

    /// The one on its way was not taken.
    pub(super) fn failed(&mut self) -> Option<Failed> {
        let (batch, tries) = self.out.as_mut()?;
        *tries += 1;
        if *tries < TRIES_MAX {
            return Some(Failed::Again(AGAIN_MS << (*tries - 1)));
        }
        let dropped = Failed::Dropped(batch.records, batch.body.len());
        self.delivered();
        Some(dropped)
    }

    /// Events for which there was no room, since the last time: how many, and their bytes.
    pub(super) fn take_lost(&mut self) -> Option<(usize, usize)> {
        let is_over = !self.is_full();
        let lost = std::mem::take(&mut self.lost);
        if !is_over {
            self.lost = lost;
        }
        (is_over && lost.0 > 0).then_some(lost)
    }

    /// Whether something waits or is on its way.
    pub(super) fn is_busy(&self) -> bool {
        !self.items.is_empty() || !self.ready.is_empty() || self.out.is_some()
    }

    fn is_full(&self) -> bool {
        self.items.len() >= self.buffering.items_max || self.bytes >= self.buffering.bytes_max
    }

    /// The batch is ready once it is full or its time is up; while another one is on its way, it takes what comes.
    fn seal_if_due(&mut self) {
        let is_free = self.out.is_none() && self.ready.is_empty();
        if !is_free || self.items.is_empty() || !(self.is_due || self.is_full()) {
            return;
        }
        let items = std::mem::take(&mut self.items);
        let each = items.iter().map(Vec::as_slice);
        let body = match self.is_tcp {
            true => lines(each),
            false => array(each),
        };
        self.ready.push_back(Batch {
            body: body.into(),
            records: items.len(),
            step: None,
        });
        (self.bytes, self.is_due) = (0, false);
    }
}

fn lines<'a>(items: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    items.flat_map(|item| [item, b"\n"].concat()).collect()
}

fn array<'a>(items: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let items: Vec<&[u8]> = items.collect();
    [b"[", items.join(&b","[..]).as_slice(), b"]"].concat()
}
