//! A record that goes on for a long time forgets what no later call depends on.

use super::{Exchange, Transcript};
use crate::protocol::{Actor, Mode};

/// What is left after something was forgotten.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remainder {
    /// The exchanges that are left, by their indexes before.
    pub exchanges: Vec<usize>,
    /// How many invocations, from the first on, are gone.
    pub invocations: usize,
}

impl Transcript {
    /// Forgets calls of the Runtime API that are over, except the last ones, and the invocations before them. Indexes change.
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
            exchanges,
            invocations,
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
    fn a_call_that_waits_stays_however_old_it_is() {
        let mut record = read(RECORD).expect("a record");
        record.exchanges[0].reply = None;
        let remainder = record.forget_all_but(2);
        assert_eq!(remainder.exchanges.first(), Some(&0));
    }
}
