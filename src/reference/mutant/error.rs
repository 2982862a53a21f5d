//! Mutants: reports of failures.

use super::super::fault::Fault;
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "error-hidden",
        "Does not answer when the function fails.",
        &["NEXT-10"],
        Fault::HidesErrors,
    ),
    Mutant::new(
        "error-as-response",
        "Sends the failure of the function as a response.",
        &["ERR-01", "RESP-17", "LOG-02"],
        Fault::ErrorsToResponse,
    ),
    Mutant::new(
        "error-by-put",
        "Sends errors with PUT.",
        &["ERR-01"],
        Fault::PutsErrors,
    ),
    Mutant::new(
        "error-empty-body",
        "Sends errors without a body.",
        &["ERR-02", "ERR-19"],
        Fault::EmptyErrorBody,
    )
    .should(),
    Mutant::new(
        "error-unescaped",
        "Writes the message into the error document as it is.",
        &["ERR-02", "ERR-16"],
        Fault::UnescapedError,
    ),
    Mutant::new(
        "error-without-message",
        "Leaves errorMessage out.",
        &["ERR-02", "ERR-19"],
        Fault::NoErrorMessage,
    ),
    Mutant::new(
        "error-without-type",
        "Leaves errorType out.",
        &["ERR-02"],
        Fault::NoErrorType,
    ),
    Mutant::new(
        "error-numeric-type",
        "Sends a number as errorType.",
        &["ERR-02"],
        Fault::NumericErrorType,
    ),
    Mutant::new(
        "error-capitals",
        "Writes ErrorMessage and ErrorType.",
        &["ERR-02", "ERR-19"],
        Fault::ErrorCapitals,
    ),
    Mutant::new(
        "error-constant-message",
        "Puts a constant in place of the message of the error.",
        &["ERR-10", "ERR-19"],
        Fault::ConstantMessage,
    ),
    Mutant::new(
        "error-constant-type",
        "Gives every failure of the function the same type.",
        &["ERR-02"],
        Fault::ConstantErrorType,
    ),
    Mutant::new(
        "error-ascii-message",
        "Puts a question mark for letters outside ASCII in the message.",
        &["ERR-10", "ERR-16"],
        Fault::AsciiMessage,
    ),
    Mutant::new(
        "error-stack-as-text",
        "Sends the stack trace as one text.",
        &["ERR-17"],
        Fault::StackAsText,
    ),
    Mutant::new(
        "error-no-type-header",
        "Sends errors without the error type header.",
        &["ERR-04"],
        Fault::NoTypeHeader,
    ),
    Mutant::new(
        "error-plain-type-header",
        "Sends an error type that has no category.",
        &["ERR-04", "INIT-07"],
        Fault::PlainTypeHeader,
    ),
    Mutant::new(
        "error-form-content-type",
        "Calls the error document form data.",
        &["ERR-06"],
        Fault::FormErrorType,
    ),
    Mutant::new(
        "error-then-exit",
        "Exits after it has reported a failure of the function.",
        &[
            "ERR-08", "RESP-08", "RESP-11", "RESP-13", "ERR-11", "RESP-10",
        ],
        Fault::DiesAfterError,
    ),
    Mutant::new(
        "error-dies-of-newline",
        "Exits without an answer when a message has a newline.",
        &["ERR-10", "ERR-01"],
        Fault::DiesOfRawNewline,
    ),
    Mutant::new(
        "error-dies-of-delete",
        "Exits without an answer when a message has the character DEL.",
        &["ERR-19"],
        Fault::DiesOfDelete,
    ),
    Mutant::new(
        "error-dies-of-non-ascii",
        "Exits without an answer when a message has letters outside ASCII.",
        &["ERR-10", "ERR-01"],
        Fault::DiesOfNonAscii,
    ),
    Mutant::new(
        "error-dies-of-huge-message",
        "Exits without an answer when a message is huge.",
        &["ERR-19"],
        Fault::DropsHugeMessage,
    ),
    Mutant::new(
        "error-long-document",
        "Sends error documents of more than a mebibyte.",
        &["ERR-16"],
        Fault::LongErrorDocument,
    ),
    Mutant::new(
        "error-huge-cause",
        "Sends an X-Ray header of a mebibyte with a huge message.",
        &["XRAY-06"],
        Fault::HugeCause,
    ),
    Mutant::new(
        "error-raw-cause",
        "Writes the message into the X-Ray header with control characters.",
        &["ERR-19", "XRAY-06"],
        Fault::RawCause,
    ),
    Mutant::new(
        "error-to-init",
        "Reports failures of the function on /init/error.",
        &["ERR-13", "NEXT-20"],
        Fault::ErrorsToInit,
    ),
    Mutant::new(
        "error-late-to-init",
        "Reports a failure that comes after the answer on /init/error.",
        &["INIT-06"],
        Fault::LateErrorsToInit,
    ),
    Mutant::new(
        "error-not-logged",
        "Writes nothing about a failure to its output.",
        &["ERR-15", "LOG-02"],
        Fault::SilentErrors,
    ),
    Mutant::new(
        "error-twice",
        "Reports every failure twice.",
        &["ERR-12"],
        Fault::ErrorTwice,
    ),
    Mutant::new(
        "error-then-response",
        "Sends a response after each error.",
        &["ERR-12"],
        Fault::ResponseAfterError,
    ),
    Mutant::new(
        "error-control-bytes-in-cause",
        "Writes control characters into the X-Ray header as they are.",
        &["XRAY-07"],
        Fault::ControlBytesInCause,
    ),
];
