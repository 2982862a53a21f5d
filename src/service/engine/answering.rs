//! Answers that are still coming: what else the service takes meanwhile, and answers that it ends itself.

use super::came::{Blocked, Came};
use super::command::{Command, Timer};
use super::environment::Environment;
use super::event::Arrival;
use crate::protocol::{Answer, AnswerKind, Call, Endpoint, ErrorBody, Returned, header};
use crate::service::Outgoing;

/// The end of an answer and a poll on another connection may be read in the wrong order if they are this close, in
/// milliseconds.
const CROSSING_MS: u64 = 100;

impl Environment {
    /// Whether an answer that began before this exchange is still coming: to this invocation, or to any. The service takes
    /// one call at a time; on Managed Instances it takes all.
    fn is_answering(&self, before: usize, request_id: Option<&str>) -> bool {
        let mut arriving = self.arriving.range(..before);
        !self.mode.is_concurrent()
            && arriving.any(|(_, (arrival, _))| {
                let answered = arrival
                    .route
                    .endpoint()
                    .and_then(|endpoint| endpoint.answers());
                answered.is_some_and(|id| {
                    request_id.is_none_or(|asked| asked == id) && self.lifecycle.is_open(id)
                })
            })
    }

    /// Whether a complete request has to wait for the end of an answer: a second answer to the same invocation, or a poll.
    fn has_to_wait(&self, arrival: &Arrival) -> bool {
        match arrival.route.endpoint() {
            Some(Endpoint::Next) => self.is_answering(arrival.exchange, None),
            Some(endpoint) => endpoint
                .answers()
                .is_some_and(|id| self.is_answering(arrival.exchange, Some(id))),
            None => false,
        }
    }

    /// Refuses a poll that has come during an answer, unless the answer has ended since.
    pub(super) fn refuse_poll(&mut self, exchange: usize) {
        let of_poll = |blocked: &Blocked| blocked.arrival.exchange == exchange;
        if let Some(place) = self.blocked.iter().position(of_poll) {
            self.blocked.remove(place);
            let error = ErrorBody::out_of_turn("InvocationResponse", "Ready");
            let reply = Outgoing::error(403, &error);
            self.due.push(Command::Reply { exchange, reply });
        }
    }

    /// A request has come to its end: it means something now, or has to wait.
    pub(super) fn complete(
        &mut self,
        (arrival, bytes): (Arrival, u64),
        body: Vec<u8>,
    ) -> Option<(usize, Came)> {
        let exchange = arrival.exchange;
        if self.has_to_wait(&arrival) {
            if arrival.route.endpoint() == Some(&Endpoint::Next) {
                self.due.push(Command::Arm {
                    timer: Timer::Reply { exchange },
                    after_ms: CROSSING_MS,
                });
            }
            self.blocked.push(Blocked {
                arrival,
                body,
                bytes,
            });
            return None;
        }
        let came = self.call(arrival, body, bytes);
        while let Some((exchange, came)) = self.unblock() {
            let reply = match came {
                Came::Nowhere(reply) => reply,
                Came::Report(report) => report.reply,
                Came::Held | Came::Again(_) | Came::Other(_) => continue,
            };
            self.due.push(Command::Reply { exchange, reply });
        }
        Some((exchange, came))
    }

    /// An exchange has broken off. A report that waited for its end means something now.
    pub(super) fn break_off(&mut self, exchange: usize) -> Option<(usize, Came)> {
        self.arriving.remove(&exchange)?;
        self.blocked
            .retain(|blocked| blocked.arrival.exchange != exchange);
        self.unblock()
    }

    /// The next report that waits for nothing any more.
    fn unblock(&mut self) -> Option<(usize, Came)> {
        let blocked = self.blocked.iter();
        let place = blocked
            .map(|blocked| &blocked.arrival)
            .position(|arrival| !self.has_to_wait(arrival))?;
        let Blocked {
            arrival,
            body,
            bytes,
        } = self.blocked.remove(place);
        Some((arrival.exchange, self.call(arrival, body, bytes)))
    }

    /// The invocation that an incomplete exchange answers, and how much of the body has come.
    pub(super) fn arriving_answer(&self, exchange: usize) -> Option<(Option<usize>, u64)> {
        let (arrival, bytes) = self.arriving.get(&exchange)?;
        let answered = arrival.route.endpoint()?.answers()?;
        Some((self.invocation_of(answered), *bytes))
    }

    /// Who reads the answer that an incomplete exchange brings as it comes: of the first answer, if it is a result in a mode
    /// that the service knows.
    pub(super) fn reader_of(&self, exchange: usize) -> Option<usize> {
        let (arrival, _) = self.arriving.get(&exchange)?;
        let Endpoint::Response(id) = arrival.route.endpoint()? else {
            return None;
        };
        let caller = self.meant(id)?.caller?;
        let is_known = |mode: &str| mode.is_empty() || mode == "streaming";
        let mode = arrival.head.header(header::RESPONSE_MODE);
        let is_first = self.lifecycle.is_open(id) && !self.is_answering(exchange, Some(id));
        let reads = is_first && mode.is_none_or(is_known) && self.streams(id, &arrival.head);
        reads.then_some(caller)
    }

    /// An incomplete exchange has broken off. If somebody read it as it came, that was the answer: the reader is told.
    pub(super) fn cut_off(&mut self, exchange: usize) {
        let Some(reader) = self.reader_of(exchange) else {
            return;
        };
        let mut open = self.in_flight.iter_mut();
        let Some(served) = open.find(|served| served.caller == Some(reader)) else {
            return;
        };
        served.caller = None;
        let returned = Returned::truncated(&served.request_id);
        self.returned.push((reader, returned));
        self.lifecycle.take(Call::Answer(Answer {
            kind: AnswerKind::Response,
            request_id: &served.request_id,
            headers: &[],
            is_too_large: false,
        }));
    }

    /// Takes an incomplete answer as if it were complete.
    pub(super) fn end_early(&mut self, exchange: usize) -> Option<(usize, Came)> {
        let (arrival, bytes) = self.arriving.remove(&exchange)?;
        Some((exchange, self.call(arrival, Vec::new(), bytes)))
    }
}
