//! Cases: scripts for the service, as data.
//!
//! [`read`] gives every [`Case`], or every fault that the files have, each with its place. It is handed text, and opens
//! nothing; it knows no sockets.

mod blackbox;
mod bounds;
mod faults;
mod feasible;
mod locate;
mod model;
mod nearest;
mod payload;
mod read;
mod repeat;
mod rule;
mod shape;
#[cfg(test)]
mod tests;
mod weight;

pub use blackbox::{Ordinary, blackbox};
pub use model::{
    Ack, Address, Case, Check, ExitCode, Expect, Fact, Freeze, Growth, Measure, Quiet, ReadOnly,
    Refuse, Serve, Signal, Step, Track, Trap, What, Written,
};
pub use nearest::{did_you_mean, nearest};
pub use payload::Payload;
pub use read::{CaseError, Source, Trust, embedded, read};
pub use rule::{HeaderRule, LogFact, Rule, Same};
pub use shape::{Close, Cut, CutHow, Framing, Names, Segment, Shape};
