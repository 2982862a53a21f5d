//! What has happened so far in this process; a change may depend on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::mutant::{Change, Mutant, When};
use crate::reference::Ways;
use crate::reference::hooks::{Happened, Hooks, Right};
use crate::reference::invocation::Invocation;
use crate::reference::ways::Manner;

/// An event of this size or more counts as large.
pub(super) const LARGE_BYTES: usize = 1024 * 1024;

/// What has happened.
#[derive(Debug)]
pub(super) struct Past {
    /// How many invocations have come.
    pub(super) turn: u32,
    /// How often the function has failed.
    pub(super) failures: u32,
    /// Whether there is a current invocation.
    pub(super) busy: bool,
    /// The bytes of the current event.
    pub(super) first: Option<Invocation>,
    /// The bytes of the event before.
    pub(super) previous: Option<Invocation>,
    /// The chunks of the current event.
    pub(super) current: Option<Invocation>,
    large: bool,
    refused: bool,
}

static PAST: Mutex<Past> = Mutex::new(Past {
    turn: 0,
    failures: 0,
    busy: false,
    first: None,
    previous: None,
    current: None,
    large: false,
    refused: false,
});

/// The mutant that this process is.
static SELF: OnceLock<&'static Mutant> = OnceLock::new();

/// The hooks of this process.
static MANNER: Manner = Manner { hooks, tell };

/// Whether the change applies now.
static SHOWS: AtomicBool = AtomicBool::new(false);

/// The hooks of this process, which is this mutant from now on.
pub(super) fn ways(mutant: &'static Mutant) -> Ways {
    let mutant = SELF.get_or_init(|| mutant);
    SHOWS.store(
        with(|past| past.shows(mutant.when, false)),
        Ordering::Relaxed,
    );
    Ways(&MANNER)
}

/// Looks at the past.
pub(super) fn with<T>(look: impl FnOnce(&Past) -> T) -> T {
    look(&PAST.lock().unwrap_or_else(PoisonError::into_inner))
}

fn hooks() -> &'static dyn Hooks {
    let shown = SELF.get().filter(|_| SHOWS.load(Ordering::Relaxed));
    shown.map_or(&Right, |mutant| match mutant.change {
        Change::Runtime(hooks) => hooks,
        Change::Extension(_) => &Right,
    })
}

fn tell(what: Happened<'_>) {
    let mut past = PAST.lock().unwrap_or_else(PoisonError::into_inner);
    past.add(what);
    let when = SELF.get().map_or(When::Always, |mutant| mutant.when);
    let shows = past.shows(when, matches!(what, Happened::Failed));
    SHOWS.store(shows, Ordering::Relaxed);
}

impl Past {
    fn add(&mut self, what: Happened<'_>) {
        match what {
            Happened::Took(invocation) => {
                self.turn += 1;
                self.busy = true;
                self.previous = self.current.replace(invocation.clone());
                self.first.get_or_insert_with(|| invocation.clone());
            }
            Happened::Failed => self.failures += 1,
            Happened::Finished(refused) => {
                self.busy = false;
                self.refused |= refused;
                let bytes = self.current.as_ref().map_or(0, |now| now.event.len());
                self.large |= bytes >= LARGE_BYTES;
            }
        }
    }

    /// `failing` says that the function has failed in this turn.
    fn shows(&self, when: When, failing: bool) -> bool {
        match when {
            When::Always => true,
            When::From(turn) => self.turn >= turn,
            When::At(turn) => self.turn == turn,
            When::AfterFailures(count) => self.failures - u32::from(failing) >= count,
            When::FromFailure(count) => failing && self.failures >= count,
            When::AfterLarge => self.large,
            When::Chunked => self.current.as_ref().is_some_and(|now| now.chunked),
            When::AfterRefusal => self.refused,
        }
    }
}
