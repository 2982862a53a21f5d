//! A record that goes on for as long as somebody serves.

use super::Recorder;
use crate::transcript::{Connection, Offset};

impl Recorder {
    /// How many exchanges are on record, and the bytes of their bodies.
    pub(in crate::play) fn size(&self) -> (usize, usize) {
        let exchanges = &self.transcript.exchanges;
        let bytes = exchanges.iter().map(|exchange| exchange.body.kept.len());
        (exchanges.len(), bytes.sum())
    }

    /// The index of an invocation on record.
    pub(in crate::play) fn invocation(&self, number: usize) -> Option<usize> {
        self.kept.invocation(number)
    }

    /// A connection that is on record.
    pub(super) fn connection(&mut self, number: usize) -> Option<&mut Connection> {
        let place = self.kept.connection(number)?;
        self.transcript.connections.get_mut(place)
    }

    /// What follows is judged by itself.
    pub(in crate::play) fn go_on_from(&mut self, at: Offset) {
        self.transcript.from = Some(at);
    }

    /// Forgets what is long over.
    pub(in crate::play) fn forget(&mut self) {
        self.kept.forget(&mut self.transcript);
    }
}
