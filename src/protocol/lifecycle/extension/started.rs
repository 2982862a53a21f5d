//! What is known of the extensions that were started, by their indexes.

use super::{Extension, Extensions, State, Wish};

impl Extensions {
    /// The exchange by which one that was started has registered.
    pub fn registration_of(&self, started: usize) -> Option<usize> {
        self.of_started(started)?.registration
    }

    /// The n-th poll of one that was started, counted from 0, answered or not.
    pub fn poll_of(&self, started: usize, nth: usize) -> Option<usize> {
        self.of_started(started)?.polls.get(nth).copied()
    }

    /// Whether one that was started gets the event for the end of the environment.
    pub fn hears_of_shutdown(&self, started: usize) -> bool {
        let extension = self.of_started(started);
        extension.is_some_and(|extension| extension.wishes.contains(&Wish::Shutdown))
    }

    /// How many polls of one that was started have come.
    pub fn polls(&self, started: usize) -> usize {
        let extension = self.of_started(started);
        extension.map_or(0, |extension| extension.polls.len())
    }

    /// Whether one that was started gets the events of invocations.
    pub fn hears_of_invoke(&self, started: usize) -> bool {
        let extension = self.of_started(started);
        extension.is_some_and(|extension| extension.wishes.contains(&Wish::Invoke))
    }

    /// The poll of one that was started, if it waits for an event.
    pub fn waiting(&self, started: usize) -> Option<usize> {
        self.of_started(started)?.poll
    }

    /// Takes that poll, to answer it with something other than an event.
    pub fn take_poll(&mut self, started: usize) -> Option<usize> {
        let extension = self.of_started_mut(started)?;
        let poll = extension.poll.take()?;
        extension.state = State::Running;
        // It has to come back.
        extension.has_asked = false;
        Some(poll)
    }

    /// The registration of one that was started got another reply than the service's own, and does not count.
    pub fn forget(&mut self, started: usize) {
        if let Some(extension) = self.of_started_mut(started) {
            extension.state = State::Started;
            extension.has_asked = false;
            extension.wishes.clear();
        }
    }

    fn of_started_mut(&mut self, started: usize) -> Option<&mut Extension> {
        let mut all = self.all.iter_mut();
        all.find(|extension| extension.started == Some(started))
    }

    pub(super) fn of_started(&self, started: usize) -> Option<&Extension> {
        let mut all = self.all.iter();
        all.find(|extension| extension.started == Some(started))
    }
}
