//! Faults in the reports of failures.

use std::process::exit;

use serde_json::Value;

use super::super::client::Call;
use super::super::failure::{Failure, Origin};
use super::super::fault::{Fault, Flaw};
use super::messages;
use crate::protocol::header;

const DELETE: char = '\u{7f}';

/// From here on a chain of causes is too deep for a mutant.
const DEEP: usize = 100;

/// Whether the function's message could not be read.
pub(super) fn is_unreadable(failure: &Failure) -> bool {
    failure.kind == "UnreadableError"
}

/// Whether an error of the function has hardly a type.
pub(super) fn is_odd(failure: &Failure) -> bool {
    !failure
        .kind
        .starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Changes a report, or dies of it. `init` tells a failed setup from a failed invocation.
pub(in super::super) fn report(flaw: Flaw, failure: &Failure, init: bool, call: &mut Call) {
    let Some(fault) = flaw.0 else { return };
    let message = failure.message.as_str();
    let dies = match fault {
        Fault::DiesOfRawNewline => message.contains('\n'),
        Fault::DiesOfDelete => message.contains(DELETE),
        Fault::DiesOfNonAscii => !message.is_ascii(),
        Fault::DropsHugeMessage => message.len() > 512 * 1024,
        Fault::DiesOfCauseLoop => failure.causes.looped,
        Fault::DiesOfDeepCauses => failure.causes.messages.len() > DEEP,
        Fault::DiesOfUnreadable => is_unreadable(failure),
        Fault::DiesOfOddErrors => is_odd(failure),
        _ => false,
    };
    if dies {
        exit(1);
    }
    if fault == Fault::HangsOnCauseLoop && failure.causes.looped {
        loop {
            std::thread::park();
        }
    }
    if let Some(body) = document(fault, failure, init, call) {
        call.body = Some(body.into());
    }
    match fault {
        Fault::NoTypeHeader if !init => call.remove(header::ERROR_TYPE),
        Fault::InitErrorWithoutHeader if init => call.remove(header::ERROR_TYPE),
        Fault::PlainTypeHeader => {
            call.remove(header::ERROR_TYPE);
            call.add(header::ERROR_TYPE, "unhandled");
        }
        Fault::FormErrorType if !init => {
            call.remove("Content-Type");
            call.add("Content-Type", "application/x-www-form-urlencoded");
        }
        Fault::HugeCause if message.len() > 512 * 1024 => {
            call.remove(header::XRAY_ERROR_CAUSE);
            call.add(header::XRAY_ERROR_CAUSE, "x".repeat(1024 * 1024));
        }
        Fault::RawCause => {
            call.remove(header::XRAY_ERROR_CAUSE);
            call.add(
                header::XRAY_ERROR_CAUSE,
                message.replace(['\n', '\r', '\0', DELETE], "\t"),
            );
        }
        _ => {}
    }
}

fn document(fault: Fault, failure: &Failure, init: bool, call: &Call) -> Option<Vec<u8>> {
    let message = &failure.message;
    let mut value: Value = serde_json::from_slice(call.body.as_deref().unwrap_or_default()).ok()?;
    let members = value.as_object_mut()?;
    match fault {
        Fault::EmptyErrorBody if !init => return Some(Vec::new()),
        Fault::UnescapedError => {
            let kind = failure.error_type();
            let text = format!(r#"{{"errorMessage":"{message}","errorType":"{kind}"}}"#);
            return Some(text.into_bytes());
        }
        Fault::InitErrorBodyText if init => return Some(message.clone().into_bytes()),
        Fault::NoErrorMessage if !init => drop(members.remove("errorMessage")),
        Fault::NoErrorType if !init => drop(members.remove("errorType")),
        Fault::InitErrorWithoutType if init => drop(members.remove("errorType")),
        Fault::NumericErrorType if !init => drop(members.insert("errorType".into(), 1.into())),
        Fault::ConstantMessage if failure.origin == Origin::Function && !init => {
            members.insert("errorMessage".into(), "the function failed".into());
        }
        Fault::ConstantErrorType if failure.origin == Origin::Function && !init => {
            members.insert("errorType".into(), "FunctionError".into());
        }
        Fault::AsciiMessage => {
            let ascii: String = message
                .chars()
                .map(|c| if c.is_ascii() { c } else { '?' })
                .collect();
            members.insert("errorMessage".into(), ascii.into());
        }
        Fault::ErrorCapitals if !init => {
            let text = serde_json::to_string(members).ok()?;
            return Some(text.replace("\"error", "\"Error").into_bytes());
        }
        Fault::OddErrorsWithoutText if is_odd(failure) => {
            members.insert("errorMessage".into(), Value::Null);
        }
        Fault::StackAsText => {
            members.insert("stackTrace".into(), "at fixture.handler".into());
        }
        Fault::LongErrorDocument => {
            members.insert("errorMessage".into(), message.as_str().into());
        }
        _ => {
            let changed = messages::message(fault, message).filter(|_| !init)?;
            members.insert("errorMessage".into(), changed);
        }
    }
    serde_json::to_vec(&value).ok()
}
