//! The guest: the runtime under test, launched, watched and stopped. Knows no protocol: it gets a command, an
//! environment and a folder.

mod leak;
mod output;
mod process;
mod read_only;
mod usage;

pub(crate) use process::code_and_signal;
pub use process::{Launch, LaunchError, Running, Stopped};
pub use read_only::{can_be_read_only, was_not_confined};

/// All processes, as far as the system tells of them.
fn pids() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}
