//! Which work starts next: pure.

use std::collections::VecDeque;

/// How many cases are in play at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slots {
    /// So many of any kind.
    pub any: usize,
    /// So many more of those that mostly wait.
    pub waiting: usize,
    /// Of any kind, at most so many that need much memory.
    pub heavy: usize,
}

impl Slots {
    /// So many, of whatever kind; one of them may need much memory.
    pub const fn only(any: usize) -> Self {
        Self {
            any,
            waiting: 0,
            heavy: 1,
        }
    }
}

/// What work needs of the machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// All of it: nothing else is in play.
    Alone,
    /// Much memory, until it is judged.
    Heavy,
    /// Little: it mostly waits.
    Waiting,
    /// A share.
    Usual,
}

/// Work that has not begun, in order, and how much of each kind is in play.
pub(super) struct Queues<T> {
    slots: Slots,
    usual: VecDeque<(Kind, T)>,
    heavy: VecDeque<T>,
    waiting: VecDeque<T>,
    alone_in_play: usize,
    heavy_in_play: usize,
    usual_in_play: usize,
    waiting_in_play: usize,
}

impl<T> Queues<T> {
    /// Work that mostly waits is usual work where it has no slots of its own.
    pub(super) fn new(work: impl IntoIterator<Item = (Kind, T)>, slots: Slots) -> Self {
        let mut queues = Self {
            slots,
            usual: VecDeque::new(),
            heavy: VecDeque::new(),
            waiting: VecDeque::new(),
            alone_in_play: 0,
            heavy_in_play: 0,
            usual_in_play: 0,
            waiting_in_play: 0,
        };
        for (kind, work) in work {
            match kind {
                Kind::Heavy => queues.heavy.push_back(work),
                Kind::Waiting if slots.waiting > 0 => queues.waiting.push_back(work),
                Kind::Alone | Kind::Usual | Kind::Waiting => queues.usual.push_back((kind, work)),
            }
        }
        queues
    }

    /// What can start now; it is in play then, in a slot of this kind.
    pub(super) fn next(&mut self) -> Option<(Kind, T)> {
        if self.alone_in_play > 0 {
            return None;
        }
        if self.is_alone_next() {
            let is_free = self.in_play() + self.waiting_in_play == 0;
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
        if self.in_play() >= self.slots.any.max(1) {
            return None;
        }
        if self.heavy_in_play < self.slots.heavy.max(1)
            && let Some(work) = self.heavy.pop_front()
        {
            self.heavy_in_play += 1;
            return Some((Kind::Heavy, work));
        }
        let (_, work) = self.usual.pop_front()?;
        self.usual_in_play += 1;
        Some((Kind::Usual, work))
    }

    /// How much is in slots of any kind.
    fn in_play(&self) -> usize {
        self.usual_in_play + self.heavy_in_play
    }

    fn is_alone_next(&self) -> bool {
        let next = self.usual.front();
        next.is_some_and(|(kind, _)| *kind == Kind::Alone)
    }

    /// Work has ended that was in a slot of this kind.
    pub(super) fn ended(&mut self, kind: Kind) {
        let in_play = match kind {
            Kind::Alone => &mut self.alone_in_play,
            Kind::Heavy => &mut self.heavy_in_play,
            Kind::Waiting => &mut self.waiting_in_play,
            Kind::Usual => &mut self.usual_in_play,
        };
        *in_play = in_play.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a`, `h`, `w` and `u` for what is alone, is heavy, waits, and is usual.
    fn queues(work: &str, slots: Slots) -> Queues<char> {
        let kinds = work
            .chars()
            .map(|letter| match letter.to_ascii_lowercase() {
                'a' => (Kind::Alone, letter),
                'h' => (Kind::Heavy, letter),
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
        let slots = Slots {
            waiting: 3,
            ..Slots::only(2)
        };
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
    fn what_is_heavy_leaves_the_other_slots_to_others() {
        let mut queues = queues("uhHuUU", Slots::only(3));
        assert_eq!(start(&mut queues), "huu");
        queues.ended(Kind::Usual);
        assert_eq!(start(&mut queues), "U");
        queues.ended(Kind::Heavy);
        assert_eq!(start(&mut queues), "H");
        queues.ended(Kind::Heavy);
        assert_eq!(start(&mut queues), "U");
    }

    #[test]
    fn nothing_is_beside_what_is_alone() {
        let slots = Slots {
            waiting: 1,
            ..Slots::only(2)
        };
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
