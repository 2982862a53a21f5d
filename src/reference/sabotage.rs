//! What a mutant does wrong, kept apart from the runtime that does it right: hooks that the runtime calls at the places
//! where things can go wrong, and that do nothing without a fault.

mod answers;
mod callers;
mod calls;
mod contexts;
mod events;
mod field;
mod leftovers;
mod lifetime;
mod messages;
mod polls;
mod processes;
mod replies;
mod reports;
mod results;
mod start;
mod turns;
mod values;
mod wire;

pub(super) use answers::Fate;
pub(super) use calls::{parts, shape, waits};
pub(super) use contexts::{context, view};
pub(super) use events::event;
pub(super) use lifetime::{
    aborts, after_init_error, dawdle, exits, failed_late, init_failed, inits, panics, report_sent,
    terminated, unreachable, without_id,
};
pub(super) use messages::{
    hides, json_line, logged_id, logged_level, logged_time, logger_id, logger_line, text_id,
};
pub(super) use polls::{closed, ignores, reply};
pub(super) use processes::{answered, wrap};
pub(super) use reports::report;
pub(super) use results::{distort, encode, printed};
pub(super) use start::{address, prepare, register};
pub(super) use turns::{line, timed, watch};
pub(super) use wire::forge;

use super::fault::{Flaw, When};
use super::invocation::Invocation;
use super::mutant::Mutant;

/// An event from this size on counts as large.
const LARGE_BYTES: usize = 1024 * 1024;

/// What has happened so far, by which faults come and go.
#[derive(Debug)]
pub(super) struct Memory {
    mutant: Option<&'static Mutant>,
    pub(super) turn: u32,
    failures: u32,
    large: bool,
    chunked: bool,
    refused: bool,
    pub(super) first: Option<Invocation>,
    pub(super) previous: Option<Invocation>,
    current: Option<Invocation>,
}

impl Memory {
    /// Nothing has happened yet.
    pub(super) fn new(mutant: Option<&'static Mutant>) -> Self {
        Self {
            mutant,
            turn: 0,
            failures: 0,
            large: false,
            chunked: false,
            refused: false,
            first: None,
            previous: None,
            current: None,
        }
    }

    /// An invocation came.
    pub(super) fn took(&mut self, invocation: &Invocation) {
        self.turn += 1;
        self.chunked = invocation.chunked;
        self.previous = self.current.replace(invocation.clone());
        self.first.get_or_insert_with(|| invocation.clone());
    }

    /// The function failed.
    pub(super) fn failed(&mut self) {
        self.failures += 1;
    }

    /// The invocation is over.
    pub(super) fn finished(&mut self, refused: bool) {
        self.refused |= refused;
        let bytes = self.current.as_ref().map_or(0, |now| now.event.len());
        self.large |= bytes >= LARGE_BYTES;
    }

    /// The fault that shows now; `failing` says whether the function has failed in this turn.
    pub(super) fn flaw(&self, failing: bool) -> Flaw {
        let Some(mutant) = self.mutant else {
            return Flaw::default();
        };
        let shows = match mutant.when {
            When::Always => true,
            When::From(turn) => self.turn >= turn,
            When::At(turn) => self.turn == turn,
            When::AfterFailures(count) => self.failures - u32::from(failing) >= count,
            When::FromFailure(count) => failing && self.failures >= count,
            When::AfterLarge => self.large,
            When::Chunked => self.chunked,
            When::AfterRefusal => self.refused,
        };
        Flaw(shows.then_some(mutant.fault))
    }
}
