//! Builds the transcript from what passes and what is done: only this owns it.

mod kept;
mod long;
mod push;
mod whose;

use std::sync::Arc;

use crate::case::{Case, CaseActor};
use crate::http1::Event;
use crate::protocol::Actor;
use crate::runtime::{Ending, Launch, Stopped};
use crate::service::{Clock, Note, Served};
use crate::transcript::{
    ActorKind, ActorRecord, Actors, Body, Chunk, Delivery, Direction, End, EndReason, Exchange,
    Exit, Header, Headers, MeasureRecord, Models, Offset, Reply, Request, Side, Signal,
    SignalRecord, StepRecord, Strain, TRANSCRIPT_SCHEMA, Transcript, Usage, Written, on_the_wire,
};
use kept::Kept;

/// How many calls of strangers are noted: the first ones show enough.
const STRANGERS_MAX: usize = 64;

/// The transcript of a case in play.
pub(super) struct Recorder {
    transcript: Transcript,
    /// What was much like what comes: heads, replies, headers of events.
    heads: Models,
    replies: Models,
    headers: Models,
    event: Arc<Body>,
    kept: Kept,
    /// How many connections of the runtime are open.
    open: u64,
    ended: bool,
}

impl Recorder {
    pub(super) fn new(case: &Case, launch: &Launch, api: &str, clock: Clock) -> Self {
        let transcript = Transcript {
            schema: TRANSCRIPT_SCHEMA,
            case: case.id.clone(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            began_unix_ms: clock.began_unix_ms,
            time_scale: 1.0,
            earlier: Vec::new(),
            from: None,
            blackbox: case.blackbox,
            mode: case.mode,
            api: api.to_owned(),
            actors: Actors::alone(ActorRecord {
                name: "runtime".to_owned(),
                kind: ActorKind::Runtime,
                ..record_of(launch)
            }),
            connections: Vec::new(),
            exchanges: Vec::new(),
            invocations: Vec::new(),
            steps: vec![StepRecord::default(); case.steps.len()],
            caught: Vec::new(),
            strangers: Vec::new(),
            visits: Vec::new(),
            end: End {
                at: Offset::default(),
                reason: EndReason::Cancelled,
                unix_ms: None,
            },
            strain: None,
            held_up: None,
            excess: None,
        };
        Self {
            transcript,
            heads: Models::default(),
            replies: Models::default(),
            headers: Models::default(),
            event: Arc::default(),
            kept: Kept::default(),
            open: 0,
            ended: false,
        }
    }

    /// There is an extension beside the runtime. Those of a case come in their order.
    pub(super) fn beside(&mut self, actor: &CaseActor, launch: &Launch) {
        self.transcript.actors.push(ActorRecord {
            name: actor.name.clone(),
            kind: ActorKind::Extension,
            target: actor.target,
            ..record_of(launch)
        });
    }

    /// What has happened so far.
    pub(super) fn record(&self) -> &Transcript {
        &self.transcript
    }

    /// So many more steps than the case has by itself.
    pub(super) fn expect(&mut self, steps: usize) {
        let records = &mut self.transcript.steps;
        records.resize_with(records.len() + steps, StepRecord::default);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Records a note.
    pub(super) fn take(&mut self, note: Note) {
        match note {
            Note::Opened {
                connection,
                at,
                peer,
                actor,
            } => {
                if let Some(entry) = self.kept.open(&mut self.transcript, connection) {
                    (entry.opened, entry.peer) = (at, peer.map(|peer| peer.to_string()));
                    entry.actor = actor.map(Actor::place);
                    self.open += u64::from(entry.is_of(Actor::Runtime));
                }
            }
            Note::Read {
                connection,
                exchange,
                at,
                event,
                reply: _,
                data: _,
            } => self.read(connection, exchange, at, event),
            Note::Replying {
                exchange,
                at,
                wire,
                distortion,
                status,
            } => {
                let wire = self.replies.keep(&wire);
                let entry = self.kept.exchange(exchange);
                let entry = entry.and_then(|at| self.transcript.exchanges.get_mut(at));
                if let Some(entry) = entry {
                    let delivered = entry
                        .delivered
                        .and_then(|place| usize::try_from(place).ok());
                    let invocations = &mut self.transcript.invocations;
                    if let Some(delivery) = delivered.and_then(|place| invocations.get_mut(place)) {
                        delivery.headers.share(&wire);
                    }
                    entry.reply = Some(Reply {
                        at,
                        status,
                        wire,
                        distortion: distortion.map(Into::into),
                    });
                }
            }
            Note::Pushing(pushing) => self.pushing(pushing),
            Note::Pushed(pushed) => self.pushed(&pushed),
            Note::Replied { .. } | Note::Invoked { .. } => {}
            Note::Visited(visit) => self.transcript.visits.push(visit),
            Note::Caught(caught) => self.transcript.caught.push(caught),
            Note::Stranger(stranger) => {
                let strangers = &mut self.transcript.strangers;
                if strangers.len() < STRANGERS_MAX {
                    strangers.push(stranger);
                }
            }
            Note::Excess { what, .. } => {
                self.transcript.excess.get_or_insert(what);
            }
            Note::Closed { connection, at, by } => self.closed(connection, at, by),
        }
    }

    fn read(&mut self, connection: usize, exchange: usize, at: Offset, event: Event) {
        match event {
            Event::Head(head) => {
                self.recognise(connection, &head);
                let request = Request::received(head, &mut self.heads);
                let begun = self.begun(connection, at, request);
                self.kept.push(&mut self.transcript, exchange, begun);
            }
            Event::Data { chunks, .. } => {
                if let Some(entry) = self.kept.entry(&mut self.transcript, exchange)
                    && !chunks.is_empty()
                {
                    let rare = entry.rare.get_or_insert_default();
                    let known = rare.chunks.get_or_insert_default();
                    let chunks = chunks.into_iter();
                    known.first.extend(chunks.map(|bytes| Chunk { at, bytes }));
                }
            }
            Event::Lost(_) => {}
            Event::End {
                body,
                chunks,
                trailers,
                broken,
            } => {
                if let Some(entry) = self.kept.entry(&mut self.transcript, exchange) {
                    entry.complete = broken.is_none().then_some(at);
                    entry.body = body;
                    if chunks.is_some() || broken.is_some() {
                        let rare = entry.rare.get_or_insert_default();
                        (rare.trailers, rare.broken) = (trailers, broken);
                        if let Some(count) = chunks {
                            let known = rare.chunks.get_or_insert_default();
                            known.more = count.saturating_sub(known.first.len() as u64);
                        }
                    }
                }
            }
            Event::Garbage(body) => {
                if let Some(entry) = self.connection(connection) {
                    entry.garbage = Some(body);
                }
            }
        }
    }

    fn begun(&self, connection: usize, at: Offset, request: Request) -> Exchange {
        let connection = self.kept.connection(connection).unwrap_or(connection);
        let caller = self.transcript.connections.get(connection);
        Exchange {
            actor: caller.and_then(|known| known.actor),
            direction: Direction::Inbound,
            connection,
            at,
            complete: None,
            request,
            body: Body::default(),
            rare: None,
            reply: None,
            dropped: None,
            delivered: None,
        }
    }

    fn closed(&mut self, connection: usize, at: Offset, by: Side) {
        if let Some(entry) = self.connection(connection) {
            (entry.closed, entry.closed_by) = (Some(at), Some(by));
            let was_open = u64::from(entry.is_of(Actor::Runtime));
            self.open = self.open.saturating_sub(was_open);
        }
    }

    /// Nobody waits for the reply to this exchange any longer.
    pub(super) fn dropped(&mut self, exchange: usize, at: Offset) {
        if let Some(entry) = self.kept.entry(&mut self.transcript, exchange) {
            entry.dropped = Some(at);
        }
    }

    /// An event is delivered, for the first time or again.
    pub(super) fn delivered(&mut self, exchange: usize, served: &Served) {
        let Some(place) = self.kept.invocation(served.invocation) else {
            return;
        };
        let invocations = &mut self.transcript.invocations;
        if place >= invocations.len() {
            let event = Body::from(&*served.reply.body);
            if event != *self.event {
                self.event = event.into();
            }
            let headers = served.reply.headers.iter().map(|(name, value)| Header {
                name: name.clone(),
                value: on_the_wire(value),
            });
            invocations.push(Delivery {
                name: served.name.clone(),
                step: Some(served.step),
                request_id: served.request_id.clone(),
                headers: Headers::new(headers, &mut self.headers),
                event: Arc::clone(&self.event),
                polls: Vec::with_capacity(1),
            });
        }
        if let Some(delivery) = invocations.get_mut(place) {
            delivery.polls.extend(self.kept.exchange(exchange));
        }
        if let Some(entry) = self.kept.entry(&mut self.transcript, exchange) {
            entry.delivered = u32::try_from(place).ok();
        }
    }

    /// A process is about to be started.
    pub(super) fn started(&mut self, actor: Actor, at: Offset) {
        if let Some(record) = self.actor(actor) {
            record.started = at;
        }
    }

    fn actor(&mut self, actor: Actor) -> Option<&mut ActorRecord> {
        self.transcript.actors.get_mut(actor.place())
    }

    pub(super) fn signal(&mut self, actor: Actor, signal: Signal, written: Written, at: Offset) {
        if let Some(record) = self.actor(actor) {
            record.signals.push(SignalRecord {
                at,
                signal,
                written,
            });
        }
    }

    pub(super) fn measure(&mut self, actor: Actor, usage: Option<Usage>, at: Offset) {
        let connections = self.open;
        if let Some(record) = self.actor(actor) {
            record.measures.push(MeasureRecord {
                at,
                usage,
                connections,
            });
        }
    }

    pub(super) fn began(&mut self, step: usize, at: Offset) {
        if let Some(record) = self.transcript.steps.get_mut(step) {
            record.began = Some(at);
        }
    }

    pub(super) fn met(&mut self, step: usize, exchange: Option<usize>, at: Offset) {
        if let Some(record) = self.transcript.steps.get_mut(step) {
            (record.met, record.exchange) = (Some(at), exchange);
        }
    }

    pub(super) fn strain(&mut self, strain: Option<Strain>) {
        self.transcript.strain = strain;
    }

    /// An extension of ours kept the case from going on.
    pub(super) fn held_up(&mut self, by: Option<String>) {
        self.transcript.held_up = by;
    }

    pub(super) fn end(&mut self, reason: EndReason, at: Offset) {
        self.ended = true;
        let unix_ms = Some(Clock::unix_ms());
        self.transcript.end = End {
            at,
            reason,
            unix_ms,
        };
    }

    /// An actor ended by itself.
    pub(super) fn exit(&mut self, actor: Actor, ending: Ending, at: Offset) {
        if let Some(record) = self.actor(actor) {
            record.exit = Some(exit(ending, at));
        }
    }

    /// An actor was stopped, if it had not ended by itself.
    pub(super) fn stopped(&mut self, actor: Actor, stopped: Stopped, at: Offset) {
        if let Some(record) = self.actor(actor) {
            record.stopped = match record.exit {
                Some(_) => None,
                None => Some(exit(stopped.ending, at)),
            };
            record.leaked = stopped.leaked;
            record.stdout = stopped.stdout;
            record.stderr = stopped.stderr;
        }
    }

    /// The whole transcript.
    pub(super) fn finish(self) -> Transcript {
        self.transcript
    }
}

/// How an actor is started.
fn record_of(launch: &Launch) -> ActorRecord {
    ActorRecord {
        command: launch.words(),
        env: launch.env.iter().cloned().collect(),
        ..ActorRecord::default()
    }
}

fn exit(ending: Ending, at: Offset) -> Exit {
    Exit {
        at,
        code: ending.code,
        signal: ending.signal,
        out_of_memory: ending.out_of_memory,
    }
}
