//! Cases: scripts for the service, as data.
//!
//! [`read`] gives every [`Case`], or every fault that the files have, each with its place. It is handed text, and opens
//! nothing; it knows no sockets.

mod locate;
mod model;
mod payload;
mod read;
mod repeat;

pub use model::{
    Ack, Address, Case, Check, Close, Cut, CutHow, ExitCode, Expect, Framing, Freeze, Growth,
    HeaderRule, Measure, Names, Quiet, Refuse, Rule, Same, Segment, Serve, Shape, Signal, Step,
    Trap, What,
};
pub use payload::Payload;
pub use read::{CaseError, Source, Trust, embedded, read};
