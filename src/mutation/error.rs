//! Mutants: reports of failures.

use hyper::Method;

use super::change::{
    Again, Decided, DiesOfReport, Document, Forged, Hidden, Reported, Request, Sent, ascii,
    is_answer, of_the_other_kind, own_client, unchanged,
};
use super::forge::replace;
use super::mutant::Mutant;
use super::next::to_init;
use super::repeated::{DIES_AFTER_ERROR, HIDES_ERRORS, NO_ERROR_MESSAGE};

use crate::protocol::header;
use crate::reference::failure::{Failure, Origin};
use crate::reference::hooks::{Hooks, Later};
use crate::reference::log;
use crate::reference::report;
use crate::reference::settings::Settings;

mutants! {
    "error-hidden": "Does not answer when the function fails.",
        breaks ["NEXT-10"] => HIDES_ERRORS;
    "error-as-response": "Sends the failure of the function as a response.",
        breaks ["ERR-01", "RESP-17", "LOG-02"] => Decided(|outcome| {
            if let Err(failure) = outcome {
                log::complain(&failure.message);
                *outcome = Ok(failure.document());
            }
            true
        });
    "error-by-put": "Sends errors with PUT.",
        breaks ["ERR-01"] =>
            Request(|call| if is_answer(call) && call.path.ends_with("/error") { call.method = Method::PUT });
    "error-empty-body": "Sends errors without a body.",
        breaks ["ERR-02", "ERR-19"] should() =>
            Reported(|_, init, call| if !init { call.body = Some(Vec::new().into()) });
    "error-unescaped": "Writes the message into the error document without escapes.",
        breaks ["ERR-02", "ERR-16"] => Reported(|failure, _, call| {
            let (message, kind) = (&failure.message, failure.error_type());
            call.body = Some(format!(r#"{{"errorMessage":"{message}","errorType":"{kind}"}}"#).into());
        });
    "error-without-message": "Leaves errorMessage out.",
        breaks ["ERR-02", "ERR-19"] => NO_ERROR_MESSAGE;
    "error-without-type": "Leaves errorType out.",
        breaks ["ERR-02"] => Document(|_, init, members| if !init { members.remove("errorType"); });
    "error-numeric-type": "Sends a number as errorType.",
        breaks ["ERR-02"] => Document(|_, init, members| if !init { members.insert("errorType".into(), 1.into()); });
    "error-capitals": "Writes ErrorMessage and ErrorType.",
        breaks ["ERR-02", "ERR-19"] => Reported(|_, init, call| if !init {
            let text = String::from_utf8_lossy(call.body.as_deref().unwrap_or_default());
            call.body = Some(text.replace("\"error", "\"Error").into());
        });
    "error-constant-message": "Puts a constant instead of the message of the error.",
        breaks ["ERR-10", "ERR-19"] =>
            Document(|failure, init, members| if failure.origin == Origin::Function && !init {
                members.insert("errorMessage".into(), "the function failed".into());
            });
    "error-constant-type": "Gives every failure of the function the same type.",
        breaks ["ERR-02"] => Document(|failure, init, members| if failure.origin == Origin::Function && !init {
            members.insert("errorType".into(), "FunctionError".into());
        });
    "error-ascii-message": "Puts a question mark for letters outside ASCII in the message.",
        breaks ["ERR-10", "ERR-16"] =>
            Document(|failure, _, members| { members.insert("errorMessage".into(), ascii(&failure.message).into()); });
    "error-stack-as-text": "Sends the stack trace as one text.",
        breaks ["ERR-17"] =>
            Document(|_, _, members| { members.insert("stackTrace".into(), "at fixture.handler".into()); });
    "error-no-type-header": "Sends errors without the error type header.",
        breaks ["ERR-04"] => Reported(|_, init, call| if !init { call.remove(header::ERROR_TYPE) });
    "error-plain-type-header": "Sends an error type that has no category.",
        breaks ["ERR-04", "INIT-07"] => Reported(|_, _, call| call.replace(header::ERROR_TYPE, "unhandled"));
    "error-form-content-type": "Labels the error document as form data.",
        breaks ["ERR-06"] => Reported(|_, init, call| if !init { call.replace("Content-Type", FORM) });
    "error-then-exit": "Exits after it has reported a failure of the function.",
        breaks ["ERR-08", "RESP-08", "RESP-11", "RESP-13", "ERR-11", "RESP-10"] => DIES_AFTER_ERROR;
    "error-dies-of-newline": "Exits without an answer when a message has a newline.",
        breaks ["ERR-10", "ERR-01"] => DiesOfReport(|failure| failure.message.contains('\n'));
    "error-dies-of-delete": "Exits without an answer when a message has the character DEL.",
        breaks ["ERR-19"] => DiesOfReport(|failure| failure.message.contains(DELETE));
    "error-dies-of-non-ascii": "Exits without an answer when a message has letters outside ASCII.",
        breaks ["ERR-10", "ERR-01"] => DiesOfReport(|failure| !failure.message.is_ascii());
    "error-dies-of-huge-message": "Exits without an answer when a message is huge.",
        breaks ["ERR-19"] => DiesOfReport(|failure| failure.message.len() > HUGE_BYTES);
    "error-long-document": "Sends error documents of more than a mebibyte.",
        breaks ["ERR-16"] =>
            Document(|failure, _, members| { members.insert("errorMessage".into(), failure.message.as_str().into()); });
    "error-huge-cause": "Sends an X-Ray header of a mebibyte with a huge message.",
        breaks ["XRAY-06"] => Reported(|failure, _, call| if failure.message.len() > HUGE_BYTES {
            call.replace(header::XRAY_ERROR_CAUSE, "x".repeat(1024 * 1024));
        });
    "error-raw-cause": "Writes the message into the X-Ray header with control characters.",
        breaks ["ERR-19", "XRAY-06"] => Reported(|failure, _, call| {
            let raw = failure.message.replace(['\n', '\r', '\0', DELETE], "\t");
            call.replace(header::XRAY_ERROR_CAUSE, raw);
        });
    "error-to-init": "Reports failures of the function on /init/error.",
        breaks ["ERR-13", "NEXT-20"] => Sent(|call, failure| if failure.is_some() { to_init(call) });
    "error-late-to-init": "Reports a failure that comes after the answer on /init/error.",
        breaks ["INIT-06"] => LateErrorsToInit;
    "error-not-logged": "Writes nothing about a failure to its output.",
        breaks ["ERR-15", "LOG-02"] => Hidden(|entry, _| entry.error_type.is_some());
    "error-twice": "Reports every failure twice.",
        breaks ["ERR-12"] => Again(|answer| answer.failed && answer.status.is_success(), unchanged);
    "error-then-response": "Sends a response after each error.",
        breaks ["ERR-12"] => Again(|answer| answer.failed && answer.status.is_success(), of_the_other_kind);
    "error-control-bytes-in-cause": "Writes control characters into the X-Ray header as they are.",
        breaks ["XRAY-07"] => Forged(|_, bytes| replace(replace(bytes, "\\u007f", "\u{7f}"), "\\u0001", "\u{1}"));
}

const DELETE: char = '\u{7f}';

/// Messages above this size are huge.
const HUGE_BYTES: usize = 512 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";

struct LateErrorsToInit;

impl Hooks for LateErrorsToInit {
    fn failed_late<'a>(&'a self, settings: &'a Settings) -> Later<'a, ()> {
        Box::pin(async {
            let failure = Failure::of_function("LateError", "raised after the answer");
            let mut client = own_client(settings);
            drop(client.send(&report("/init/error", &failure)).await);
        })
    }
}
