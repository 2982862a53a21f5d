//! What a case needs to answer the calls of an extension otherwise than the service does.

use super::call::given;
use super::registration::Wish;
use super::state::State;
use super::{Extension, Extensions};
use crate::protocol::header;
use crate::protocol::other_call::OtherCall;

impl Extensions {
    /// Whether a registration names one that was started.
    pub(in crate::protocol) fn is_of_external(&self, call: &OtherCall) -> bool {
        let name = given(call, header::EXTENSION_NAME);
        let mut all = self.all.iter();
        all.any(|known| known.started.is_some() && name == Some(&*known.name))
    }

    /// The service fails to give an event to the internal extension that waits by this call, but counts the call; says whether
    /// there is one.
    pub(in crate::protocol) fn let_go(&mut self, call: &OtherCall) -> bool {
        let mut all = self.all.iter_mut();
        let is_meant =
            |known: &&mut Extension| known.started.is_none() && known.poll == Some(call.exchange);
        let meant = all.find(is_meant);
        meant.and_then(|extension| extension.poll.take()).is_some()
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
}
