//! The other side: the Lambda service, which acts the script and tells all that it saw. It never judges.
//!
//! [`Script`] decides without sockets or clocks; [`Service`] carries bytes. What passes goes out as [`Note`]s, in order.

mod address;
mod caller;
mod connection;
mod decoy;
mod distort;
mod listen;
mod note;
mod outgoing;
mod script;
mod stimulus;

pub use address::Addresses;
pub use caller::{Caller, Doorkeeper};
pub use decoy::Decoy;
pub use listen::{BindError, Service, missing};
pub use note::{Clock, Note};
pub use outgoing::Outgoing;
pub use script::Script;
pub use stimulus::{Action, Arrival, ScriptOptions, Served, Stimulus, Timer};
