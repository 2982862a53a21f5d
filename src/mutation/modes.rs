//! Mutants: several invocations at a time.

use super::change::{Prepare, Request, is_answer};
use super::mutant::Mutant;
use super::past;
use crate::protocol::API_VERSION;
use crate::reference::client::Call;
use crate::reference::settings::Settings;

/// How many invocations may be in flight.
const CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";

mutants! {
    "managed-one-worker": "Handles one event at a time, although it may have several.",
        breaks ["LMI-04"] => Prepare(|settings| without(settings, CONCURRENCY));
    "managed-answers-first": "Answers on the request id of its first event while it may have several.",
        breaks ["LMI-05"] => Request(on_first_id);
}

fn without(settings: &mut Settings, name: &str) {
    settings.variables.remove(name);
}

fn on_first_id(call: &mut Call) {
    let first = past::with(|past| Some(past.first.as_ref()?.path("response")));
    let concurrent = std::env::var_os(CONCURRENCY).is_some();
    if let Some(path) = first.filter(|_| concurrent && is_answer(call)) {
        call.path = format!("/{API_VERSION}/runtime{path}");
    }
}
