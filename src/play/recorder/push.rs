//! Telemetry as it goes out.

use super::Recorder;
use crate::service::{Pushed, Pushing};
use crate::transcript::{Direction, Exchange, Reply, Request};

impl Recorder {
    /// A batch is being sent.
    pub(super) fn pushing(&mut self, pushing: Pushing) {
        let Pushing {
            connection,
            exchange,
            at,
            actor,
            head,
            body,
        } = pushing;
        // Lines that go to a port have no head that is read.
        let request = Request::new(head, &mut self.heads);
        let begun = Exchange {
            actor: Some(actor.place()),
            direction: Direction::Outbound,
            complete: Some(at),
            body,
            ..self.begun(connection, at, request)
        };
        self.kept.push(&mut self.transcript, exchange, begun);
    }

    /// What became of it.
    pub(super) fn pushed(&mut self, pushed: &Pushed) {
        let wire = self.replies.keep(&pushed.wire);
        let entry = pushed.exchange;
        let entry = entry.and_then(|number| self.kept.entry(&mut self.transcript, number));
        if let (Some(entry), Some(status)) = (entry, pushed.status) {
            entry.reply = Some(Reply {
                at: pushed.at,
                status,
                wire,
                distortion: None,
            });
        }
    }
}
