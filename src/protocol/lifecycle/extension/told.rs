//! What telemetry tells of extensions.

use super::registration::Wish;
use super::state::State;
use super::{Extension, Extensions};
use crate::protocol::other_call::{OtherCall, OtherReply};

impl Extensions {
    /// The name of the extension that makes a call, and its index among those that were started, if it was.
    pub(in crate::protocol) fn caller(
        &mut self,
        call: &OtherCall,
    ) -> Result<(&str, Option<usize>), OtherReply> {
        let unknown = |identifier: &str| format!("Unknown extension {identifier}");
        let extension = self.find(call, unknown)?;
        Ok((&extension.name, extension.started))
    }

    /// Each that has registered, external ones first: its name, the service's name of its state, and its events.
    pub fn states(&self) -> impl Iterator<Item = (&str, &'static str, Vec<&'static str>)> {
        let is_external = |extension: &&Extension| extension.started.is_some();
        let (external, internal): (Vec<_>, Vec<_>) = self.all.iter().partition(is_external);
        let registered = external.into_iter().chain(internal);
        let registered = registered.filter(|extension| extension.state != State::Started);
        registered.map(|extension| {
            let events = extension.wishes.iter().map(|wish| wish.name());
            (&*extension.name, extension.state.name(), events.collect())
        })
    }

    /// Whether one gets the events of invocations.
    pub fn have_invoke(&self) -> bool {
        let mut all = self.all.iter();
        all.any(|extension| extension.wishes.contains(&Wish::Invoke))
    }
}
