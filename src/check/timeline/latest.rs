//! Finds the last of many times that is not after a given time, without looking at all of them.

use crate::transcript::Offset;

/// For a list of times in any order, the last one that is not after a given time.
#[derive(Default)]
pub(super) struct Latest {
    /// For each index the least of the times from there on; `None` if there is none.
    least: Vec<Option<Offset>>,
}

impl Latest {
    pub(super) fn new(times: impl DoubleEndedIterator<Item = Option<Offset>>) -> Self {
        let mut least: Vec<Option<Offset>> = Vec::with_capacity(times.size_hint().0);
        for at in times.rev() {
            let after = least.last().copied().flatten();
            least.push(at.into_iter().chain(after).min());
        }
        least.reverse();
        Self { least }
    }

    pub(super) fn before(&self, at: Offset) -> Option<usize> {
        let is_earlier = |least: &Option<Offset>| least.is_some_and(|least| least <= at);
        self.least.partition_point(is_earlier).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_is_found_among_times_in_any_order() {
        let times =
            [Some(3), None, Some(9), Some(5), None].map(|at: Option<u64>| at.map(Offset::from_us));
        let latest = Latest::new(times.into_iter());
        let check = |at, expect| assert_eq!(latest.before(Offset::from_us(at)), expect, "{at}");
        check(2, None);
        check(3, Some(0));
        check(5, Some(3));
        check(u64::MAX, Some(3));
        assert_eq!(Latest::default().before(Offset::from_us(1)), None);
    }
}
