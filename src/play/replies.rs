//! Calls that wait for their replies, and what the engine is told about the wire.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::recorder::Recorder;
use crate::http1;
use crate::protocol::{Endpoint, Mode, Returned, Route};
use crate::service::{Arrival, Event, News, Note, Outgoing};
use crate::transcript::{Offset, Side};

/// A caller that closes its side so soon after a request, in microseconds, does not give up waiting: it has sent everything,
/// and still reads.
const HALF_CLOSED_US: u64 = 500_000;

/// Calls that wait for their replies.
pub(super) struct Replies {
    mode: Mode,
    waiting: BTreeMap<usize, Waiting>,
    /// Callers at the invoke door that wait for their answers.
    callers: BTreeMap<usize, oneshot::Sender<Returned>>,
    /// Whether callers wait elsewhere, so that the engine looks at each answer.
    serves: bool,
}

/// A call without a reply yet.
struct Waiting {
    connection: usize,
    /// When it was complete.
    whole: Option<Offset>,
    /// Where the reply goes.
    place: Option<oneshot::Sender<Outgoing>>,
    /// Whether the engine looks at the body.
    wants_body: bool,
}

impl Replies {
    pub(super) fn new(mode: Mode) -> Self {
        Self {
            mode,
            waiting: BTreeMap::new(),
            callers: BTreeMap::new(),
            serves: false,
        }
    }

    /// For callers who wait elsewhere.
    pub(super) fn to_callers(mode: Mode) -> Self {
        Self {
            serves: true,
            ..Self::new(mode)
        }
    }

    /// What a note means to the engine.
    pub(super) fn take(&mut self, note: &mut Note) -> Vec<Event> {
        match note {
            Note::Read {
                connection,
                exchange,
                at,
                event,
                reply,
                data: _,
            } => self.read(*connection, *exchange, *at, event, reply.take()),
            Note::Replying { exchange, .. } => {
                self.waiting.remove(exchange);
                Vec::new()
            }
            Note::Replied { exchange } => vec![Event::Written {
                exchange: *exchange,
            }],
            Note::Excess { fatal: true, .. } => vec![Event::Excess],
            Note::Closed {
                connection,
                at,
                by: Side::Peer,
            } => self.closed(*connection, *at),
            Note::Invoked { invoke, returns } => {
                let place = returns.take().map(|returns| (invoke.caller, returns));
                self.callers.extend(place);
                vec![Event::Invoke(invoke.clone())]
            }
            Note::Pushed(pushed) => vec![Event::Telemetry(News::Posted {
                subscription: pushed.subscription,
                exchange: pushed.exchange,
                fault: pushed.fault.clone(),
            })],
            Note::Visited(visit) => vec![Event::Visited {
                request_id: visit.request_id.clone(),
            }],
            Note::Opened { .. }
            | Note::Pushing(_)
            | Note::Caught(_)
            | Note::Stranger(_)
            | Note::Excess { fatal: false, .. }
            | Note::Closed {
                by: Side::Service, ..
            } => Vec::new(),
        }
    }

    fn read(
        &mut self,
        connection: usize,
        exchange: usize,
        at: Offset,
        event: &http1::Event,
        place: Option<oneshot::Sender<Outgoing>>,
    ) -> Vec<Event> {
        match event {
            http1::Event::Head(head) => {
                let route = Route::of(self.mode, &head.method, &head.target);
                let endpoint = route.endpoint();
                let is_answer = endpoint.is_some_and(|endpoint| {
                    endpoint.answers().is_some() || *endpoint == Endpoint::InitError
                });
                let wants_answers = self.serves || !self.callers.is_empty();
                let is_other = matches!(route, Route::Other(_));
                let waiting = Waiting {
                    connection,
                    whole: None,
                    place,
                    wants_body: is_other || (is_answer && wants_answers),
                };
                self.waiting.insert(exchange, waiting);
                vec![Event::Head(Arrival {
                    exchange,
                    route,
                    head: head.clone(),
                })]
            }
            http1::Event::Data { bytes, .. } => vec![Event::Data {
                exchange,
                bytes: *bytes,
            }],
            http1::Event::End {
                broken: Some(_), ..
            } => {
                if let Some(waiting) = self.waiting.get_mut(&exchange) {
                    // Its connection closes without a reply.
                    waiting.place = None;
                }
                vec![Event::Broken { exchange }]
            }
            http1::Event::End { body, .. } => {
                let waiting = self.waiting.get_mut(&exchange);
                let wants_body = waiting.is_some_and(|waiting| {
                    waiting.whole = Some(at);
                    waiting.wants_body
                });
                let kept = wants_body.then(|| body.kept.to_vec());
                let body = kept.unwrap_or_default();
                vec![Event::End { exchange, body }]
            }
            http1::Event::Lost(_) | http1::Event::Garbage(_) => Vec::new(),
        }
    }

    /// Callers that wait for a reply no longer wait, and their connections are closed.
    fn closed(&mut self, connection: usize, at: Offset) -> Vec<Event> {
        let gave_up = |waiting: &Waiting| {
            let reads_on = |whole: Offset| at.us().saturating_sub(whole.us()) <= HALF_CLOSED_US;
            waiting.connection == connection && !waiting.whole.is_some_and(reads_on)
        };
        let waiting = self.waiting.iter();
        let given_up: Vec<usize> = waiting
            .filter(|(_, waiting)| gave_up(waiting))
            .map(|(exchange, _)| *exchange)
            .collect();
        for exchange in &given_up {
            self.waiting.remove(exchange);
        }
        let given_up = given_up.into_iter();
        given_up
            .map(|exchange| Event::Dropped { exchange })
            .collect()
    }

    /// Gives a caller its answer, which may have gone.
    pub(super) fn give_back(&mut self, caller: usize, returned: Returned) {
        if let Some(place) = self.callers.remove(&caller) {
            let _ = place.send(returned);
        }
    }

    /// Sends a reply. If nobody waits any longer, the exchange is recorded as dropped.
    pub(super) fn send(&mut self, exchange: usize, reply: Outgoing) {
        let waiting = self.waiting.get_mut(&exchange);
        if let Some(place) = waiting.and_then(|waiting| waiting.place.take()) {
            let _ = place.send(reply);
        }
    }
}

/// Records a note; gives what it means to the engine.
pub(super) fn record(mut note: Note, replies: &mut Replies, recorder: &mut Recorder) -> Vec<Event> {
    let events = replies.take(&mut note);
    if let Note::Closed { at, .. } = &note {
        for event in &events {
            if let Event::Dropped { exchange } = event {
                recorder.dropped(*exchange, *at);
            }
        }
    }
    recorder.take(note);
    events
}
