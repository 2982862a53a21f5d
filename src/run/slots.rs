//! Which work starts next: pure.

use std::collections::VecDeque;

/// How many cases are in play at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slots {
    /// So many of any kind.
    pub any: usize,
    /// So many more of those that mostly wait.
    pub waiting: usize,
}

impl Slots {
    /// So many, of whatever kind.
    pub const fn only(any: usize) -> Self {
        Self { any, waiting: 0 }
    }
}

/// What work needs of the machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// All of it: nothing else is in play.
    Alone,
    /// Little: it mostly waits.
    Waiting,
    /// A share.
    Usual,
}

/// Work that has not begun, in order, and how much of each kind is in play.
pub(super) struct Queues<T> {
    slots: Slots,
    usual: VecDeque<(Kind, T)>,
    waiting: VecDeque<T>,
    alone_in_play: usize,
    usual_in_play: usize,
    waiting_in_play: usize,
}

impl<T> Queues<T> {
    /// Work that mostly waits is usual work where it has no slots of its own.
    pub(super) fn new(work: impl IntoIterator<Item = (Kind, T)>, slots: Slots) -> Self {
        let own = |(kind, _): &(Kind, T)| *kind == Kind::Waiting && slots.waiting > 0;
        let (waiting, usual): (VecDeque<_>, _) = work.into_iter().partition(own);
        Self {
            slots,
            usual,
            waiting: waiting.into_iter().map(|(_, work)| work).collect(),
            alone_in_play: 0,
            usual_in_play: 0,
            waiting_in_play: 0,
        }
    }

    /// What can start now; it is in play then, in a slot of this kind.
    pub(super) fn next(&mut self) -> Option<(Kind, T)> {
        if self.alone_in_play > 0 {
            return None;
        }
        if self.is_alone_next() {
            let is_free = self.usual_in_play + self.waiting_in_play == 0;
            let work = is_free.then(|| self.usual.pop_front()).flatten()?;
            self.alone_in_play += 1;
            return Some(work);
        }
        if self.waiting_in_play < self.slots.waiting
            && let Some(work) = self.waiting.pop_front()
        {
            self.waiting_in_play += 1;
            return Some((Kind::Waiting, work));
        }
        let is_free = self.usual_in_play < self.slots.any.max(1);
        let (_, work) = is_free.then(|| self.usual.pop_front()).flatten()?;
        self.usual_in_play += 1;
        Some((Kind::Usual, work))
    }

    fn is_alone_next(&self) -> bool {
        let next = self.usual.front();
        next.is_some_and(|(kind, _)| *kind == Kind::Alone)
    }

    /// Work has ended that was in a slot of this kind.
    pub(super) fn ended(&mut self, kind: Kind) {
        let in_play = match kind {
            Kind::Alone => &mut self.alone_in_play,
            Kind::Waiting => &mut self.waiting_in_play,
            Kind::Usual => &mut self.usual_in_play,
        };
        *in_play = in_play.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a`, `w` and `u` for what is alone, waits, and is usual.
    fn queues(work: &str, slots: Slots) -> Queues<char> {
        let kinds = work
            .chars()
            .map(|letter| match letter.to_ascii_lowercase() {
                'a' => (Kind::Alone, letter),
                'w' => (Kind::Waiting, letter),
                _ => (Kind::Usual, letter),
            });
        Queues::new(kinds, slots)
    }

    fn start(queues: &mut Queues<char>) -> String {
        std::iter::from_fn(|| queues.next().map(|(_, work)| work)).collect()
    }

    #[test]
    fn what_waits_has_slots_of_its_own() {
        let slots = Slots { any: 2, waiting: 3 };
        let mut queues = queues("wwwwuuu", slots);
        assert_eq!(start(&mut queues), "wwwuu");
        queues.ended(Kind::Usual);
        assert_eq!(start(&mut queues), "u");
        queues.ended(Kind::Waiting);
        assert_eq!(start(&mut queues), "w");
    }

    #[test]
    fn without_them_all_goes_in_order() {
        let mut queues = queues("WuUwu", Slots::only(3));
        assert_eq!(start(&mut queues), "WuU");
        queues.ended(Kind::Usual);
        assert_eq!(start(&mut queues), "w");
    }

    #[test]
    fn nothing_is_beside_what_is_alone() {
        let slots = Slots { any: 2, waiting: 1 };
        let mut queues = queues("aAwuAu", slots);
        for alone in ["a", "A"] {
            assert_eq!(start(&mut queues), alone);
            queues.ended(Kind::Alone);
        }
        assert_eq!(start(&mut queues), "wu");
        queues.ended(Kind::Usual);
        assert_eq!(start(&mut queues), "");
        queues.ended(Kind::Waiting);
        assert_eq!(start(&mut queues), "A");
        queues.ended(Kind::Alone);
        assert_eq!(start(&mut queues), "u");
    }
}
