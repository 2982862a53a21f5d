//! Mutants: faults that show late, or only under a condition.

use super::super::fault::{Fault, When};
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "late-exit",
        "Exits with code 0 after its fourth answer.",
        &["LIFE-01", "ERR-08", "NEXT-11"],
        Fault::Exits,
    )
    .when(When::At(4)),
    Mutant::new(
        "late-crash",
        "Exits with code 1 after its fifth answer.",
        &["LIFE-01", "ERR-08"],
        Fault::ExitsNonZero,
    )
    .when(When::At(5)),
    Mutant::new(
        "late-hang",
        "Neither polls nor exits after its fifth answer.",
        &["NEXT-11", "LIFE-01", "LIFE-02", "NEXT-09"],
        Fault::Hangs,
    )
    .when(When::From(5)),
    Mutant::new(
        "late-drop-of-the-second",
        "Does not answer the second invocation.",
        &["NEXT-10"],
        Fault::DropsInvocation,
    )
    .when(When::At(2)),
    Mutant::new(
        "late-drop-of-the-fifth",
        "Does not answer the fifth invocation.",
        &["NEXT-10"],
        Fault::DropsInvocation,
    )
    .when(When::At(5)),
    Mutant::new(
        "late-first-id",
        "Answers with the id of the first invocation from the fifth on.",
        &["NEXT-05"],
        Fault::FirstId,
    )
    .when(When::From(5)),
    Mutant::new(
        "late-second-answer",
        "Answers the fifth invocation twice.",
        &["RESP-02"],
        Fault::AnswersTwice,
    )
    .when(When::At(5)),
    Mutant::new(
        "late-previous-id-after-error",
        "Answers with the id of the invocation before once the function has failed.",
        &["NEXT-05", "LOG-06"],
        Fault::PreviousId,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "late-exit-after-second-error",
        "Exits after its second report of a failure.",
        &["ERR-08", "RESP-11"],
        Fault::DiesAfterError,
    )
    .when(When::FromFailure(2)),
    Mutant::new(
        "late-second-error-hidden",
        "Does not report the second failure of the function.",
        &["NEXT-10"],
        Fault::HidesErrors,
    )
    .when(When::FromFailure(2)),
    Mutant::new(
        "late-second-error-without-message",
        "Leaves errorMessage out from the second report on.",
        &["ERR-02", "ERR-19"],
        Fault::NoErrorMessage,
    )
    .when(When::FromFailure(2)),
    Mutant::new(
        "late-stale-trace",
        "Shows the trace id of the first invocation from the third on.",
        &["XRAY-01"],
        Fault::TraceOnce,
    )
    .when(When::From(3)),
    Mutant::new(
        "late-newline-after-error",
        "Ends responses with a newline once the function has failed.",
        &["RESP-03"],
        Fault::AddsNewline,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "late-cut-after-large",
        "Exits after the answer that follows a large event.",
        &["LIFE-01", "ERR-08"],
        Fault::Exits,
    )
    .when(When::AfterLarge),
    Mutant::new(
        "late-previous-id-after-large",
        "Answers with the id of the invocation before once there was a large event.",
        &["NEXT-05"],
        Fault::PreviousId,
    )
    .when(When::AfterLarge),
    Mutant::new(
        "late-latin-1-in-chunks",
        "Reads the bytes of an event as Latin-1 if it comes in chunks.",
        &["BOOT-13"],
        Fault::ReadsLatin1,
    )
    .when(When::Chunked),
    Mutant::new(
        "late-exit-after-refusal",
        "Exits after the answer that follows a refused one.",
        &["LIFE-01", "NEXT-11", "RESP-11"],
        Fault::Exits,
    )
    .when(When::AfterRefusal),
    Mutant::new(
        "late-previous-id-after-refusal",
        "Answers with the id of the invocation before once an answer was refused.",
        &["NEXT-05"],
        Fault::PreviousId,
    )
    .when(When::AfterRefusal),
    Mutant::new(
        "late-invocation-id-missing",
        "Does not echo the invocation id from the second invocation on.",
        &["INVID-01", "INVID-02"],
        Fault::NoInvocationId,
    )
    .when(When::From(2)),
    Mutant::new(
        "late-stale-request-id-after-error",
        "Shows the request id of the first invocation once the function has failed.",
        &["CTX-01", "LOG-06"],
        Fault::StaleRequestId,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "late-early-poll",
        "Polls before it runs the function from the third invocation on.",
        &["NEXT-10"],
        Fault::PollsWhileAtWork,
    )
    .when(When::From(3)),
];
