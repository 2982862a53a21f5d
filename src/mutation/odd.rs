//! Mutants: unusual errors, and the function's logger.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::change::{
    Decided, DiesOfReport, Document, Drops, EndsOn, LoggerId, LoggerLine, Reported, Then, first_id,
};
use super::mutant::{Mutant, When};
use crate::reference::failure::Failure;

mutants! {
    "odd-cause-loop-hangs": "Follows the causes of an error for as long as there are any.",
        breaks ["ERR-19"] => Reported(|failure, _, _| if failure.causes.looped { loop { std::thread::park() } });
    "odd-cause-loop-ends": "Exits without an answer when the causes of an error form a loop.",
        breaks ["ERR-19"] => DiesOfReport(|failure| failure.causes.looped);
    "odd-cause-loop-then-exit": "Exits after it has reported an error whose causes form a loop.",
        breaks ["ERR-08"] => EndsOn(|_, failure| failure.is_some_and(|failure| failure.causes.looped), Then::Exits(1));
    "odd-deep-causes-end": "Exits without an answer when an error has more than a hundred causes.",
        breaks ["ERR-19"] => DiesOfReport(|failure| failure.causes.messages.len() > DEEP);
    "odd-unreadable-ends": "Exits without an answer when the message of an error cannot be read.",
        breaks ["ERR-19"] => DiesOfReport(is_unreadable);
    "odd-unreadable-dropped": "Does not answer when the message of an error cannot be read.",
        breaks ["NEXT-10"] => Drops(is_unreadable);
    "odd-kind-ends": "Exits without an answer when an error has no usual type.",
        breaks ["ERR-19"] => DiesOfReport(is_odd);
    "odd-kind-as-response": "Treats an error without a usual type as a result.",
        breaks ["ERR-01"] => Decided(|outcome| {
            if outcome.as_ref().is_err_and(is_odd) {
                *outcome = Ok(b"null".to_vec());
            }
            true
        });
    "odd-kind-without-text": "Sends null as the message of an error without a usual type.",
        breaks ["ERR-02"] =>
            Document(|failure, _, members| if is_odd(failure) { members.insert("errorMessage".into(), Value::Null); });
    "logger-no-id": "Leaves the request id out of what the function logs.",
        breaks ["LOG-06"] => LoggerId(|_| None);
    "logger-first-id": "Gives the first request id to everything that the function logs.",
        breaks ["LOG-06"] => LoggerId(|id| Some(first_id(id)));
    "logger-previous-id": "Gives the request id of the previous line to what the function logs.",
        breaks ["LOG-06"] => LoggerId(previous_id);
    "logger-stale-id-after-error":
        "No longer changes the request id of what the function logs after the function has failed.",
        breaks ["LOG-06"] when(When::AfterFailures(1)) => LoggerId(|id| Some(first_id(id)));
    "logger-text": "Writes what the function logs as text when JSON is asked for.",
        breaks ["LOG-06"] => LoggerLine(|line| {
            let read: Value = serde_json::from_str(&line).unwrap_or_default();
            format!("[{}] {}\n", read["level"], read["message"])
        });
    "logger-splits-lines": "Writes what the function logs over several lines when it has several.",
        breaks ["LOG-06"] => LoggerLine(|line| line.replace("\\n", "\n"));
    "logger-silent": "Drops everything that the function logs.",
        breaks ["LOG-06"] => LoggerLine(|_| String::new());
}

/// A chain of this many causes is too deep.
const DEEP: usize = 100;

/// Whether the function's message could not be read.
fn is_unreadable(failure: &Failure) -> bool {
    failure.kind == "UnreadableError"
}

/// Whether an error of the function has no usual type.
fn is_odd(failure: &Failure) -> bool {
    !failure
        .kind
        .starts_with(|first: char| first.is_ascii_alphabetic())
}

fn previous_id(id: &str) -> Option<String> {
    static PREVIOUS: Mutex<Option<String>> = Mutex::new(None);
    let mut previous = PREVIOUS.lock().unwrap_or_else(PoisonError::into_inner);
    previous.replace(id.to_owned()).or(previous.clone())
}
