//! Which findings count on a machine that was too busy: those about what came, not those about what did not come in time.

use super::{Code, Finding};
use crate::case::{Case, Decoy};

/// Findings that a runtime may cause only because the machine is too busy.
const TIMED: [Code; 32] = [
    Code::NeverCalled,
    Code::ExitedBeforeNext,
    Code::Exited,
    Code::NoNext,
    Code::Stuck,
    Code::StillRunning,
    Code::ExitInHealth,
    Code::ExitAfterError,
    Code::InvocationLost,
    Code::InvocationDropped,
    Code::NoAnswer,
    Code::InitFailureNotReported,
    Code::NoRestoreNext,
    Code::RestoreNextGivenUp,
    Code::RestoreFailureNotReported,
    Code::PollGivenUp,
    Code::CallInQuiet,
    Code::HotLoop,
    Code::SlowStart,
    Code::NotSubscribed,
    Code::GaveUp,
    Code::BatchNotTaken,
    Code::SlowAnswer,
    Code::BodyWithoutEnd,
    Code::BrokenFraming,
    Code::WaitsForContinue,
    Code::OutOfRange,
    Code::WrongRemainingTime,
    Code::NoOutput,
    Code::MissingOutput,
    Code::OutputKeptBack,
    Code::SentAtOnce,
];

/// The requirements on the remaining time.
const ON_TIME: [&str; 2] = ["CTX-02", "CTX-03"];

/// Whether bytes that came prove the finding, whenever they came.
pub fn is_in_hand(case: &Case, finding: &Finding) -> bool {
    let of_decoy = |decoy: &Decoy| decoy.code == finding.code && decoy.cites == finding.requirement;
    let timed = TIMED.iter().any(|code| code.name() == finding.code)
        || ON_TIME.contains(&finding.requirement.as_str());
    case.decoy.as_ref().is_some_and(of_decoy) || (finding.evidence.exchange.is_some() && !timed)
}
