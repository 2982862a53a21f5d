//! What a runtime does that means no good.

use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{getpgid, getppid, setpgid};

/// Before the name of a role.
pub const WORD: &str = "in-the-role-of";

/// Plays a role.
pub fn play(role: &str) -> ExitCode {
    match role {
        "one-who-joins-its-parent" => join_parent(),
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

/// Leaves its own process group for that of its parent, and stays.
fn join_parent() {
    let group = getpgid(getppid()).expect("a group");
    setpgid(None, Some(group)).expect("it may");
    println!("joined");
    std::thread::sleep(Duration::from_secs(600));
}
