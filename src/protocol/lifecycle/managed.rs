//! The state of an environment on Managed Instances: each invocation has its own state; the runtime only has that of its
//! start.

use std::collections::BTreeMap;

use super::ruling::changes_nothing;
use super::{AnswerKind, Call, Invocation, Lifecycle, Moment, Ruling};
use crate::protocol::ErrorBody;

/// One execution environment.
#[derive(Debug, Default)]
pub(super) struct Managed {
    /// The invocations in progress, by their request ids.
    in_flight: BTreeMap<String, Invocation>,
    /// The latest accepted answer, and the invocation that it ended.
    latest: Option<(AnswerKind, Invocation)>,
    /// How many invocations have ended without a later poll.
    owed: usize,
    init_failed: bool,
}

impl Managed {
    fn answer(&mut self, answer: super::Answer<'_>) -> Ruling {
        self.latest = None;
        let active = self.in_flight.get(answer.request_id);
        if let Some(refusal) = answer.misdirected(active) {
            return refusal;
        }
        let oversized = answer.oversized();
        if answer.kind == AnswerKind::Error
            && let Some(refusal) = oversized
        {
            return refusal;
        }
        if let Some(ended) = self.in_flight.remove(answer.request_id) {
            self.latest = Some((answer.kind, ended));
            self.owed += 1;
        }
        let refusal = answer.in_unknown_mode().or(oversized);
        refusal.unwrap_or(Ruling::Accept)
    }

    fn init_error(&mut self) -> Ruling {
        match std::mem::replace(&mut self.init_failed, true) {
            false => Ruling::Accept,
            true => Ruling::refuse(403, ErrorBody::of_status(403)),
        }
    }
}

impl Lifecycle for Managed {
    fn take(&mut self, call: Call<'_>) -> Ruling {
        match call {
            Call::Next => {
                self.owed = self.owed.saturating_sub(1);
                Ruling::Hold
            }
            Call::Answer(answer) => self.answer(answer),
            Call::InitError => self.init_error(),
            Call::RestoreNext | Call::RestoreError => {
                unreachable!("these calls are not routed in this mode")
            }
        }
    }

    fn overrule(&mut self, status: u16) {
        let still_open = |kind| match kind {
            AnswerKind::Error => changes_nothing(status) || matches!(status, 410 | 413),
            AnswerKind::Response => changes_nothing(status) || status == 410,
        };
        if let Some((_, open)) = self.latest.take_if(|(kind, _)| still_open(*kind)) {
            self.owed = self.owed.saturating_sub(1);
            self.in_flight.insert(open.request_id.clone(), open);
        }
    }

    fn dispatch(&mut self, invocation: Invocation) {
        self.in_flight
            .insert(invocation.request_id.clone(), invocation);
    }

    fn is_open(&self, request_id: &str) -> bool {
        self.in_flight.contains_key(request_id)
    }

    fn moment(&self) -> Moment {
        match self.owed {
            0 => Moment::Usual,
            _ => Moment::OwesPoll,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::Header;
    use crate::protocol::header;
    use crate::protocol::lifecycle::Answer;

    fn answer<'a>(request_id: &'a str, kind: AnswerKind) -> Answer<'a> {
        Answer {
            kind,
            request_id,
            headers: &[],
            is_too_large: false,
        }
    }

    fn working_on(ids: &[&str]) -> Managed {
        let mut managed = Managed::default();
        for id in ids {
            assert_eq!(managed.take(Call::Next), Ruling::Hold);
            managed.dispatch(Invocation {
                request_id: (*id).to_owned(),
                invocation_id: Some(format!("attempt at {id}")),
            });
        }
        managed
    }

    fn status(ruling: &Ruling) -> u16 {
        match ruling {
            Ruling::Hold => 0,
            Ruling::Redeliver => 200,
            Ruling::Accept => 202,
            Ruling::Refuse { status, .. } => *status,
        }
    }

    #[test]
    fn several_are_answered_in_any_order_and_each_once() {
        let mut managed = working_on(&["a", "b"]);
        let response = |id| Call::Answer(answer(id, AnswerKind::Response));
        assert_eq!(managed.take(response("b")), Ruling::Accept);
        assert_eq!(status(&managed.take(response("b"))), 400);
        assert_eq!(managed.take(response("a")), Ruling::Accept);
        assert_eq!(managed.moment(), Moment::OwesPoll);
        for _ in 0..2 {
            assert_eq!(managed.take(Call::Next), Ruling::Hold);
        }
        assert_eq!(managed.moment(), Moment::Usual);
    }

    #[test]
    fn a_wrong_attempt_and_an_error_that_is_too_long_leave_it_open() {
        let mut managed = working_on(&["a"]);
        let another = [Header::new(header::INVOCATION_ID, "another attempt")];
        let late = Answer {
            headers: &another,
            ..answer("a", AnswerKind::Response)
        };
        assert_eq!(status(&managed.take(Call::Answer(late))), 410);
        let long = Answer {
            is_too_large: true,
            ..answer("a", AnswerKind::Error)
        };
        assert_eq!(status(&managed.take(Call::Answer(long))), 413);
        let error = Call::Answer(answer("a", AnswerKind::Error));
        assert_eq!(managed.take(error), Ruling::Accept);
        managed.overrule(410);
        assert_eq!(managed.moment(), Moment::Usual);
        assert_eq!(managed.take(error), Ruling::Accept);
    }

    #[test]
    fn init_error_is_taken_once_and_polls_go_on() {
        let mut managed = Managed::default();
        assert_eq!(managed.take(Call::InitError), Ruling::Accept);
        assert_eq!(status(&managed.take(Call::InitError)), 403);
        assert_eq!(managed.take(Call::Next), Ruling::Hold);
    }
}
