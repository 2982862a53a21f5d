//! Mutants: requests that only a strict server refuses, and replies that only a strict client reads.

use super::super::fault::{Fault, When};
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "wire-two-codings",
        "Names the transfer coding twice.",
        &["RESP-06"],
        Fault::TwoCodings,
    ),
    Mutant::new(
        "wire-other-coding",
        "Says that its bodies are compressed as well as chunked.",
        &["RESP-06"],
        Fault::OtherCoding,
    ),
    Mutant::new(
        "wire-blank-line-first",
        "Sends an empty line before each request.",
        &["BOOT-03"],
        Fault::BlankLineFirst,
    ),
    Mutant::new(
        "wire-user-in-host",
        "Puts a user into the Host header.",
        &["BOOT-03"],
        Fault::UserInHost,
    ),
    Mutant::new(
        "wire-reposts-error-after-cut",
        "Opens a connection for each answer, and reports a failure again when it broke before the acknowledgement.",
        &["RESP-23"],
        Fault::RepostsErrorAfterCut,
    ),
    Mutant::new(
        "wire-needs-ack-at-once",
        "Neither polls nor exits once an acknowledgement has come in many pieces.",
        &["RESP-10"],
        Fault::NeedsAckAtOnce,
    ),
    Mutant::new(
        "wire-plain-chunks-only",
        "Exits when a chunk size is more than a few digits in lower case.",
        &["BOOT-13"],
        Fault::PlainChunksOnly,
    ),
    Mutant::new(
        "wire-case-sensitive-coding",
        "Does not know chunks by `transfer-encoding` in lower case.",
        &["BOOT-12"],
        Fault::CaseSensitiveCoding,
    ),
    Mutant::new(
        "wire-dies-of-empty-header",
        "Exits when a header that it does not know is empty.",
        &["NEXT-15"],
        Fault::DiesOfEmptyHeader,
    ),
    Mutant::new(
        "wire-obeys-keep-alive-hint",
        "Gives a poll up after the time that Keep-Alive names.",
        &["NEXT-03"],
        Fault::ObeysKeepAliveHint,
    ),
    Mutant::new(
        "wire-cuts-whole-buffers",
        "Loses the last byte of an event that fills its buffers to the brim.",
        &["NEXT-09"],
        Fault::CutsWholeBuffers,
    ),
    Mutant::new(
        "wire-cuts-id-at-sign",
        "Cuts request ids off at a colon, a comma or a semicolon.",
        &["NEXT-05"],
        Fault::CutsIdAtSign,
    ),
    Mutant::new(
        "wire-numeric-id",
        "Drops the zeros before a request id of digits.",
        &["NEXT-05"],
        Fault::NumericId,
    ),
    Mutant::new(
        "wire-hyphenated-id",
        "Puts hyphens into a request id of 32 digits.",
        &["NEXT-05"],
        Fault::HyphenatedId,
    ),
    Mutant::new(
        "wire-long-id",
        "Cuts request ids off at 255 letters.",
        &["NEXT-05"],
        Fault::LongId,
    ),
    Mutant::new(
        "wire-dies-of-large-after-error",
        "Exits on a large event once the function has failed.",
        &["LIFE-01"],
        Fault::DiesOfLargeAfterError,
    ),
    Mutant::new(
        "wire-repeats-for-empty",
        "Runs the event before once more when an event is empty.",
        &["NEXT-20"],
        Fault::RepeatsForEmpty,
    ),
    Mutant::new(
        "wire-polls-for-ever-on-403",
        "Polls again at once, for ever, when a poll is refused with 403.",
        &["NEXT-18"],
        Fault::PollsForEverOn403,
    ),
    Mutant::new(
        "wire-polls-for-ever-on-503",
        "Polls again at once, for ever, when a poll is refused with 503.",
        &["NEXT-18"],
        Fault::PollsForEverOn503,
    ),
    Mutant::new(
        "wire-dies-of-long-thaw",
        "Exits when time has jumped by three seconds while it polled.",
        &["NEXT-04"],
        Fault::DiesOfLongThaw,
    ),
    Mutant::new(
        "wire-cuts-large-chunked-event",
        "Cuts events in chunks off at a mebibyte.",
        &["BOOT-13"],
        Fault::CutsEvent,
    )
    .when(When::Chunked),
];
