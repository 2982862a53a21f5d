//! Mutants: polling, and the events that come.

use super::super::fault::Fault;
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "next-by-post",
        "Polls with POST.",
        &["NEXT-02"],
        Fault::PollsByPost,
    ),
    Mutant::new(
        "next-with-body",
        "Sends a body with its polls.",
        &["NEXT-02"],
        Fault::PollsWithBody,
    ),
    Mutant::new(
        "next-times-out",
        "Gives a poll up after two seconds and polls again.",
        &["NEXT-03"],
        Fault::PollTimesOut,
    ),
    Mutant::new(
        "next-timeout-is-fatal",
        "Exits when a poll brings nothing for two seconds.",
        &["NEXT-03", "LIFE-01"],
        Fault::PollTimeoutIsFatal,
    ),
    Mutant::new(
        "next-dies-of-thaw",
        "Exits when time has jumped while it polled.",
        &["NEXT-04"],
        Fault::DiesOfThaw,
    ),
    Mutant::new(
        "next-needs-trace",
        "Takes no event without a trace id.",
        &["NEXT-06"],
        Fault::NeedsTrace,
    ),
    Mutant::new(
        "next-needs-arn",
        "Takes no event without a function ARN.",
        &["NEXT-06"],
        Fault::NeedsArn,
    ),
    Mutant::new(
        "next-needs-deadline",
        "Takes no event without a deadline.",
        &["NEXT-19"],
        Fault::NeedsDeadline,
    ),
    Mutant::new(
        "next-needs-known-headers",
        "Takes no event with a Lambda-Runtime header that it does not know.",
        &["NEXT-15"],
        Fault::NeedsKnownHeaders,
    ),
    Mutant::new(
        "next-polls-for-ever",
        "Polls again at once, for ever, when a poll is refused.",
        &["NEXT-18"],
        Fault::PollsForEver,
    ),
    Mutant::new(
        "next-follows-redirects",
        "Goes where a redirect of /next sends it, and ends.",
        &["NEXT-13"],
        Fault::FollowsRedirects,
    ),
    Mutant::new(
        "next-hangs-on-refusal",
        "Neither polls nor exits once a poll was refused.",
        &["NEXT-13"],
        Fault::HangsOnRefusedPoll,
    ),
    Mutant::new(
        "next-exits-zero-on-refusal",
        "Exits with code 0 when a poll is refused.",
        &["NEXT-13"],
        Fault::ExitsZeroOnRefusedPoll,
    ),
    Mutant::new(
        "next-hangs-on-broken-poll",
        "Neither polls nor exits once the reply to a poll broke off.",
        &["NEXT-14"],
        Fault::HangsOnBrokenPoll,
    ),
    Mutant::new(
        "next-exits-zero-on-broken-poll",
        "Exits with code 0 when the reply to a poll breaks off.",
        &["NEXT-14"],
        Fault::ExitsZeroOnBrokenPoll,
    ),
    Mutant::new(
        "next-runs-partial-events",
        "Runs the function on an event that broke off.",
        &["NEXT-16"],
        Fault::RunsPartialEvents,
    ),
    Mutant::new(
        "next-runs-refusals",
        "Runs the function on the body of a refusal.",
        &["NEXT-21", "NEXT-18", "RESP-15"],
        Fault::RunsRefusals,
    ),
    Mutant::new(
        "next-while-at-work",
        "Polls before it runs the function.",
        &["NEXT-10", "RESP-15"],
        Fault::PollsWhileAtWork,
    ),
    Mutant::new(
        "next-before-ack",
        "Polls without waiting for the reply to its answer.",
        &["NEXT-10", "RESP-14"],
        Fault::PollsBeforeAck,
    ),
    Mutant::new(
        "next-drops-four-byte-letters",
        "Turns letters of four bytes in UTF-8 into question marks.",
        &["NEXT-07", "ERR-10", "RESP-03"],
        Fault::DropsFourByteLetters,
    ),
    Mutant::new(
        "next-reads-latin-1",
        "Reads the bytes of the event as Latin-1.",
        &["NEXT-07", "ERR-10", "RESP-03"],
        Fault::ReadsLatin1,
    ),
    Mutant::new(
        "next-rounds-numbers",
        "Reads great whole numbers as floating-point ones.",
        &["NEXT-07"],
        Fault::RoundsNumbers,
    ),
    Mutant::new(
        "next-drops-nul",
        "Drops NUL characters from the texts of the event.",
        &["NEXT-07"],
        Fault::CutsAtNul,
    ),
    Mutant::new(
        "next-trims-strings",
        "Drops a blank at the end of a text.",
        &["NEXT-07"],
        Fault::TrimsStrings,
    ),
    Mutant::new(
        "next-drops-empty-strings",
        "Turns empty texts into null.",
        &["NEXT-07", "RESP-03"],
        Fault::DropsEmptyStrings,
    ),
    Mutant::new(
        "next-limits-depth",
        "Takes no event that is nested more than 64 levels deep.",
        &["NEXT-07"],
        Fault::LimitsDepth,
    ),
    Mutant::new(
        "next-cuts-event",
        "Cuts events off at a mebibyte.",
        &["NEXT-09"],
        Fault::CutsEvent,
    ),
    Mutant::new(
        "next-dies-of-malformed-event",
        "Exits without an answer when an event is not JSON.",
        &["NEXT-08"],
        Fault::DiesOfMalformedEvent,
    ),
    Mutant::new(
        "next-malformed-event-to-init",
        "Reports an event that is not JSON on /init/error.",
        &["ERR-13"],
        Fault::MalformedEventToInit,
    ),
    Mutant::new(
        "next-drops-malformed-event",
        "Polls again without an answer when an event is not JSON.",
        &["NEXT-10"],
        Fault::DropsMalformedEvent,
    ),
    Mutant::new(
        "next-dies-of-empty-event",
        "Exits without an answer when an event is empty.",
        &["NEXT-20"],
        Fault::DiesOfEmptyEvent,
    ),
    Mutant::new(
        "next-dies-of-scalar-event",
        "Exits without an answer when an event is JSON but no object.",
        &["NEXT-07"],
        Fault::DiesOfScalarEvent,
    ),
];
