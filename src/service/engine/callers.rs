//! Callers of an environment: the events that they brought, and what they get.

use super::environment::Environment;
use super::event::Invoke;
use crate::protocol::{Answer, AnswerKind, Moment, Returned, Ruling};

impl Environment {
    /// Keeps for the caller what it gets of an answer, if one waits for it.
    pub(super) fn give_back(&mut self, answer: Answer<'_>, ruling: &Ruling, body: Vec<u8>) {
        let kind = answer.kind;
        let returned = match ruling {
            Ruling::Accept => Returned {
                kind,
                body: body.into(),
            },
            Ruling::Refuse { status: 413, .. } if kind == AnswerKind::Response => {
                Returned::too_large()
            }
            Ruling::Refuse { .. } | Ruling::Hold | Ruling::Redeliver => return,
        };
        let mut open = self.in_flight.iter_mut().rev();
        let meant = open.find(|served| served.request_id == answer.request_id);
        if let Some(caller) = meant.and_then(|served| served.caller.take()) {
            match self.extensions().hear_of_invocations() {
                true => self.kept.push((caller, returned)),
                false => self.returned.push((caller, returned)),
            }
        }
    }

    /// The process is gone, and nobody answers the callers any more.
    pub(super) fn abandon(&mut self) {
        match self.init_failure.clone() {
            Some(body) => self.give_up(|_| Returned {
                kind: AnswerKind::Error,
                body: body.clone().into(),
            }),
            None => self.give_up(Returned::exited),
        }
    }

    /// Everyone who waits gets this answer, by the request id.
    pub(super) fn give_up(&mut self, returned: impl Fn(&str) -> Returned) {
        let in_flight = self.in_flight.iter_mut();
        let taken =
            in_flight.filter_map(|served| Some((served.caller.take()?, &*served.request_id)));
        let queued = self.queue.iter();
        let queued = queued.map(|invoke| {
            (
                invoke.caller,
                invoke.request_id.as_deref().unwrap_or_default(),
            )
        });
        let left = taken.chain(queued);
        self.returned
            .extend(left.map(|(caller, id)| (caller, returned(id))));
        self.queue.clear();
    }

    /// What callers get, since the last time.
    pub(super) fn take_returned(&mut self) -> Vec<(usize, Returned)> {
        let is_over = self.moment() != Moment::OwesPoll && self.may_invoke();
        if is_over || self.has_exited() {
            self.returned.append(&mut self.kept);
        }
        std::mem::take(&mut self.returned)
    }

    /// The event that has waited longest.
    pub(super) fn first_queued(&self) -> Option<&Invoke> {
        self.queue.front()
    }

    /// Takes that event.
    pub(super) fn take_first_queued(&mut self) -> Option<Invoke> {
        self.queue.pop_front()
    }

    /// Whether an event with this request id came in by the invoke door, and waits.
    pub(super) fn is_queued(&self, request_id: &str) -> bool {
        self.queued(request_id).is_some()
    }

    /// Takes that event out of the queue.
    pub(super) fn take_queued(&mut self, request_id: &str) -> Option<Invoke> {
        self.queue.remove(self.queued(request_id)?)
    }

    fn queued(&self, request_id: &str) -> Option<usize> {
        let mut queue = self.queue.iter();
        queue.position(|invoke| invoke.request_id.as_deref() == Some(request_id))
    }
}
