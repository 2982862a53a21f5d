//! The other side: the Lambda service, which acts the script and tells all that it saw. It never judges.
//!
//! The engine decides without sockets or clocks; [`Service`] carries bytes. What passes goes out as [`Note`]s, in order.

mod bend;
mod caller;
mod connection;
mod engine;
mod listen;
mod note;
mod outgoing;
mod reach;
mod render;
mod trap;

pub use caller::{Caller, Doorkeeper};
pub use engine::{Arrival, Command, Event, Script, ScriptOptions, Served, Timer};
pub use listen::{BindError, Service, missing};
pub use note::{Clock, Note};
pub use outgoing::Outgoing;
pub use reach::Reach;
pub use trap::Trap;
