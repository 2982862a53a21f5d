//! The other side: the Lambda service, which acts the script and tells all that it saw. It never judges.
//!
//! The engine decides without sockets or clocks; [`Service`] carries bytes. What passes goes out as [`Note`]s, in order.

mod address;
mod caller;
mod connection;
mod decoy;
mod distort;
mod engine;
mod listen;
mod note;
mod outgoing;

pub use address::Addresses;
pub use caller::{Caller, Doorkeeper};
pub use decoy::Decoy;
pub use engine::{Arrival, Command, Event, Script, ScriptOptions, Served, Timer};
pub use listen::{BindError, Service, missing};
pub use note::{Clock, Note};
pub use outgoing::Outgoing;
