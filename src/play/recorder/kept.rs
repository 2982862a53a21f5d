//! Which exchanges, connections and invocations are still on record, by their numbers.

use crate::transcript::{Connection, Exchange, Transcript};

/// How many exchanges are kept at least of a record that goes on for a long time.
const LAST: usize = 32;

/// How many bytes of bodies they may have, except the last few.
const LAST_BYTES: usize = 4 * 1024 * 1024;

/// How many are kept however large they are.
const LAST_FEW: usize = 4;

/// What is still on record, if something was forgotten.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The numbers of the exchanges, ascending; `None` if all are there.
    exchanges: Option<Vec<usize>>,
    /// The numbers of the connections; `None` if all are there.
    connections: Option<Vec<usize>>,
    /// How many invocations, from the first on, are gone.
    invocations: usize,
}

impl Kept {
    /// The index of an exchange in the record.
    pub(super) fn exchange(&self, number: usize) -> Option<usize> {
        match &self.exchanges {
            None => Some(number),
            Some(numbers) => numbers.binary_search(&number).ok(),
        }
    }

    /// The index of a connection in the record.
    pub(super) fn connection(&self, number: usize) -> Option<usize> {
        match &self.connections {
            None => Some(number),
            Some(numbers) => numbers.iter().rposition(|known| *known == number),
        }
    }

    /// The index of an invocation in the record.
    pub(super) fn invocation(&self, number: usize) -> Option<usize> {
        number.checked_sub(self.invocations)
    }

    /// An exchange that is on record.
    pub(super) fn entry<'a>(
        &self,
        transcript: &'a mut Transcript,
        number: usize,
    ) -> Option<&'a mut Exchange> {
        transcript.exchanges.get_mut(self.exchange(number)?)
    }

    /// The next exchange.
    pub(super) fn push(&mut self, transcript: &mut Transcript, number: usize, begun: Exchange) {
        match &mut self.exchanges {
            None => {
                let known = transcript.exchanges.len();
                debug_assert_eq!(known, number, "heads are noted in order");
            }
            Some(numbers) => numbers.push(number),
        }
        transcript.exchanges.push(begun);
    }

    /// The record of a connection that was taken.
    pub(super) fn open<'a>(
        &mut self,
        transcript: &'a mut Transcript,
        number: usize,
    ) -> Option<&'a mut Connection> {
        let connections = &mut transcript.connections;
        match &mut self.connections {
            None => {
                let count = connections.len().max(number + 1);
                connections.resize_with(count, Connection::default);
                connections.get_mut(number)
            }
            Some(numbers) => {
                numbers.push(number);
                connections.push(Connection::default());
                connections.last_mut()
            }
        }
    }

    /// Forgets what is long over.
    pub(super) fn forget(&mut self, transcript: &mut Transcript) {
        let count = transcript.exchanges.len();
        let connections = transcript.connections.len();
        let left = transcript.forget_all_but(last(transcript));
        stay(&mut self.exchanges, count, &left.exchanges);
        stay(&mut self.connections, connections, &left.connections);
        self.invocations += left.invocations;
    }
}

/// Of so many, these stay, by their indexes.
fn stay(numbers: &mut Option<Vec<usize>>, count: usize, left: &[usize]) {
    let known = numbers.take().unwrap_or_else(|| (0..count).collect());
    let stay = left.iter().filter_map(|at| known.get(*at).copied());
    *numbers = Some(stay.collect());
}

/// How many of the last exchanges are kept.
fn last(transcript: &Transcript) -> usize {
    let mut bytes = 0;
    let newest = transcript.exchanges.iter().rev().take(LAST).enumerate();
    let within = newest.take_while(|(index, exchange)| {
        bytes += exchange.body.kept.len();
        bytes <= LAST_BYTES || *index < LAST_FEW
    });
    within.count()
}
