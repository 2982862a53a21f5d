//! What a fault is about in particular, and when it shows.

/// When a fault shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum When {
    Always,
    /// From this invocation on, the first being 1.
    From(u32),
    /// With this invocation only.
    At(u32),
    /// After so many failed invocations.
    AfterFailures(u32),
    /// With this failure of the function, and later ones.
    FromFailure(u32),
    /// After an event of a mebibyte or more.
    AfterLarge,
    /// With an event that came in chunks.
    Chunked,
    /// After the service has refused an answer.
    AfterRefusal,
}

/// Letters that an encoder of JSON escapes without need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Letters {
    /// All that are not ASCII.
    BeyondAscii,
    /// Those of four bytes.
    OfFourBytes,
    /// Angle brackets and ampersands.
    OfMarkup,
    /// The slash.
    Slash,
    /// The line and paragraph separators.
    Separators,
    /// U+007F.
    Delete,
}

/// What stands for the time in a JSON log line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum WrongTime {
    /// Words that are no time.
    Words,
    /// Milliseconds since 1970.
    Number,
    /// The time of the zone, as if it were UTC.
    Local,
    /// The time of the start.
    OfStart,
}

/// What stands for the request id in a text log line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum WrongId {
    Hyphen,
    OfFirst,
    Twice,
}
