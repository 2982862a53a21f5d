//! Tags: a number on a process and on all that it starts, even if they change environment, group or session.
//!
//! A tag is the limit of file locks. The kernel keeps it for each process and has not used it since Linux 2.4.25. It is
//! inherited, no ordinary user may raise it again, and everybody may read it, even of a process that hides its environment.

use std::sync::OnceLock;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use sha2::{Digest, Sha256};

/// The limit of a process without a tag, unless someone has set it.
pub fn own_limit() -> Option<u64> {
    static OWN: OnceLock<Option<u64>> = OnceLock::new();
    *OWN.get_or_init(|| getrlimit(Resource::Locks).maximum)
}

/// The tag that belongs to a mark. It is at most our own limit, which may be a tag already.
pub fn tag_of(mark: &str) -> u64 {
    let mut first = [0; 8];
    first
        .iter_mut()
        .zip(Sha256::digest(mark))
        .for_each(|(to, from)| *to = from);
    u64::from_le_bytes(first) % own_limit().unwrap_or(u64::MAX / 2).max(1)
}

/// Puts the tag on a process that was just started.
pub(super) fn put_on(process: Pid, mark: &str) {
    let limit = Some(tag_of(mark));
    let limit = Rlimit {
        current: limit,
        maximum: limit,
    };
    // If the system refuses, the mark is left.
    let _ = prlimit(Some(process), Resource::Locks, limit);
}
