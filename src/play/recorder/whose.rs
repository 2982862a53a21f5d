//! Whose a connection is that nobody could see being opened.

use super::Recorder;
use crate::http1::Head;
use crate::protocol::{Actor, header, place_of};

impl Recorder {
    /// A caller in a container is known by what it says: an extension that was started has a name and an identifier.
    pub(super) fn recognise(&mut self, connection: usize, head: &Head) {
        let extensions = || self.transcript.actors.iter().skip(1);
        if extensions().next().is_none() {
            return;
        }
        let by_name = head.header(header::EXTENSION_NAME).and_then(|name| {
            let mut extensions = extensions();
            extensions.position(|known| known.name == name)
        });
        let by_identifier = || {
            let place = place_of(head.header(header::EXTENSION_IDENTIFIER)?)?;
            (place < extensions().count()).then_some(place)
        };
        let place = by_name.or_else(by_identifier);
        if let Some(place) = place
            && let Some(entry) = self.connection(connection)
            && entry.actor.is_none()
        {
            entry.actor = Some(Actor::Extension(place).place());
            self.open = self.open.saturating_sub(1);
        }
    }
}
