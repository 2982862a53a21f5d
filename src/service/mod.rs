//! The other side: the Lambda service, which acts the script and reports everything that it saw. It never judges.
//!
//! The engine decides without sockets or clocks; [`Service`] carries bytes. What passes goes out as [`Note`]s, in order.

mod address;
mod bind;
mod caller;
mod connection;
mod decoy;
mod distort;
mod door;
mod engine;
mod front;
mod listen;
mod note;
mod outgoing;
mod pace;
mod piece;
mod push;
mod sockets;
mod traffic;

pub use address::{Addresses, missing};
pub use bind::BindError;
pub use caller::{Caller, Doorkeeper};
pub use decoy::Decoy;
pub use door::{Answer, Gone, Pieces};
pub use engine::{
    Arrival, Command, Desk, DeskOptions, Event, Invoke, News, Post, Reads, Script, ScriptOptions,
    Served, Timer, Visit,
};
pub use front::{Allowed, Called, Front, PAGE, Page, Porch, QUEUE_MAX, Returns};
pub use listen::Service;
pub use note::{Clock, Note, Pushed, Pushing};
pub use outgoing::Outgoing;
pub use piece::{Answered, Data, Piece};
pub use sockets::Sockets;
