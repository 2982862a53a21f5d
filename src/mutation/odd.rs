//! Mutants: errors that are hardly any, and the logger of the function.

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
    "odd-kind-ends": "Exits without an answer when an error has hardly a type.",
        breaks ["ERR-19"] => DiesOfReport(is_odd);
    "odd-kind-as-response": "Takes an error that has hardly a type for a result.",
        breaks ["ERR-01"] => Decided(|outcome| {
            if outcome.as_ref().is_err_and(is_odd) {
                *outcome = Ok(b"null".to_vec());
            }
            true
        });
    "odd-kind-without-text": "Sends null as the message of an error that has hardly a type.",
        breaks ["ERR-02"] =>
            Document(|failure, _, members| if is_odd(failure) { members.insert("errorMessage".into(), Value::Null); });
    "logger-no-id": "Leaves the request id out of what the function logs.",
        breaks ["LOG-06"] => LoggerId(|_| None);
    "logger-first-id": "Gives the first request id to all that the function logs.",
        breaks ["LOG-06"] => LoggerId(|id| Some(first_id(id)));
    "logger-previous-id": "Gives the request id of the line before to what the function logs.",
        breaks ["LOG-06"] => LoggerId(previous_id);
    "logger-stale-id-after-error":
        "Does not change the request id of what the function logs any more once the function has failed.",
        breaks ["LOG-06"] when(When::AfterFailures(1)) => LoggerId(|id| Some(first_id(id)));
    "logger-text": "Writes what the function logs as text when JSON is asked for.",
        breaks ["LOG-06"] => LoggerLine(|line| {
            let read: Value = serde_json::from_str(&line).unwrap_or_default();
            format!("[{}] {}\n", read["level"], read["message"])
        });
    "logger-splits-lines": "Writes what the function logs over several lines when it has several.",
        breaks ["LOG-06"] => LoggerLine(|line| line.replace("\\n", "\n"));
    "logger-silent": "Lets nothing that the function logs out.",
        breaks ["LOG-06"] => LoggerLine(|_| String::new());
}

/// From here on a chain of causes is too deep.
const DEEP: usize = 100;

/// Whether the function's message could not be read.
fn is_unreadable(failure: &Failure) -> bool {
    failure.kind == "UnreadableError"
}

/// Whether an error of the function has hardly a type.
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
