//! The command line tool; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    give_large_blocks_back();
    ricspec::cli::main()
}

/// From how many bytes on a block of memory goes back to the system as soon as it is free.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: i32 = 256 * 1024;

/// Keeps the C library from holding on to blocks of mebibytes, such as events and answers, in the heap of each thread: it
/// raises this limit by itself once the first of them is free, and a run then holds a third more memory than it uses.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "a setting of the C library, made before there is a second thread"
)]
fn give_large_blocks_back() {
    // SAFETY: it takes two numbers and no pointer, and no other thread is there yet. Where it fails, memory is held longer.
    let _ = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES) };
}

/// Other libraries know no such setting, or need none.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_large_blocks_back() {}
