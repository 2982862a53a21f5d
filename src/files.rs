//! Files that users name: read within limits, written as a whole or not at all.
//!
//! I/O. It does not know what the files contain.

mod draft;
mod outlet;
mod read;
mod resolve;

pub use outlet::{Identity, Outlet, WriteError, append, hold_folder};
pub use read::{Bound, ReadError, text};
