//! Faults of the actors of a case, and of their steps.

use super::limits::Fault;
use super::{Case, Expect, Step, What};
use crate::protocol::Mode;

/// The faults of the actors of a case, without those of their steps.
pub(super) fn of_actors(case: &Case) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lacks = match case.mode {
        Mode::OnDemand if !case.extensions => Some("an extension needs the APIs for extensions"),
        Mode::OnDemand if !case.earlier.is_empty() => {
            Some("the processes of a case with an `earlier` one have no actors beside them")
        }
        Mode::OnDemand => None,
        Mode::SnapStart | Mode::ManagedInstances { .. } => {
            Some("extensions are started on demand only, and the case has another `mode`")
        }
    };
    let lacks = lacks.filter(|_| !case.actors.is_empty());
    faults.extend(lacks.map(|message| ("/actors".to_owned(), message.to_owned())));
    for (index, actor) in case.actors.iter().enumerate() {
        let mut before = case.actors.iter().take(index);
        if before.any(|other| other.name == actor.name) {
            let message = format!("another actor is called `{}`", actor.name);
            faults.push((format!("/actors/{index}/name"), message));
        }
    }
    faults
}

/// Why an extension can have no such step, if so.
pub(super) fn not_of_extension(step: &Step) -> Option<&'static str> {
    let message = "an extension has only `deliver` steps, and `expect` steps for `register`, `subscribe`, `next`, `batch` and `exit`";
    match step {
        Step::Deliver(_) => None,
        Step::Expect(expect) => match expect.call {
            What::Register | What::Subscribe | What::Next | What::Batch | What::Exit => {
                not_beside(expect)
            }
            What::Response
            | What::Error
            | What::Answer
            | What::InitError
            | What::RestoreNext
            | What::ExitOrNext
            | What::AnswerOrExit
            | What::Returned => Some(message),
        },
        Step::Serve(_)
        | Step::Refuse(_)
        | Step::Quiet(_)
        | Step::Signal(_)
        | Step::Freeze(_)
        | Step::Measure(_)
        | Step::Shutdown(_) => Some(message),
    }
}

/// Why a runtime can have no such step, if so.
pub(super) fn not_of_runtime(step: &Step) -> Option<&'static str> {
    let is_about_batches = match step {
        Step::Deliver(_) => true,
        Step::Expect(expect) => {
            matches!(expect.call, What::Subscribe | What::Batch) || expect.containing.is_some()
        }
        Step::Serve(_)
        | Step::Refuse(_)
        | Step::Quiet(_)
        | Step::Signal(_)
        | Step::Freeze(_)
        | Step::Measure(_)
        | Step::Shutdown(_) => false,
    };
    let message = "telemetry goes to extensions: put this into the `steps` of one of the `actors`";
    is_about_batches.then_some(message)
}

/// The conditions for an extension that is not under test.
fn not_beside(expect: &Expect) -> Option<&'static str> {
    let bare = expect.cites.is_empty()
        && expect.of.is_none()
        && expect.checks.is_empty()
        && expect.ack.is_none()
        && expect.within_ms.is_none()
        && expect.code.is_none();
    let message =
        "nothing is judged of an extension beside the runtime: only `call` can stand here";
    (!bare).then_some(message)
}
