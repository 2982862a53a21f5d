//! The engine: what the service does, decided without sockets or clocks.
//!
//! ```text
//!          Event                   asks, overrules
//!  play ----------> Script, which ----------------> Environment, which owns
//!       <---------- owns the                        the lifecycle, the calls that
//!         Command   tracks, replies <-------------- are held, the invocations in
//!                   that wait, ids       Came       flight, the extensions, the
//!                                                   queue of the invoke door
//! ```
//!
//! - `play` gives [`Event`]s, one at a time, and does what the [`Command`]s say, in their order.
//! - The [`Script`] is the director: it decides what is invoked, what is waited for, and where the service misbehaves. Each
//!   of its tracks is a line of steps with its own cursor; the tracks are played side by side.
//! - The environment answers each call as the service does. It knows no steps. If the script sends another reply, the
//!   environment is told the status that was sent, and has the state that the service would have after it.
//! - An event may come in by the invoke door: a caller brings it ([`Event::Invoke`]), the environment queues it until a poll
//!   takes it, and the caller gets the answer as soon as that is whole ([`Command::Return`]). In a case, ricspec itself is
//!   the caller ([`Command::Visit`], [`Event::Visited`]).
//! - Subscribers to telemetry get all that happens in batches ([`Command::Post`], [`Event::Telemetry`]).

mod answering;
mod beside;
mod callers;
mod came;
mod command;
mod desk;
mod environment;
mod event;
mod life;
mod reads;
mod script;
mod shutdown;
mod telemetry;
mod track;

pub use command::{Command, Post, Served, Timer, Visit};
pub use desk::{Desk, DeskOptions};
pub use event::{Arrival, Event, Invoke, News};
pub use reads::Reads;
pub use script::{Script, ScriptOptions};
