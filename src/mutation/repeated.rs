//! Changes that several mutants make, each at its own time.

use super::change::{
    Again, BeforeWork, Body, Document, Drops, EndsOn, Inits, Printed, Seen, Taken, Then, raw,
    unchanged,
};
use super::past::Past;
use crate::reference::client::{Call, Client};
use crate::reference::hooks::{Hooks, Later};
use crate::reference::invocation::Invocation;
use crate::reference::log::{Log, Stream};
use crate::reference::settings::Settings;

pub(super) const EXITS: EndsOn = EndsOn(|_, _| true, Then::Exits(0));

pub(super) const EXITS_NON_ZERO: EndsOn = EndsOn(|_, _| true, Then::Exits(1));

pub(super) const DIES_AFTER_ERROR: EndsOn = EndsOn(|_, failure| failure.is_some(), Then::Exits(1));

pub(super) const ANSWERS_TWICE: Again = Again(
    |answer| !answer.failed && answer.status.is_success(),
    unchanged,
);

pub(super) const HIDES_ERRORS: Drops = Drops(|_| true);

pub(super) const NO_ERROR_MESSAGE: Document = Document(|_, init, members| {
    if !init {
        members.remove("errorMessage");
    }
});

pub(super) const PREVIOUS_ID: Taken = Taken(|invocation, past| {
    if let Some(former) = &past.previous {
        invocation.id.clone_from(&former.id);
    }
});

pub(super) const FIRST_ID: Taken = Taken(|invocation, past| {
    if let Some(former) = &past.first {
        invocation.id.clone_from(&former.id);
    }
});

pub(super) const NO_INVOCATION_ID: Taken = Taken(|invocation, _| invocation.invocation_id = None);

pub(super) const CUTS_EVENT: Taken = Taken(|invocation, _| invocation.event.truncate(1024 * 1024));

pub(super) const READS_LATIN_1: Taken = Taken(|invocation, _| {
    let latin1: String = invocation.event.iter().copied().map(char::from).collect();
    invocation.event = latin1.into();
});

pub(super) const ADDS_NEWLINE: Body = Body(|body| [body, b"\n".to_vec()].concat());

pub(super) const INIT_EACH_EVENT: Inits = Inits(|_, calls| calls);

pub(super) const LEAKS_FILES: BeforeWork =
    BeforeWork(|_, _| std::mem::forget(std::fs::File::open("/dev/null")));

pub(super) const LOST_STDOUT: Printed =
    Printed(|_, stream, text| (stream != Stream::Stdout).then(|| text.into()));

pub(super) const STALE_REQUEST_ID: Seen = Seen(|context, past| {
    context.request_id = past
        .first
        .as_ref()
        .map(Invocation::id_text)
        .unwrap_or_default();
});

pub(super) const TRACE_ONCE: Seen = Seen(|context, past| {
    context.trace_id = past.first.as_ref().and_then(|first| first.trace_id.clone());
});

pub(super) const STALE_TRACE: Seen = Seen(|context, past| {
    if context.trace_id.is_none() {
        context.trace_id = former(past).and_then(|former| former.trace_id.clone());
    }
});

pub(super) const STALE_IDENTITY: Seen = Seen(|context, past| {
    if context.identity.is_none() {
        context.identity = raw(former(past).and_then(|former| former.identity.clone()));
    }
});

/// Polls before it runs the function.
pub(super) struct PollsWhileAtWork;

impl Hooks for PollsWhileAtWork {
    fn before_work<'a>(
        &'a self,
        client: &'a mut Client,
        _: Log,
        _: &'a Settings,
        _: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async { drop(client.send(&Call::get("/invocation/next")).await) })
    }
}

fn former(past: &Past) -> Option<&Invocation> {
    past.previous.as_ref()
}
