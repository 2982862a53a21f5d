//! A transcript with its calls routed and its answers matched to invocations: what all rules look at.

use std::collections::BTreeMap;

use crate::case::{Ack, Case, Close, Framing, Payload, Serve, Shape, Step};
use crate::protocol::{Endpoint, Route};
use crate::transcript::{Delivery, Exchange, Offset, SignalRecord, Transcript};

/// For how long a script must stand still before its end says anything, in microseconds: less is a runtime at work.
const STANDSTILL_US: u64 = 2_000_000;

/// The same for a case of little time: a quarter of what it may take, in microseconds for each of its milliseconds.
const STANDSTILL_US_PER_MS: u64 = 250;

/// A request to the Runtime API, and where it leads. Calls of other APIs of the environment, which an extension inside the
/// runtime makes, are not among them.
pub(super) struct Call<'a> {
    /// The exchange.
    pub(super) index: usize,
    pub(super) exchange: &'a Exchange,
    pub(super) route: Route,
}

/// What happened in a case.
pub(super) struct Record<'a> {
    pub(super) case: &'a Case,
    pub(super) transcript: &'a Transcript,
    pub(super) calls: Vec<Call<'a>>,
    /// Positions of the calls that answer each invocation, in order.
    answers: Vec<Vec<usize>>,
    /// The invocation that each exchange answers.
    addressed: BTreeMap<usize, usize>,
}

impl Call<'_> {
    pub(super) fn at(&self) -> Offset {
        self.exchange.at
    }

    pub(super) fn endpoint(&self) -> Option<&Endpoint> {
        match &self.route {
            Route::Known(endpoint) => Some(endpoint),
            Route::WrongMethod { .. } | Route::Other(_) | Route::NotFound => None,
        }
    }

    pub(super) fn is_next(&self) -> bool {
        self.endpoint() == Some(&Endpoint::Next)
    }

    pub(super) fn is_init_error(&self) -> bool {
        self.endpoint() == Some(&Endpoint::InitError)
    }

    /// The id that this call answers, if it is an answer.
    pub(super) fn answers(&self) -> Option<&str> {
        self.endpoint().and_then(Endpoint::answers)
    }

    /// The status of the reply, 0 before there is one.
    pub(super) fn status(&self) -> u16 {
        self.exchange.reply.as_ref().map_or(0, |reply| reply.status)
    }

    /// `/response`, `/error`.
    pub(super) fn is_error(&self) -> bool {
        matches!(self.endpoint(), Some(Endpoint::Error(_)))
    }
}

impl<'a> Record<'a> {
    pub(super) fn new(case: &'a Case, transcript: &'a Transcript) -> Self {
        // What comes after the script's end is the runtime's answer to our SIGTERM, or comes by chance.
        let exchanges = transcript.exchanges.iter();
        let calls = exchanges
            .take_while(|exchange| exchange.at <= transcript.end.at)
            .enumerate()
            .map(|(index, exchange)| Call {
                index,
                exchange,
                route: Route::of(&exchange.method, &exchange.target),
            })
            .filter(|call| !matches!(call.route, Route::Other(_)));
        let mut record = Self {
            case,
            transcript,
            calls: calls.collect(),
            answers: vec![Vec::new(); transcript.invocations.len()],
            addressed: BTreeMap::new(),
        };
        record.match_answers();
        record
    }

    /// Finds the invocation of every answer: the latest one of its id that was delivered before it.
    fn match_answers(&mut self) {
        let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (invocation, delivery) in self.transcript.invocations.iter().enumerate() {
            let same = by_id.entry(&delivery.request_id).or_default();
            same.push(invocation);
        }
        for (position, call) in self.calls.iter().enumerate() {
            let before = |invocation: &&usize| {
                self.delivered_at(**invocation)
                    .is_some_and(|then| then <= call.at())
            };
            let same = call.answers().and_then(|id| by_id.get(id));
            let found = same.and_then(|same| same.iter().rfind(before)).copied();
            let Some(found) = found else { continue };
            self.addressed.insert(call.index, found);
            if let Some(answers) = self.answers.get_mut(found) {
                answers.push(position);
            }
        }
    }

    /// The call that is this exchange.
    pub(super) fn call(&self, exchange: usize) -> Option<&Call<'a>> {
        let position = self
            .calls
            .binary_search_by_key(&exchange, |call| call.index);
        self.calls.get(position.ok()?)
    }

    /// Whether nothing came at all, to none of the APIs.
    pub(super) fn is_silent(&self) -> bool {
        self.transcript.exchanges.is_empty()
    }

    /// The ends of the freezes, in order.
    pub(super) fn thaws(&self) -> impl Iterator<Item = &'a SignalRecord> + use<'a> {
        let signals = self.transcript.signals.iter();
        signals.filter(|record| record.signal == "CONT")
    }

    /// When an invocation was first delivered.
    pub(super) fn delivered_at(&self, invocation: usize) -> Option<Offset> {
        let poll = self.transcript.invocations.get(invocation)?.polls.first()?;
        let reply = self.transcript.exchanges.get(*poll)?.reply.as_ref()?;
        Some(reply.at)
    }

    /// When an invocation was delivered for the last time before a time: an event may be handed out again.
    pub(super) fn delivered_last(&self, invocation: usize, before: Offset) -> Option<Offset> {
        let polls = &self.transcript.invocations.get(invocation)?.polls;
        let delivered = polls
            .iter()
            .filter_map(|poll| Some(self.transcript.exchanges.get(*poll)?.reply.as_ref()?.at));
        delivered.filter(|at| *at <= before).max()
    }

    /// Whether the event went out whole: what is cut off on purpose may never be seen as an invocation.
    pub(super) fn is_whole(&self, invocation: usize) -> bool {
        self.transcript
            .invocations
            .get(invocation)
            .and_then(|delivery| self.serve_of(delivery))
            .is_none_or(|serve| serve.shape.cut.is_none() && brings_event(serve))
    }

    fn serve_of(&self, delivery: &Delivery) -> Option<&Serve> {
        match self.case.steps.get(delivery.step) {
            Some(Step::Serve(serve)) => Some(serve),
            _ => None,
        }
    }

    /// Whether the service ended the connection right behind the event, without a word: an answer that was written there is
    /// lost on its way, and the runtime cannot know.
    pub(super) fn loses_answer(&self, invocation: usize) -> bool {
        let delivery = self.transcript.invocations.get(invocation);
        let shape = delivery
            .and_then(|delivery| self.serve_of(delivery))
            .map(|serve| &serve.shape);
        shape.is_some_and(|shape| shape.close != Close::Announced && ends_connection(shape))
    }

    /// Whether an answer that got no reply may be sent once more: it went out on a connection that had served before, and
    /// no byte came back, as when an idle connection is closed in the moment in which it is used again. A runtime that has
    /// closed it itself did not want to wait.
    pub(super) fn may_be_sent_again(&self, answer: &Call<'_>, again: &Call<'_>) -> bool {
        let connection = answer.exchange.connection;
        let mut calls = self.calls.iter();
        let reused =
            calls.any(|call| call.index < answer.index && call.exchange.connection == connection);
        let reply = answer.exchange.reply.as_ref();
        let no_byte = reply.is_none_or(|reply| reply.wire.bytes == 0);
        let waited = answer.exchange.dropped.is_none();
        reused && no_byte && waited && again.exchange.connection != connection
    }

    /// The latest invocation that was delivered whole before a time.
    pub(super) fn current(&self, at: Offset) -> Option<usize> {
        (0..self.transcript.invocations.len())
            .filter(|invocation| self.is_whole(*invocation))
            .rfind(|invocation| {
                self.delivered_at(*invocation)
                    .is_some_and(|then| then <= at)
            })
    }

    /// The invocation that a call answers: the latest one of its id that was delivered before it.
    pub(super) fn addressed(&self, call: &Call<'_>) -> Option<usize> {
        self.addressed.get(&call.index).copied()
    }

    /// The answers to an invocation, in order.
    pub(super) fn answers_to(
        &self,
        invocation: usize,
    ) -> impl DoubleEndedIterator<Item = &Call<'a>> {
        let answers = self.answers.get(invocation).into_iter().flatten();
        answers.filter_map(|position| self.calls.get(*position))
    }

    /// Whether the case ran out of time at a step while the runtime was getting on with it: it is slow, and loses nothing.
    pub(super) fn is_under_way(&self, step: &Step) -> bool {
        let limited = matches!(step, Step::Expect(expect) if expect.within_ms.is_some());
        let mut met = self.transcript.steps.iter().filter_map(|state| state.met);
        let end = self.transcript.end.at;
        let idle_us = met.next_back().map(|met| end.0.saturating_sub(met.0));
        let share = self.case.deadline_ms.saturating_mul(STANDSTILL_US_PER_MS);
        let standstill = STANDSTILL_US.min(share);
        !limited && idle_us.is_some_and(|idle| idle < standstill)
    }

    /// How the case has this answer acknowledged, where it says so.
    pub(super) fn ack_of(&self, answer: &Call<'_>) -> Option<&'a Ack> {
        let states = self.transcript.steps.iter();
        let met = states.zip(&self.case.steps).find(|(state, step)| {
            state.exchange == Some(answer.index) && matches!(step, Step::Expect(_))
        });
        match met {
            Some((_, Step::Expect(expect))) => expect.ack.as_ref(),
            _ => None,
        }
    }

    /// Whether the service answers in HTTP/1.0 somewhere in the case.
    pub(super) fn has_spoken_1_0(&self) -> bool {
        self.case.steps.iter().any(|step| match step {
            Step::Serve(serve) => serve.shape.http_1_0,
            Step::Refuse(refuse) => refuse.shape.http_1_0,
            Step::Expect(expect) => expect.ack.as_ref().is_some_and(|ack| ack.shape.http_1_0),
            Step::Quiet(_) | Step::Signal(_) | Step::Freeze(_) | Step::Measure(_) => false,
        })
    }

    /// Whether the case makes the setup of the function fail.
    pub(super) fn setup_fails(&self) -> bool {
        let word = self.case.env.get("RICSPEC_INIT").and_then(Option::as_deref);
        self.case.handler.is_some()
            || word.is_some_and(|word| word.starts_with("fail") || word.starts_with("exit"))
    }

    /// Whether the case says itself what it means that no call comes: it is about the address, or about a hard start.
    pub(super) fn says_why_silent(&self, cites: Option<&str>) -> bool {
        let hard = !self.case.earlier.is_empty() || self.case.read_only.is_some();
        cites.is_some_and(|cites| hard || cites.starts_with("BOOT-"))
    }

    /// Whether the case gave the runtime a reason to end before a time: a signal, a refusal, a bent or refused answer, a
    /// handler that ends the process.
    pub(super) fn is_provoked(&self) -> bool {
        let provokes = |step: &Step| match step {
            Step::Signal(_) | Step::Refuse(_) => true,
            Step::Serve(serve) => ends_connection(&serve.shape),
            Step::Expect(expect) => {
                expect.call.allows_exit()
                    || expect.ack.as_ref().is_some_and(|ack| {
                        ack.status.is_some_and(|status| status >= 300)
                            || ack.body.is_some()
                            || !ack.headers.is_empty()
                            || ends_connection(&ack.shape)
                            || ack.shape.framing != Framing::Length
                            || ack.shape.segment.is_some()
                    })
            }
            Step::Quiet(_) | Step::Freeze(_) | Step::Measure(_) => false,
        };
        self.setup_fails() || self.case.steps.iter().any(provokes)
    }
}

/// Whether the bytes that stand in place of the reply, if any do, have the event in them.
fn brings_event(serve: &Serve) -> bool {
    let bytes = |payload: &Payload| payload.bytes().unwrap_or_default();
    serve.shape.raw.as_ref().is_none_or(|raw| {
        let (raw, event) = (bytes(raw), bytes(&serve.event));
        !event.is_empty() && raw.windows(event.len()).any(|part| part == event)
    })
}

/// Whether a reply of this shape is the last one on its connection, be it whole or not.
fn ends_connection(shape: &Shape) -> bool {
    shape.cut.is_some() || shape.raw.is_some() || shape.http_1_0 || shape.close != Close::Never
}
