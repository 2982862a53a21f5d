//! Files that users name: read within bounds, written whole or not at all.
//!
//! I/O. It knows nothing of what the files say.

mod draft;
mod outlet;
mod read;
mod resolve;

pub use outlet::{Identity, Outlet, WriteError, append, hold_folder};
pub use read::{Bound, ReadError, text};
