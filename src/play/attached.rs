//! What a case needs of a runtime that ricspec starts itself: one that its author starts cannot be given variables, cannot be
//! signalled, and its output and its end are not seen.

use crate::case::rule::About;
use crate::case::{Address, Case, Expect, Rule, Step, What};
use crate::protocol::Mode;

/// Why a case says nothing about a runtime that its author starts, if so.
pub(super) fn lacking_attached(case: &Case) -> Option<&'static str> {
    let on_demand = match case.mode {
        Mode::OnDemand => true,
        Mode::SnapStart | Mode::ManagedInstances { .. } => false,
    };
    let reasons = [
        (
            !case.env.is_empty() || case.handler.is_some() || case.folder.is_some(),
            "the case sets variables or the handler, and an attached runtime has its own",
        ),
        (
            case.read_only.is_some(),
            "the case changes what the process may write to, and an attached runtime is not started by ricspec",
        ),
        (
            !case.earlier.is_empty() || !case.actors.is_empty() || !on_demand,
            "the case has more than one process or invocation, and an attached runtime is one process",
        ),
        (
            case.address != Address::Loopback,
            "the case is at an address of its own, and an attached runtime knows one",
        ),
        (
            case.steps.iter().any(is_about_process),
            "the case is about the process, its output or its end, which ricspec does not see of an attached runtime",
        ),
    ];
    let found = reasons.into_iter().find(|(applies, _)| *applies);
    found.map(|(_, reason)| reason)
}

/// Whether a step does something to the process, or looks at more than its calls.
fn is_about_process(step: &Step) -> bool {
    if step.facts().provokes_exit {
        return true;
    }
    match step {
        Step::Signal(_)
        | Step::Freeze(_)
        | Step::Measure(_)
        | Step::Shutdown(_)
        | Step::Deliver(_) => true,
        Step::Expect(expect) => waits_for_process(expect),
        Step::Serve(_) | Step::Refuse(_) | Step::Quiet(_) => false,
    }
}

fn waits_for_process(expect: &Expect) -> bool {
    let ends = match expect.call {
        What::Exit | What::ExitOrNext | What::AnswerOrExit => true,
        What::Response
        | What::Error
        | What::Answer
        | What::Next
        | What::InitError
        | What::RestoreNext
        | What::RestoreError
        | What::Register
        | What::Subscribe
        | What::Batch
        | What::Returned => false,
    };
    let is_seen_inside = |rule: &Rule| {
        rule.facts().about == About::Output
            || matches!(
                rule,
                Rule::EqualsEnv(_) | Rule::Started(_) | Rule::Remaining(_)
            )
    };
    ends || expect
        .checks
        .iter()
        .any(|check| is_seen_inside(&check.rule))
}
