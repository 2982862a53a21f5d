//! Mutants: errors that are hardly any, and the logger of the function.

use super::super::fault::{Fault, When};
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "odd-cause-loop-hangs",
        "Follows the causes of an error for as long as there are any.",
        &["ERR-19"],
        Fault::HangsOnCauseLoop,
    ),
    Mutant::new(
        "odd-cause-loop-ends",
        "Exits without an answer when the causes of an error form a loop.",
        &["ERR-19"],
        Fault::DiesOfCauseLoop,
    ),
    Mutant::new(
        "odd-cause-loop-then-exit",
        "Exits after it has reported an error whose causes form a loop.",
        &["ERR-08"],
        Fault::DiesAfterCauseLoop,
    ),
    Mutant::new(
        "odd-deep-causes-end",
        "Exits without an answer when an error has more than a hundred causes.",
        &["ERR-19"],
        Fault::DiesOfDeepCauses,
    ),
    Mutant::new(
        "odd-unreadable-ends",
        "Exits without an answer when the message of an error cannot be read.",
        &["ERR-19"],
        Fault::DiesOfUnreadable,
    ),
    Mutant::new(
        "odd-unreadable-dropped",
        "Does not answer when the message of an error cannot be read.",
        &["NEXT-10"],
        Fault::DropsUnreadable,
    ),
    Mutant::new(
        "odd-kind-ends",
        "Exits without an answer when an error has hardly a type.",
        &["ERR-19"],
        Fault::DiesOfOddErrors,
    ),
    Mutant::new(
        "odd-kind-as-response",
        "Takes an error that has hardly a type for a result.",
        &["ERR-01"],
        Fault::OddErrorsToResponse,
    ),
    Mutant::new(
        "odd-kind-without-text",
        "Sends null as the message of an error that has hardly a type.",
        &["ERR-02"],
        Fault::OddErrorsWithoutText,
    ),
    Mutant::new(
        "logger-no-id",
        "Leaves the request id out of what the function logs.",
        &["LOG-06"],
        Fault::NoIdInLogger,
    ),
    Mutant::new(
        "logger-first-id",
        "Gives the first request id to all that the function logs.",
        &["LOG-06"],
        Fault::FirstIdInLogger,
    ),
    Mutant::new(
        "logger-previous-id",
        "Gives the request id of the line before to what the function logs.",
        &["LOG-06"],
        Fault::PreviousIdInLogger,
    ),
    Mutant::new(
        "logger-stale-id-after-error",
        "Does not change the request id of what the function logs any more once the function has failed.",
        &["LOG-06"],
        Fault::FirstIdInLogger,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "logger-text",
        "Writes what the function logs as text when JSON is asked for.",
        &["LOG-06"],
        Fault::TextLogger,
    ),
    Mutant::new(
        "logger-splits-lines",
        "Writes what the function logs over several lines when it has several.",
        &["LOG-06"],
        Fault::SplitsLogger,
    ),
    Mutant::new(
        "logger-silent",
        "Lets nothing that the function logs out.",
        &["LOG-06"],
        Fault::SilentLogger,
    ),
];
