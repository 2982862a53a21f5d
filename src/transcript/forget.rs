//! A record that goes on for a long time forgets what no later call depends on.

use std::collections::BTreeSet;

use super::{ActorRecord, Actors, Delivery, Exchange, Transcript};
use crate::protocol::{Actor, Endpoint, Mode};

/// What is left after something was forgotten.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remainder {
    /// The exchanges that are left, by their indexes before.
    pub exchanges: Vec<usize>,
    /// The connections that are left, by their indexes before.
    pub connections: Vec<usize>,
    /// How many invocations, from the first on, are gone.
    pub invocations: usize,
}

impl Transcript {
    /// Forgets calls of the Runtime API that are over, except the last ones, with the invocations before them and the
    /// connections that are closed. Indexes change.
    pub fn forget_all_but(&mut self, last: usize) -> Remainder {
        let cut = self.exchanges.len().saturating_sub(last);
        let old = self.exchanges.iter().enumerate();
        let left = old.filter(|(at, exchange)| *at >= cut || !is_over(exchange, self.mode));
        let exchanges: Vec<usize> = left.map(|(at, _)| at).collect();
        let first = exchanges
            .iter()
            .filter_map(|at| self.exchanges.get(*at)?.delivered)
            .filter_map(|place| usize::try_from(place).ok())
            .min();
        let invocations = first.unwrap_or(self.invocations.len());
        self.keep(&exchanges, invocations);
        Remainder {
            connections: self.forget_connections(),
            exchanges,
            invocations,
        }
    }

    /// Forgets closed connections without a call on record.
    fn forget_connections(&mut self) -> Vec<usize> {
        let of_calls = self.exchanges.iter().map(|exchange| exchange.connection);
        let used: BTreeSet<usize> = of_calls.collect();
        let all = self.connections.iter().enumerate();
        let left = all.filter(|(at, known)| known.closed.is_none() || used.contains(at));
        let left: Vec<usize> = left.map(|(at, _)| at).collect();
        let mut at = 0;
        self.connections.retain(|_| {
            at += 1;
            left.binary_search(&(at - 1)).is_ok()
        });
        for exchange in &mut self.exchanges {
            let place = left.binary_search(&exchange.connection);
            // One whose connection is not on record, such as a batch of telemetry, is left alone.
            exchange.connection = place.unwrap_or(exchange.connection);
        }
        left
    }

    /// What passed during an invocation, without the processes and their connections.
    pub fn of_invocation(&self, invocation: usize) -> Self {
        let delivery = self.invocations.get(invocation);
        let polls = delivery.map_or(&[][..], |delivery| &delivery.polls);
        let first = polls.first().copied().unwrap_or(self.exchanges.len());
        let next = self.invocations.get(invocation + 1);
        let next = next.and_then(|next| next.polls.first().copied());
        let during = self.exchanges.iter().enumerate();
        let during = during.take(next.unwrap_or(usize::MAX)).skip(first);
        let is_poll_of_the_next = |exchange: &Exchange| {
            exchange.reply.is_none()
                && *exchange
                    .route(self.mode)
                    .endpoint()
                    .unwrap_or(&Endpoint::Ping)
                    == Endpoint::Next
        };
        let during: Vec<usize> = during
            .filter(|(at, exchange)| polls.contains(at) || !is_poll_of_the_next(exchange))
            .map(|(at, _)| at)
            .collect();
        let exchanges = during.iter().filter_map(|at| self.exchanges.get(*at));
        let exchanges = exchanges.map(|exchange| Exchange {
            delivered: exchange.delivered.and(Some(0)),
            ..exchange.clone()
        });
        let polls = polls
            .iter()
            .filter_map(|poll| during.binary_search(poll).ok());
        let polls: Vec<usize> = polls.collect();
        Self {
            from: None,
            case: self.case.clone(),
            tool: self.tool.clone(),
            api: self.api.clone(),
            earlier: Vec::new(),
            actors: Actors::alone(ActorRecord::default()),
            connections: Vec::new(),
            exchanges: exchanges.collect(),
            invocations: delivery
                .map(|delivery| Delivery {
                    polls,
                    ..delivery.clone()
                })
                .into_iter()
                .collect(),
            steps: Vec::new(),
            caught: Vec::new(),
            strangers: Vec::new(),
            visits: Vec::new(),
            strain: None,
            held_up: None,
            excess: None,
            ..*self
        }
    }

    fn keep(&mut self, exchanges: &[usize], invocations: usize) {
        let mut at = 0;
        self.exchanges.retain(|_| {
            at += 1;
            exchanges.binary_search(&(at - 1)).is_ok()
        });
        self.invocations.drain(..invocations);
        for delivery in &mut self.invocations {
            let polls = delivery.polls.iter();
            let polls = polls.filter_map(|poll| exchanges.binary_search(poll).ok());
            delivery.polls = polls.collect();
        }
        let gone = u32::try_from(invocations).unwrap_or(u32::MAX);
        for exchange in &mut self.exchanges {
            exchange.delivered = exchange.delivered.and_then(|place| place.checked_sub(gone));
        }
    }
}

/// Whether a call is over: the runtime has its reply, or no longer waits for one. A call of another API, such
/// as a registration, is about the whole life of a process.
fn is_over(exchange: &Exchange, mode: Mode) -> bool {
    let is_answered = exchange.reply.is_some() || exchange.dropped.is_some();
    is_answered && exchange.is_of(Actor::Runtime) && exchange.route(mode).is_of_runtime()
}

#[cfg(test)]
mod tests {
    use crate::transcript::read;

    /// A case with one invocation after the other.
    static RECORD: &str = include_str!("../../tests/golden/transcripts/next/five_in_a_row.json");

    #[test]
    fn what_is_left_is_told_of_as_before() {
        let whole = read(RECORD).expect("a record");
        let mut left = whole.clone();
        let remainder = left.forget_all_but(4);
        assert_eq!(left.exchanges.len(), 4);
        assert_eq!(remainder.exchanges.len(), 4);
        assert_eq!(
            left.invocations.len() + remainder.invocations,
            whole.invocations.len()
        );
        for (exchange, old) in left.exchanges.iter().zip(&remainder.exchanges) {
            let before = &whole.exchanges[*old];
            assert_eq!(exchange.at, before.at);
            let gone = u32::try_from(remainder.invocations).expect("few");
            let delivered = before.delivered.map(|place| place - gone);
            assert_eq!(exchange.delivered, delivered);
        }
        for (at, delivery) in left.invocations.iter().enumerate() {
            for poll in &delivery.polls {
                let place = left.exchanges[*poll].delivered;
                assert_eq!(place, u32::try_from(at).ok());
            }
        }
    }

    #[test]
    fn a_connection_stays_as_long_as_a_call_of_it() {
        let mut record = read(RECORD).expect("a record");
        let mut open = record.connections[0].clone();
        open.closed = None;
        let mut closed = open.clone();
        closed.closed = Some(record.end.at);
        record.connections = vec![closed.clone(), open, closed];
        for exchange in &mut record.exchanges {
            exchange.connection = 2;
        }
        let remainder = record.forget_all_but(2);
        assert_eq!(remainder.connections, [1, 2]);
        assert!(
            record
                .exchanges
                .iter()
                .all(|exchange| exchange.connection == 1)
        );
    }

    #[test]
    fn an_invocation_has_its_poll_and_its_answer() {
        let record = read(RECORD).expect("a record");
        let second = record.of_invocation(1);
        assert_eq!(
            second.invocations[0].request_id,
            record.invocations[1].request_id
        );
        let poll = &second.exchanges[second.invocations[0].polls[0]];
        assert_eq!(poll.at, record.exchanges[record.invocations[1].polls[0]].at);
        let polls = |at: usize| record.invocations[at].polls[0];
        assert_eq!(
            second.exchanges.len(),
            polls(2) - polls(1),
            "the next one is another's"
        );
        assert!(record.of_invocation(99).exchanges.is_empty());
    }

    #[test]
    fn a_call_that_waits_stays_however_old_it_is() {
        let mut record = read(RECORD).expect("a record");
        record.exchanges[0].reply = None;
        let remainder = record.forget_all_but(2);
        assert_eq!(remainder.exchanges.first(), Some(&0));
    }
}
