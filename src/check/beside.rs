//! A process that is not under test keeps a transcript from saying something about the target.

use crate::protocol::{Actor, Mode};
use crate::transcript::{ActorKind, Direction, Transcript};

/// Why nothing can be said of the target, if so: an extension beside it has called the Runtime API. The service answers such
/// a call as the runtime's, so what the runtime gets after it is not what it gets in Lambda.
pub fn intrusion(transcript: &Transcript) -> Option<String> {
    let exchanges = transcript.exchanges.iter();
    let mut calls = exchanges.filter(|exchange| exchange.direction == Direction::Inbound);
    let target = Some(transcript.actors.target());
    // Which API a path belongs to is the same in each mode.
    let call = calls.find(|call| {
        let is_beside = !call.is_of(Actor::Runtime) && call.actor != target;
        is_beside && call.route(Mode::OnDemand).is_of_runtime()
    })?;
    let name = transcript.actors.get(call.actor?)?.name.clone();
    let head = call.head();
    let [of_target, beside] = places(transcript);
    Some(format!(
        "`{name}`, an extension beside {beside}, has called the Runtime API itself ({} {}), so that nothing can be said of \
         {of_target}",
        head.method, head.target
    ))
}

/// Why what the target did not do proves nothing, if so: a process beside it did not do its part.
pub fn lack(transcript: &Transcript) -> Option<String> {
    let name = transcript.held_up.as_ref()?;
    let [of_target, beside] = places(transcript);
    let who = match *name == transcript.runtime().name {
        true => format!("the reference runtime beside {beside}"),
        false => format!("`{name}`, the extension beside {beside},"),
    };
    Some(format!(
        "{who} did not do its part, so that nothing can be said of {of_target}"
    ))
}

/// The target in a sentence, alone and as that beside which something is.
fn places(transcript: &Transcript) -> [&'static str; 2] {
    match transcript.target().kind {
        ActorKind::Runtime | ActorKind::LaterRuntime => ["the runtime", "the runtime"],
        ActorKind::Extension => ["the extension", "the extension under test"],
    }
}
