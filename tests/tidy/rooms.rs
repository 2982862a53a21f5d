//! The rooms of the house, and which of them may know which.

/// What a room may do.
pub struct Room {
    pub name: &'static str,
    /// The rooms that it may know.
    pub knows: &'static [&'static str],
    pub kind: Kind,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Kind {
    /// No event loop, sockets, files, processes, environment or clock.
    Pure,
    /// May use the world outside.
    Outer,
}

const fn pure(name: &'static str, knows: &'static [&'static str]) -> Room {
    let kind = Kind::Pure;
    Room { name, knows, kind }
}

const fn outer(name: &'static str, knows: &'static [&'static str]) -> Room {
    let kind = Kind::Outer;
    Room { name, knows, kind }
}

/// From the inside out: a room knows only rooms above it.
pub const ROOMS: &[Room] = &[
    pure("calendar", &[]),
    pure("cut", &[]),
    pure("http1", &["cut"]),
    pure("protocol", &["calendar", "cut", "http1"]),
    pure("data", &[]),
    pure("law", &["data"]),
    pure("fixture", &[]),
    pure("case", &["cut", "data", "law", "protocol"]),
    pure("plan", &["case", "law"]),
    pure("transcript", &["cut", "http1", "protocol"]),
    pure(
        "check",
        &["calendar", "case", "cut", "protocol", "law", "transcript"],
    ),
    pure("image", &["case", "check", "law", "protocol"]),
    pure("verdict", &["calendar", "case", "check", "law"]),
    pure("mask", &["check", "protocol", "transcript", "verdict"]),
    pure(
        "explain",
        &["case", "check", "data", "law", "protocol", "verdict"],
    ),
    pure(
        "report",
        &[
            "calendar",
            "case",
            "check",
            "cut",
            "explain",
            "law",
            "transcript",
            "verdict",
        ],
    ),
    outer("service", &["case", "http1", "protocol", "transcript"]),
    outer("files", &[]),
    outer("group", &[]),
    outer("runtime", &["case", "cut", "group", "image", "transcript"]),
    outer(
        "play",
        &[
            "case",
            "http1",
            "mask",
            "protocol",
            "service",
            "runtime",
            "transcript",
        ],
    ),
    // The reference runtime is on the other side of the wire: it must not know the service.
    outer("reference", &["calendar", "protocol"]),
    outer("publish", &["files", "report", "verdict"]),
    outer("console", &["report", "verdict"]),
    outer(
        "run",
        &[
            "case",
            "check",
            "cut",
            "law",
            "mask",
            "plan",
            "play",
            "protocol",
            "service",
            "transcript",
            "verdict",
        ],
    ),
    outer(
        "mutation",
        &[
            "case",
            "play",
            "protocol",
            "reference",
            "run",
            "law",
            "verdict",
        ],
    ),
    outer(
        "matrix",
        &["files", "fixture", "group", "runtime", "verdict"],
    ),
    outer(
        "session",
        &[
            "case",
            "check",
            "console",
            "files",
            "fixture",
            "group",
            "image",
            "law",
            "mask",
            "mutation",
            "plan",
            "play",
            "protocol",
            "publish",
            "reference",
            "report",
            "run",
            "runtime",
            "transcript",
            "verdict",
        ],
    ),
    outer(
        "serve",
        &[
            "case",
            "check",
            "cut",
            "files",
            "http1",
            "law",
            "mask",
            "play",
            "protocol",
            "report",
            "service",
            "transcript",
            "verdict",
        ],
    ),
    outer(
        "harness",
        &[
            "case", "console", "image", "play", "report", "run", "session", "verdict",
        ],
    ),
    outer(
        "cli",
        &[
            "case",
            "console",
            "explain",
            "files",
            "fixture",
            "harness",
            "http1",
            "law",
            "matrix",
            "mutation",
            "plan",
            "publish",
            "reference",
            "report",
            "run",
            "runtime",
            "serve",
            "session",
            "transcript",
            "verdict",
        ],
    ),
];
