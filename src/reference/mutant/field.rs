//! Mutants: faults that public reports tell of real runtimes, and that every case once let pass.

use super::super::fault::{Fault, Letters, WrongId, WrongTime};
use super::Mutant;
use crate::protocol::header;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "field-dies-of-empty-trace",
        "Exits when the trace id is there and empty.",
        &["NEXT-06"],
        Fault::DiesOfEmpty(header::TRACE_ID),
    ),
    Mutant::new(
        "field-dies-of-empty-client-context",
        "Exits when the client context is there and empty.",
        &["NEXT-06"],
        Fault::DiesOfEmpty(header::CLIENT_CONTEXT),
    ),
    Mutant::new(
        "field-dies-of-empty-identity",
        "Exits when the identity is there and empty.",
        &["NEXT-06"],
        Fault::DiesOfEmpty(header::COGNITO_IDENTITY),
    ),
    Mutant::new(
        "field-dies-of-empty-tenant",
        "Exits when the tenant id is there and empty.",
        &["NEXT-06"],
        Fault::DiesOfEmpty(header::TENANT_ID),
    ),
    Mutant::new(
        "field-dies-of-empty-invocation-id",
        "Exits when the invocation id is there and empty.",
        &["NEXT-06"],
        Fault::DiesOfEmpty(header::INVOCATION_ID),
    ),
    Mutant::new(
        "field-keeps-trace-for-empty",
        "Keeps the trace id of an earlier event when one comes with an empty one.",
        &["XRAY-02"],
        Fault::KeepsForEmpty(header::TRACE_ID),
    ),
    Mutant::new(
        "field-keeps-client-context-for-empty",
        "Keeps the client context of an earlier event when one comes with an empty one.",
        &["CTX-09"],
        Fault::KeepsForEmpty(header::CLIENT_CONTEXT),
    ),
    Mutant::new(
        "field-keeps-identity-for-empty",
        "Keeps the identity of an earlier event when one comes with an empty one.",
        &["CTX-09"],
        Fault::KeepsForEmpty(header::COGNITO_IDENTITY),
    ),
    Mutant::new(
        "field-keeps-tenant-for-empty",
        "Keeps the tenant id of an earlier event when one comes with an empty one.",
        &["CTX-09"],
        Fault::KeepsForEmpty(header::TENANT_ID),
    ),
    Mutant::new(
        "field-escapes-beyond-ascii",
        "Writes every letter of a result that is not ASCII as an escape.",
        &["RESP-07"],
        Fault::Escapes(Letters::BeyondAscii),
    ),
    Mutant::new(
        "field-escapes-four-bytes",
        "Writes letters of four bytes as two escapes.",
        &["RESP-07"],
        Fault::Escapes(Letters::OfFourBytes),
    ),
    Mutant::new(
        "field-escapes-markup",
        "Writes angle brackets and ampersands of a result as escapes.",
        &["RESP-07"],
        Fault::Escapes(Letters::OfMarkup),
    ),
    Mutant::new(
        "field-escapes-slashes",
        "Puts a backslash before every slash of a result.",
        &["RESP-07"],
        Fault::Escapes(Letters::Slash),
    ),
    Mutant::new(
        "field-escapes-separators",
        "Writes line separators of a result as escapes.",
        &["RESP-07"],
        Fault::Escapes(Letters::Separators),
    ),
    Mutant::new(
        "field-escapes-delete",
        "Writes U+007F in a result as an escape.",
        &["RESP-07"],
        Fault::Escapes(Letters::Delete),
    ),
    Mutant::new(
        "field-poll-times-out-late",
        "Gives a poll up after thirty seconds and polls again.",
        &["NEXT-03"],
        Fault::PollTimesOutLate,
    ),
    Mutant::new(
        "field-spins-in-poll",
        "Looks for the reply to its poll again and again, without a pause.",
        &["NEXT-22"],
        Fault::SpinsInPoll,
    ),
    Mutant::new(
        "field-needs-credentials",
        "Exits when the environment has no credentials.",
        &["BOOT-18"],
        Fault::NeedsVariable("AWS_ACCESS_KEY_ID"),
    ),
    Mutant::new(
        "field-needs-runtime-dir",
        "Exits when LAMBDA_RUNTIME_DIR is not set.",
        &["BOOT-18"],
        Fault::NeedsVariable("LAMBDA_RUNTIME_DIR"),
    ),
    Mutant::new(
        "field-needs-region",
        "Exits when AWS_REGION is not set.",
        &["BOOT-18"],
        Fault::NeedsVariable("AWS_REGION"),
    ),
    Mutant::new(
        "field-needs-memory-size",
        "Exits when AWS_LAMBDA_FUNCTION_MEMORY_SIZE is not set.",
        &["BOOT-18"],
        Fault::NeedsVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
    ),
    Mutant::new(
        "field-needs-initialization-type",
        "Exits when AWS_LAMBDA_INITIALIZATION_TYPE is not set.",
        &["BOOT-18"],
        Fault::NeedsVariable("AWS_LAMBDA_INITIALIZATION_TYPE"),
    ),
    Mutant::new(
        "field-word-for-missing",
        "Shows a log group and a log stream that nobody named as `undefined`.",
        &["BOOT-18"],
        Fault::WordForMissing,
    ),
    Mutant::new(
        "field-ignores-folder",
        "Finds no handler whose name has a folder.",
        &["BOOT-05"],
        Fault::IgnoresFolder,
    ),
    Mutant::new(
        "field-log-time-in-words",
        "Writes `Sunday at noon` for the time of a JSON log line.",
        &["LOG-02"],
        Fault::LogTime(WrongTime::Words),
    ),
    Mutant::new(
        "field-log-time-as-number",
        "Writes the milliseconds since 1970 for the time of a JSON log line.",
        &["LOG-02"],
        Fault::LogTime(WrongTime::Number),
    ),
    Mutant::new(
        "field-log-time-is-local",
        "Writes the time of its zone into JSON log lines as if it were UTC.",
        &["LOG-02"],
        Fault::LogTime(WrongTime::Local),
    ),
    Mutant::new(
        "field-log-time-of-start",
        "Writes the time at which it started into every JSON log line.",
        &["LOG-02"],
        Fault::LogTime(WrongTime::OfStart),
    ),
    Mutant::new(
        "field-log-level-of-its-own",
        "Logs failures at a level that nobody knows.",
        &["LOG-02"],
        Fault::LogLevelName("FAILURE"),
    ),
    Mutant::new(
        "field-log-level-info",
        "Logs failures at the level INFO.",
        &["LOG-02", "LOG-03"],
        Fault::LogLevelName("INFO"),
    ),
    Mutant::new(
        "field-log-hyphen-for-id",
        "Writes a hyphen for the request id into text log lines.",
        &["LOG-07"],
        Fault::TextId(WrongId::Hyphen),
    ),
    Mutant::new(
        "field-log-first-id",
        "Writes the request id of the first event into all text log lines.",
        &["LOG-07"],
        Fault::TextId(WrongId::OfFirst),
    ),
    Mutant::new(
        "field-log-id-twice",
        "Writes the request id into text log lines twice.",
        &["LOG-07"],
        Fault::TextId(WrongId::Twice),
    ),
];
