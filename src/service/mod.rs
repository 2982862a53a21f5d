//! The other side: the Lambda service, which acts the script and tells all that it saw. It never judges.
//!
//! [`Script`] decides without sockets or clocks; [`Service`] carries bytes. What passes goes out as [`Note`]s, in order.

mod bend;
mod caller;
mod connection;
mod listen;
mod note;
mod outgoing;
mod reach;
mod render;
mod script;
mod stimulus;
mod trap;

pub use caller::{Caller, Doorkeeper};
pub use listen::{BindError, Service, missing};
pub use note::{Clock, Note};
pub use outgoing::Outgoing;
pub use reach::Reach;
pub use script::Script;
pub use stimulus::{Action, Arrival, ScriptOptions, Served, Stimulus, Timer};
pub use trap::Trap;
