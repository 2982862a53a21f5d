//! Mutants: values that are taken for more than they are, and what goes wrong in a later turn.

use super::super::fault::{Fault, When};
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "value-one-word-for-empty",
        "Holds an empty object as an empty array, and drops members that are null.",
        &["NEXT-07", "RESP-03"],
        Fault::OneWordForEmpty,
    )
    .should(),
    Mutant::new(
        "next-revives-dates",
        "Writes texts anew that look like dates.",
        &["NEXT-07"],
        Fault::RevivesDates,
    ),
    Mutant::new(
        "next-decodes-texts",
        "Takes a text that is JSON for its value.",
        &["NEXT-07", "RESP-03"],
        Fault::DecodesTexts,
    ),
    Mutant::new(
        "next-fills-patterns",
        "Takes texts for patterns, and fills in $& and %s.",
        &["NEXT-07"],
        Fault::FillsPatterns,
    ),
    Mutant::new(
        "next-decodes-percents",
        "Decodes what is percent-encoded in a text.",
        &["NEXT-07"],
        Fault::DecodesPercents,
    ),
    Mutant::new(
        "next-composes-letters",
        "Makes one letter of a letter and its accent.",
        &["NEXT-07"],
        Fault::ComposesLetters,
    ),
    Mutant::new(
        "next-splits-lines",
        "Makes newlines of the line separators of Unicode.",
        &["NEXT-07"],
        Fault::SplitsLines,
    ),
    Mutant::new(
        "next-unix-lines",
        "Turns CRLF in texts into LF.",
        &["NEXT-07"],
        Fault::UnixLines,
    ),
    Mutant::new(
        "next-drops-controls",
        "Drops DEL, C1 controls and byte order marks from texts.",
        &["NEXT-07"],
        Fault::DropsControls,
    ),
    Mutant::new(
        "next-folds-names",
        "Keeps one of several members whose names differ in case only.",
        &["NEXT-07"],
        Fault::FoldsNames,
    ),
    Mutant::new(
        "next-cuts-names",
        "Cuts names of members off at 255 letters.",
        &["NEXT-07"],
        Fault::CutsNames,
    ),
    Mutant::new(
        "next-drops-proto",
        "Drops members of the name __proto__.",
        &["NEXT-07"],
        Fault::DropsProto,
    ),
    Mutant::new(
        "next-drops-false",
        "Drops members whose value is false.",
        &["NEXT-07"],
        Fault::DropsFalse,
    ),
    Mutant::new(
        "next-fixed-decimals",
        "Rounds numbers to six decimals.",
        &["NEXT-07"],
        Fault::FixedDecimals,
    ),
    Mutant::new(
        "next-single-floats",
        "Reads numbers as floats of 32 bits.",
        &["NEXT-07"],
        Fault::SingleFloats,
    ),
    Mutant::new(
        "next-cuts-items",
        "Cuts arrays off at 65535 items.",
        &["NEXT-07"],
        Fault::CutsItems,
    ),
    Mutant::new(
        "posts-id-as-number",
        "Answers with the number that an id of digits stands for.",
        &["NEXT-05"],
        Fault::IdAsNumber,
    ),
    Mutant::new(
        "posts-true-ids-only",
        "Exits when the request id is 0 or null.",
        &["NEXT-05"],
        Fault::NeedsTrueId,
    ),
    Mutant::new(
        "response-cuts-full-buffer",
        "Loses the last byte of a response of exactly 64 KiB.",
        &["RESP-03"],
        Fault::CutsFullBuffers,
    ),
    Mutant::new(
        "response-decodes-in-pieces",
        "Decodes a response in pieces of 64 KiB.",
        &["NEXT-07"],
        Fault::DecodesInPieces,
    ),
    Mutant::new(
        "response-errors-by-shape",
        "Sends a result with an errorMessage to /error.",
        &["RESP-01"],
        Fault::ErrorsByShape,
    ),
    Mutant::new(
        "response-opens-replies",
        "Sends only the body of a result that has a status code.",
        &["RESP-03"],
        Fault::OpensReplies,
    ),
    Mutant::new(
        "response-unquotes-json",
        "Sends a text that is JSON without its quotes.",
        &["RESP-03"],
        Fault::UnquotesJson,
    ),
    Mutant::new(
        "response-times-out",
        "Sends an answer again that is not acknowledged within three seconds.",
        &["RESP-23"],
        Fault::PostTimesOut,
    ),
    Mutant::new(
        "process-ends-with-child",
        "Exits when a child of the function has ended.",
        &["LIFE-01"],
        Fault::EndsWithChild,
    ),
    Mutant::new(
        "process-keeps-timer",
        "Fails an event when the deadline of the one before passes.",
        &["RESP-01"],
        Fault::KeepsTimer,
    ),
    Mutant::new(
        "process-forgets-term",
        "Forgets a SIGTERM that came in the middle of an event.",
        &["LIFE-05"],
        Fault::ForgetsTerm,
    ),
    Mutant::new(
        "log-first-turn-only",
        "Loses what the function writes to stdout from the second invocation on.",
        &["LOG-01"],
        Fault::LostStdout,
    )
    .when(When::From(2)),
    Mutant::new(
        "log-ascii",
        "Writes question marks for letters beyond ASCII.",
        &["LOG-01"],
        Fault::AsciiOutput,
    ),
    Mutant::new(
        "log-cuts-lines",
        "Cuts lines off at 4 KiB.",
        &["LOG-01"],
        Fault::CutsLines,
    ),
];
