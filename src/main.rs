//! The command line tool; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    give_large_blocks_back();
    ricspec::cli::main()
}

/// A free block of memory of at least so many bytes goes back to the system at once.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: i32 = 256 * 1024;

/// Without this, the C library keeps large blocks (events and answers) in the heap of each thread: it raises the limit by
/// itself once the first one is free, and a run then holds a third more memory than it uses.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "a setting of the C library, made before there is a second thread"
)]
fn give_large_blocks_back() {
    // SAFETY: it takes two numbers and no pointer, and there is no other thread yet. If it fails, memory is held longer.
    let _ = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES) };
}

/// Other C libraries have no such setting, or do not need it.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_large_blocks_back() {}
