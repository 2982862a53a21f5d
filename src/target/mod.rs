//! The guest: the runtime under test, launched, watched and stopped. Knows no protocol: it gets a command, an
//! environment and a folder.

mod leak;
mod output;
mod process;
mod usage;

pub(crate) use process::code_and_signal;
pub use process::{Launch, LaunchError, Running, Stopped};
