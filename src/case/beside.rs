//! Faults of the actors of a case, and of their steps.

use super::limits::Fault;
use super::{Case, Expect, Step, What};
use crate::law::Subject;
use crate::protocol::{Companion, Mode};

/// The faults of the actors of a case, without those of their steps.
pub(super) fn of_actors(case: &Case) -> Vec<Fault> {
    let mut faults = of_target(case);
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
        if actor.target && actor.does != Companion::Usual {
            let message = "only an extension beside the target does what a case orders";
            faults.push((format!("/actors/{index}/does"), message.to_owned()));
        }
        let mut before = case.actors.iter().take(index);
        let message = match (actor.target, actor.name.is_empty()) {
            (true, false) => "the target has the name of the user's file: leave out `name`".into(),
            (false, true) => "an actor that is not the `target` needs a `name`".to_owned(),
            (true, true) => continue,
            (false, false) if before.any(|other| other.name == actor.name) => {
                format!("another actor is called `{}`", actor.name)
            }
            (false, false) => continue,
        };
        faults.push((format!("/actors/{index}/name"), message));
    }
    faults
}

/// An extension under test that is missing, or is one too many.
fn of_target(case: &Case) -> Vec<Fault> {
    let targets = case.actors.iter().enumerate();
    let targets = targets.filter(|(_, actor)| actor.target);
    let targets: Vec<usize> = targets.map(|(index, _)| index).collect();
    let fault = |pointer: String, message: &str| (pointer, message.to_owned());
    match (case.subject, targets.as_slice()) {
        (Subject::Runtime | Subject::Image, others) => {
            let message =
                "only a case with `\"subject\": \"extension\"` has an extension as its `target`";
            let others = others.iter();
            let at = |index: &usize| fault(format!("/actors/{index}/target"), message);
            others.map(at).collect()
        }
        (Subject::Extension, [_]) => {
            let decoy = case.decoy.as_ref().map(|_| {
                let message =
                    "a decoy is for calls of a runtime, and the target of this case is an extension";
                fault("/trap".to_owned(), message)
            });
            decoy.into_iter().collect()
        }
        (Subject::Extension, []) => vec![fault(
            "/subject".to_owned(),
            "the target is an extension, so one of the `actors` needs `\"target\": true`",
        )],
        (Subject::Extension, [_, others @ ..]) => {
            let message = "a case has one target: leave out `target` here";
            let others = others.iter();
            let at = |index: &usize| fault(format!("/actors/{index}/target"), message);
            others.map(at).collect()
        }
    }
}

/// Why an extension beside a runtime can have no such step, if so.
pub(super) fn not_of_extension(step: &Step) -> Option<&'static str> {
    let message = "an extension has only `deliver` steps, and `expect` steps for `register`, `subscribe`, `next`, `batch` and `exit`";
    match step {
        Step::Deliver(_) => None,
        Step::Expect(expect) if is_of_extension(expect.call) => not_beside(expect),
        Step::Expect(_)
        | Step::Serve(_)
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

/// Why an extension under test can have no such step, if so.
pub(super) fn not_of_target(step: &Step) -> Option<&'static str> {
    let message = "an extension has only `quiet`, `refuse` and `deliver` steps, and `expect` steps for `register`, `subscribe`, \
                   `next`, `batch`, `exit` and `exit_or_next`";
    match step {
        Step::Expect(expect) if is_of_extension(expect.call) || expect.call == What::ExitOrNext => {
            let is_answered = matches!(expect.call, What::Register | What::Next);
            if expect.of.is_some() {
                return Some("`of` is for the answers of a runtime");
            }
            let message =
                "only `register` and `next` of an extension have a reply that `ack` changes";
            (expect.ack.is_some() && !is_answered).then_some(message)
        }
        Step::Quiet(_) | Step::Refuse(_) | Step::Deliver(_) => None,
        Step::Expect(_)
        | Step::Serve(_)
        | Step::Signal(_)
        | Step::Freeze(_)
        | Step::Measure(_)
        | Step::Shutdown(_) => Some(message),
    }
}

/// Why a runtime beside an extension under test can have no such step, if so.
pub(super) fn not_of_companion(step: &Step) -> Option<&'static str> {
    let foreign = not_of_runtime(step);
    let facts = step.facts();
    let is_judged = !facts.cites.is_empty() || facts.within_ms.is_some();
    let message = "nothing is judged of the runtime beside an extension: leave out `cites`, `checks` and `within_ms`; \
                   what the extension must do stands in the steps of the `target`";
    foreign.or_else(|| is_judged.then_some(message))
}

/// Whether it comes from an extension.
fn is_of_extension(call: What) -> bool {
    match call {
        What::Register | What::Subscribe | What::Next | What::Batch | What::Exit => true,
        What::Response
        | What::Error
        | What::Answer
        | What::InitError
        | What::RestoreNext
        | What::RestoreError
        | What::ExitOrNext
        | What::AnswerOrExit
        | What::Returned => false,
    }
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
