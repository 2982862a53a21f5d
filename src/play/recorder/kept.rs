//! Which exchanges and invocations are still on record, by their numbers.

use crate::transcript::{Exchange, Transcript};

/// How many exchanges are kept at least of a record that goes on for a long time.
const LAST: usize = 32;

/// What is still on record, if something was forgotten.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The numbers of the exchanges, ascending; `None` if all are there.
    exchanges: Option<Vec<usize>>,
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

    /// Forgets what is long over, now and then.
    pub(super) fn forget(&mut self, transcript: &mut Transcript) {
        let count = transcript.exchanges.len();
        if count < 2 * LAST {
            return;
        }
        let left = transcript.forget_all_but(LAST);
        let numbers = self.exchanges.take();
        let numbers = numbers.unwrap_or_else(|| (0..count).collect());
        let stay = left.exchanges.iter();
        let stay = stay.filter_map(|at| numbers.get(*at).copied());
        self.exchanges = Some(stay.collect());
        self.invocations += left.invocations;
    }
}
