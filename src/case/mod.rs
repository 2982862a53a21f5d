//! Cases: scripts for the service, as data.
//!
//! [`read`] gives every [`Case`], or every fault in the files, each with its place. It gets text and opens no file; it knows
//! no sockets.

mod actor;
mod attribution;
mod beside;
mod blackbox;
mod bounds;
mod faults;
mod feasible;
mod file;
mod left_out;
mod limits;
mod locate;
mod model;
mod nearest;
mod ordinary;
mod pause;
mod payload;
mod place;
mod possible;
mod read;
mod repeat;
pub mod rule;
mod shape;
mod source;
pub mod step;
mod table;
#[cfg(test)]
mod tests;
mod told;
mod weight;

pub use actor::{ActorKind, CaseActor};
pub use attribution::{attributed, is_basic};
pub use blackbox::blackbox;
pub use file::CaseFile;
pub use left_out::{Because, LeftOut};
pub use model::{Address, Case, Decoy, Fact, ReadOnly, Reads, Track};
pub use nearest::{did_you_mean, nearest};
pub use ordinary::Ordinary;
pub use payload::Payload;
pub use possible::possible_findings;
pub use read::{CaseError, embedded, embedded_ids, read};
pub(crate) use rule::each_rule;
pub use rule::{HeaderRule, LogFact, Rule, Same, TrailerRule};
pub use shape::{Close, Cut, CutHow, Framing, Names, Segment, Shape};
pub use source::{Source, Trust};
pub(crate) use step::each_step;
pub use step::{
    Ack, Check, Deliver, ExitCode, Expect, Freeze, Growth, Measure, Origin, PossibleFinding, Quiet,
    Reason, Refuse, Serve, Shutdown, Signal, Step, What, Written,
};
