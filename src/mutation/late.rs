//! Mutants: faults that appear late, or only under a condition.

use super::change::{Decided, EndsOn, Then};
use super::mutant::{Mutant, When};
use super::repeated::{
    ADDS_NEWLINE, ANSWERS_TWICE, DIES_AFTER_ERROR, EXITS, EXITS_NON_ZERO, FIRST_ID, HIDES_ERRORS,
    NO_ERROR_MESSAGE, NO_INVOCATION_ID, PREVIOUS_ID, PollsWhileAtWork, READS_LATIN_1,
    STALE_REQUEST_ID, TRACE_ONCE,
};

mutants! {
    "late-exit": "Exits with code 0 after its fourth answer.",
        breaks ["LIFE-01", "ERR-08", "NEXT-11"] when(When::At(4)) => EXITS;
    "late-crash": "Exits with code 1 after its fifth answer.",
        breaks ["LIFE-01", "ERR-08"] when(When::At(5)) => EXITS_NON_ZERO;
    "late-hang": "Neither polls nor exits after its fifth answer.",
        breaks ["NEXT-11", "LIFE-01", "LIFE-02", "NEXT-09"] when(When::From(5)) => EndsOn(|_, _| true, Then::Hangs);
    "late-drop-of-the-second": "Does not answer the second invocation.",
        breaks ["NEXT-10"] when(When::At(2)) => Decided(|_| false);
    "late-drop-of-the-fifth": "Does not answer the fifth invocation.",
        breaks ["NEXT-10"] when(When::At(5)) => Decided(|_| false);
    "late-first-id": "From the fifth invocation on, answers with the id of the first.",
        breaks ["NEXT-05"] when(When::From(5)) => FIRST_ID;
    "late-second-answer": "Answers the fifth invocation twice.",
        breaks ["RESP-02"] when(When::At(5)) => ANSWERS_TWICE;
    "late-previous-id-after-error": "Answers with the id of the previous invocation after the function has failed.",
        breaks ["NEXT-05", "LOG-06"] when(When::AfterFailures(1)) => PREVIOUS_ID;
    "late-exit-after-second-error": "Exits after its second report of a failure.",
        breaks ["ERR-08", "RESP-11"] when(When::FromFailure(2)) => DIES_AFTER_ERROR;
    "late-second-error-hidden": "Does not report the second failure of the function.",
        breaks ["NEXT-10"] when(When::FromFailure(2)) => HIDES_ERRORS;
    "late-second-error-without-message": "Leaves errorMessage out from the second report on.",
        breaks ["ERR-02", "ERR-19"] when(When::FromFailure(2)) => NO_ERROR_MESSAGE;
    "late-stale-trace": "Shows the trace id of the first invocation from the third on.",
        breaks ["XRAY-01"] when(When::From(3)) => TRACE_ONCE;
    "late-newline-after-error": "Ends responses with a newline after the function has failed.",
        breaks ["RESP-03"] when(When::AfterFailures(1)) => ADDS_NEWLINE;
    "late-cut-after-large": "Exits after the answer that follows a large event.",
        breaks ["LIFE-01", "ERR-08"] when(When::AfterLarge) => EXITS;
    "late-previous-id-after-large": "Answers with the id of the previous invocation after a large event.",
        breaks ["NEXT-05"] when(When::AfterLarge) => PREVIOUS_ID;
    "late-latin-1-in-chunks": "Reads the bytes of an event as Latin-1 if it comes in chunks.",
        breaks ["BOOT-13"] when(When::Chunked) => READS_LATIN_1;
    "late-exit-after-refusal": "Exits after the answer that follows a refused one.",
        breaks ["LIFE-01", "NEXT-11", "RESP-11"] when(When::AfterRefusal) => EXITS;
    "late-previous-id-after-refusal": "Answers with the id of the previous invocation after an answer was refused.",
        breaks ["NEXT-05"] when(When::AfterRefusal) => PREVIOUS_ID;
    "late-invocation-id-missing": "Does not echo the invocation id from the second invocation on.",
        breaks ["INVID-01", "INVID-02"] when(When::From(2)) => NO_INVOCATION_ID;
    "late-stale-request-id-after-error": "Shows the request id of the first invocation after the function has failed.",
        breaks ["CTX-01", "LOG-06"] when(When::AfterFailures(1)) => STALE_REQUEST_ID;
    "late-early-poll": "Polls before it runs the function from the third invocation on.",
        breaks ["NEXT-10"] when(When::From(3)) => PollsWhileAtWork;
}
