//! An extension that is not under test keeps a transcript from saying something about the runtime.

use crate::protocol::{Actor, Mode};
use crate::transcript::{Direction, Transcript};

/// Why nothing can be said of the runtime, if so: an extension beside it has called the Runtime API. The service answers such
/// a call as the runtime's, so what the runtime gets after it is not what it gets in Lambda.
pub fn intrusion(transcript: &Transcript) -> Option<String> {
    let exchanges = transcript.exchanges.iter();
    let mut calls = exchanges.filter(|exchange| exchange.direction == Direction::Inbound);
    // Which API a path belongs to is the same in each mode.
    let call = calls
        .find(|call| !call.is_of(Actor::Runtime) && call.route(Mode::OnDemand).is_of_runtime())?;
    let name = transcript.actors.iter().nth(call.actor?)?.name.clone();
    let head = call.head();
    Some(format!(
        "`{name}`, an extension beside the runtime, has called the Runtime API itself ({} {}), so that nothing can be said of the runtime",
        head.method, head.target
    ))
}

/// Why what the runtime did not do proves nothing, if so: an extension beside it did not do its part.
pub fn lack(transcript: &Transcript) -> Option<String> {
    let name = transcript.held_up.as_ref()?;
    Some(format!(
        "`{name}`, the extension beside the runtime, did not do its part, so that nothing can be said of the runtime"
    ))
}
