//! A transcript with its calls routed and its answers matched to invocations: the input of all rules.

mod call;
mod index;
mod latest;

use crate::case::{Ack, Case, Close, Payload, Serve, Step};
use crate::law::Subject;
use crate::protocol::{Actor, Mode, Route};
use crate::transcript::{
    Connection, Delivery, Exchange, Offset, Signal, SignalRecord, Transcript, VisitRecord,
};
pub(super) use call::Call;
use index::Index;

/// How long a script must stand still before its end proves something, in microseconds: until then, the runtime may be slow.
const STANDSTILL_US: u64 = 2_000_000;

/// The same for a short case: a quarter of its limit, in microseconds for each of its milliseconds.
const STANDSTILL_US_PER_MS: u64 = 250;

/// What happened in a case.
pub(super) struct Timeline<'a> {
    pub(super) case: &'a Case,
    pub(super) transcript: &'a Transcript,
    /// The actor under test.
    pub(super) target: Actor,
    /// The calls of a runtime to the Runtime API, or all calls of an extension under test.
    pub(super) calls: Vec<Call<'a>>,
    /// Indexes, so that a call does not need a search through the whole timeline.
    index: Index<'a>,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(case: &'a Case, transcript: &'a Transcript) -> Self {
        // What comes after the script's end is the runtime's answer to our SIGTERM, or comes by chance.
        let target = case.target();
        let exchanges = transcript.exchanges.iter();
        let calls = exchanges
            .take_while(|exchange| exchange.at <= transcript.end.at)
            .enumerate()
            .map(|(index, exchange)| Call {
                index,
                exchange,
                route: exchange.route(transcript.mode),
                addressed: None,
            })
            .filter(|call| call.exchange.is_of(target) && is_judged(case.subject, &call.route));
        let mut calls: Vec<Call<'a>> = calls.collect();
        let came_whole = |invocation: usize| {
            let delivery = transcript.invocations.get(invocation);
            delivery.is_some_and(|delivery| is_whole(case, delivery))
        };
        let index = Index::new(transcript, &mut calls, came_whole);
        Self {
            case,
            transcript,
            target,
            calls,
            index,
        }
    }

    /// The call that is this exchange.
    pub(super) fn call(&self, exchange: usize) -> Option<&Call<'a>> {
        let position = self
            .calls
            .binary_search_by_key(&exchange, |call| call.index);
        self.calls.get(position.ok()?)
    }

    /// Whether no call came at all, to any of the APIs.
    pub(super) fn is_silent(&self) -> bool {
        self.calls_of(self.target).next().is_none()
    }

    /// All calls of an actor, with their indexes, whichever API they are for.
    pub(super) fn calls_of(
        &self,
        actor: Actor,
    ) -> impl DoubleEndedIterator<Item = (usize, &'a Exchange)> + use<'a> {
        let exchanges = self.transcript.exchanges.iter().enumerate();
        exchanges.filter(move |(_, exchange)| exchange.is_of(actor))
    }

    /// The connections of the runtime, with their indexes.
    pub(super) fn connections(&self) -> impl Iterator<Item = (usize, &'a Connection)> + use<'a> {
        let connections = self.transcript.connections.iter().enumerate();
        connections.filter(|(_, connection)| connection.is_of(Actor::Runtime))
    }

    /// The ends of the freezes, in order.
    pub(super) fn thaws(&self) -> impl Iterator<Item = &'a SignalRecord> + use<'a> {
        let signals = self.transcript.target().signals.iter();
        signals.filter(|signal| signal.signal == Signal::Cont)
    }

    /// When an invocation was last delivered before a time: an event may be delivered again.
    pub(super) fn delivered_last(&self, invocation: usize, before: Offset) -> Option<Offset> {
        self.index.delivered_last(invocation, before)
    }

    /// Whether the service closed the connection directly after the event, without announcing it: an answer that was written
    /// there is lost, and the runtime cannot know.
    pub(super) fn loses_answer(&self, invocation: usize) -> bool {
        let delivery = self.transcript.invocations.get(invocation);
        let shape = delivery
            .and_then(|delivery| serve_of(self.case, delivery))
            .map(|serve| &serve.shape);
        shape.is_some_and(|shape| shape.close != Close::Announced && shape.ends_connection())
    }

    /// Whether an answer without a reply may be sent once more: it was sent on a connection that had been used before, and
    /// no byte came back, as when an idle connection is closed at the moment of its next use. A runtime that closed the
    /// connection itself did not want to wait.
    pub(super) fn may_be_sent_again(&self, answer: &Call<'_>, again: &Call<'_>) -> bool {
        let connection = answer.exchange.connection;
        let reused = self
            .index
            .first_on(connection)
            .is_some_and(|first| first < answer.index);
        let reply = answer.exchange.reply.as_ref();
        let no_byte = reply.is_none_or(|reply| reply.wire.is_empty());
        let waited = answer.exchange.dropped.is_none();
        reused && no_byte && waited && again.exchange.connection != connection
    }

    /// The invocations in progress at a time. In modes with one at a time, this is the latest that was delivered completely,
    /// answered or not, until the next one comes; otherwise those that are not answered.
    pub(super) fn active(&self, at: Offset) -> Vec<usize> {
        match self.transcript.mode {
            Mode::OnDemand | Mode::SnapStart => self.index.current.before(at).into_iter().collect(),
            Mode::ManagedInstances { .. } => {
                let deliveries = self.transcript.invocations.iter().enumerate();
                let whole = deliveries.filter(|(_, delivery)| is_whole(self.case, delivery));
                let came = whole.map(|(invocation, _)| invocation);
                came.filter(|invocation| self.delivered_last(*invocation, at).is_some())
                    .filter(|invocation| self.is_open(*invocation, at))
                    .collect()
            }
        }
    }

    /// Whether an invocation is in progress at a time, and not answered.
    pub(super) fn is_at_work(&self, at: Offset) -> bool {
        let mut active = self.active(at).into_iter();
        active.any(|invocation| self.is_open(invocation, at))
    }

    /// The answers to an invocation, in order.
    pub(super) fn answers_to(
        &self,
        invocation: usize,
    ) -> impl DoubleEndedIterator<Item = &Call<'a>> {
        let answers = self.index.answers(invocation).iter();
        answers.filter_map(|position| self.calls.get(*position))
    }

    /// How many answers an invocation has.
    pub(super) fn count_answers(&self, invocation: usize) -> usize {
        self.index.answers(invocation).len()
    }

    /// The latest answer to an invocation before a time.
    pub(super) fn answer_before(&self, invocation: usize, at: Offset) -> Option<&Call<'a>> {
        let answers = self.index.answers(invocation);
        let later = answers.partition_point(|position| self.is_before(*position, at));
        let position = answers.get(later.checked_sub(1)?)?;
        self.calls.get(*position)
    }

    /// Whether an invocation is answered only after a time, or never.
    pub(super) fn is_open(&self, invocation: usize, at: Offset) -> bool {
        self.answers_to(invocation)
            .next()
            .is_none_or(|answer| answer.at() > at)
    }

    /// The first call that did not come before a time.
    pub(super) fn call_since(&self, at: Offset) -> Option<&Call<'a>> {
        let first = self.calls.partition_point(|call| call.at() < at);
        self.calls.get(first)
    }

    /// The first poll after a time.
    pub(super) fn poll_after(&self, at: Offset) -> Option<&Call<'a>> {
        self.first_after(&self.index.polls, at)
    }

    /// Whether a poll came before a time.
    pub(super) fn has_polled_before(&self, at: Offset) -> bool {
        let first = self.index.polls.first();
        first.is_some_and(|first| self.is_before(*first, at))
    }

    /// The first call after a time that is not a poll.
    pub(super) fn other_after(&self, at: Offset) -> Option<&Call<'a>> {
        self.first_after(&self.index.others, at)
    }

    /// The first answer to an invocation after a time.
    pub(super) fn answer_after(&self, invocation: usize, at: Offset) -> Option<&Call<'a>> {
        self.first_after(self.index.answers(invocation), at)
    }

    fn first_after(&self, positions: &[usize], at: Offset) -> Option<&Call<'a>> {
        let earlier = positions.partition_point(|position| !self.is_after(*position, at));
        self.calls.get(*positions.get(earlier)?)
    }

    fn is_before(&self, position: usize, at: Offset) -> bool {
        self.calls.get(position).is_some_and(|call| call.at() < at)
    }

    fn is_after(&self, position: usize, at: Offset) -> bool {
        self.calls.get(position).is_some_and(|call| call.at() > at)
    }

    /// Whether a call came after this time.
    pub(super) fn went_on_after(&self, at: Offset) -> bool {
        self.calls.last().is_some_and(|last| last.at() > at)
    }

    /// How long a call was held that the process gave up, in milliseconds; if it lived on, or called after a time.
    pub(super) fn given_up(&self, call: &Call<'_>, called_after: Offset) -> Option<u64> {
        let dropped = call.exchange.dropped?;
        let lives = self.went_on_after(called_after) || self.transcript.runtime().exit.is_none();
        // The end of the case ends the wait as well.
        let is_over = self.is_terminated(dropped) || dropped >= self.transcript.end.at;
        let gave_up = lives && !is_over && call.exchange.reply.is_none();
        gave_up.then(|| dropped.us().saturating_sub(call.at().us()) / 1000)
    }

    /// What a caller got, of the latest invocation or of the latest of this name.
    pub(super) fn visit(&self, name: Option<&str>) -> Option<&'a VisitRecord> {
        let mut visits = self.transcript.visits.iter().rev();
        visits.find(|visit| name.is_none_or(|name| visit.name.as_deref() == Some(name)))
    }

    /// Whether the service has refused a call.
    pub(super) fn has_refused(&self) -> bool {
        self.index.has_refused
    }

    /// Whether bytes came on a connection that are not a request.
    pub(super) fn has_garbage(&self) -> bool {
        self.index.has_garbage
    }

    /// Whether a call with a body came on a connection.
    pub(super) fn brought_body(&self, connection: usize) -> bool {
        self.index.brought_body(connection)
    }

    /// Whether the service had told the process to end, or had killed it, by a time.
    pub(super) fn is_terminated(&self, at: Offset) -> bool {
        self.index.terminated.is_some_and(|then| then <= at)
    }

    /// The first invocation of this name.
    pub(super) fn first_named(&self, name: &str) -> Option<usize> {
        self.index.named(name).map(|(first, _)| first)
    }

    /// The last invocation of this name.
    pub(super) fn last_named(&self, name: &str) -> Option<usize> {
        self.index.named(name).map(|(_, last)| last)
    }

    /// Whether an invocation has this request id.
    pub(super) fn knows_id(&self, id: &str) -> bool {
        self.index.knows_id(id)
    }

    /// Whether an invocation was sent with this invocation id.
    pub(super) fn knows_invocation_id(&self, id: &str) -> bool {
        self.index.knows_invocation_id(id)
    }

    /// The request ids that need percent-encoding, up to where a client may cut them.
    pub(super) fn raw_ids(&self) -> &[String] {
        self.index.raw_ids()
    }

    /// Whether an earlier process of the environment was given this request id.
    pub(super) fn was_given_earlier(&self, id: &str) -> bool {
        self.index.was_given_earlier(id)
    }

    /// How many connections had been used by a time, and how many calls had come on them; those of other APIs do not count.
    pub(super) fn used_until(&self, at: Offset) -> (usize, usize) {
        self.index.used_until(at)
    }

    /// The lines of output that were kept whole.
    pub(super) fn lines(&self) -> &[String] {
        self.index.lines()
    }

    /// Whether the case's time ran out while the runtime still made progress: it is slow, and loses nothing.
    pub(super) fn is_under_way(&self, step: &Step) -> bool {
        let limited = step.facts().within_ms.is_some();
        let mut met = self.transcript.steps.iter().filter_map(|state| state.met);
        let end = self.transcript.end.at;
        let idle_us = met.next_back().map(|met| end.us().saturating_sub(met.us()));
        let share = self.case.deadline_ms.saturating_mul(STANDSTILL_US_PER_MS);
        let standstill = STANDSTILL_US.min(share);
        !limited && idle_us.is_some_and(|idle| idle < standstill)
    }

    /// How the case answers this report, if the case says so.
    pub(super) fn ack_of(&self, answer: &Call<'_>) -> Option<&'a Ack> {
        let step = self.index.step_met_by(self.case, answer.index)?;
        self.case.steps.get(step)?.facts().ack
    }

    /// Whether the service answers in HTTP/1.0 somewhere in the case.
    pub(super) fn has_spoken_1_0(&self) -> bool {
        self.index.has_spoken_1_0(self.case)
    }

    /// Whether the case makes the setup of the function fail.
    pub(super) fn setup_fails(&self) -> bool {
        let word = self.case.env.get("RICSPEC_INIT").and_then(Option::as_deref);
        self.case.handler.is_some()
            || word.is_some_and(|word| word.starts_with("fail") || word.starts_with("exit"))
    }

    /// Whether the case itself says what is broken when no call comes: it is about the address, about a difficult start, or
    /// about an environment that is restored.
    pub(super) fn says_why_silent(&self, cites: Option<&str>) -> bool {
        let hard = !self.case.earlier.is_empty() || self.case.read_only.is_some();
        let of_start = |cites: &str| cites.starts_with("BOOT-") || cites.starts_with("SNAP-");
        cites.is_some_and(|cites| hard || of_start(cites))
    }

    /// Whether the case gave the runtime a reason to end: a signal, a refusal, a distorted or refused answer, a handler that
    /// ends the process, or the end of the environment, as after the crash of an extension.
    pub(super) fn is_provoked(&self) -> bool {
        let provokes = |step: &Step| step.facts().provokes_exit;
        let was_ended = self.index.terminated.is_some();
        self.setup_fails() || was_ended || self.case.steps.iter().any(provokes)
    }
}

/// Whether a call of the process under test is judged: those of an extension inside a runtime are not, but in one place.
fn is_judged(subject: Subject, route: &Route) -> bool {
    match subject {
        Subject::Runtime | Subject::Image => route.is_of_runtime(),
        Subject::Extension => true,
    }
}

/// The step that delivered an invocation.
fn serve_of<'a>(case: &'a Case, delivery: &Delivery) -> Option<&'a Serve> {
    let Step::Serve(serve) = case.steps.get(delivery.step?)? else {
        return None;
    };
    Some(serve)
}

/// Whether the event was sent completely: the runtime may not see a cut one as an invocation.
fn is_whole(case: &Case, delivery: &Delivery) -> bool {
    serve_of(case, delivery).is_none_or(|serve| serve.shape.cut.is_none() && brings_event(serve))
}

/// Whether the event is sent at all: if raw bytes replace the reply, they must contain it.
fn brings_event(serve: &Serve) -> bool {
    let bytes = |payload: &Payload| payload.bytes().unwrap_or_default();
    serve.shape.raw.as_ref().is_none_or(|raw| {
        let (raw, event) = (bytes(raw), bytes(&serve.event));
        !event.is_empty() && raw.windows(event.len()).any(|part| part == event)
    })
}
