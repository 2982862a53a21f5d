//! The findings that a case can give, known before it is played: for the pages that explain a case or a code.
//!
//! Findings of the audit are not included, because it checks every case.

use std::collections::BTreeSet;

use super::step::{Polled, PossibleFinding};
use super::{Case, Fact};
use crate::law::Code;

/// All findings that the steps, the decoy and the fact of a case can give, each once.
pub fn possible_findings(case: &Case) -> BTreeSet<PossibleFinding> {
    let decoy = case.decoy.iter();
    let mut found: BTreeSet<PossibleFinding> = decoy
        .map(|decoy| PossibleFinding::new(&decoy.cites, &decoy.code))
        .collect();
    found.extend(case.fact.into_iter().flat_map(of_fact));
    let mut polled = Polled::Not;
    let target = case.target();
    let of_target = case.lines().filter(|(actor, _)| *actor == target);
    for (_, line) in of_target {
        for step in case.steps.get(line).unwrap_or_default() {
            found.extend(step.possible(polled));
            if step.facts().takes_poll {
                polled = Polled::Before;
            }
        }
    }
    found
}

/// The possible faults of an image.
fn of_fact(fact: Fact) -> Vec<PossibleFinding> {
    let (requirement, codes): (_, &[Code]) = match fact {
        Fact::EntryPoint => {
            let mut found = PossibleFinding::all("IMG-01", &[Code::NoEntryPoint]);
            found.push(PossibleFinding::new("IMG-02", Code::RelativeEntryPoint));
            return found;
        }
        Fact::Executable => (
            "IMG-03",
            &[
                Code::EntryPointMissing,
                Code::EntryPointNotExecutable,
                Code::InterpreterMissing,
                Code::EntryPointNoProgram,
            ],
        ),
        Fact::Architecture => ("IMG-04", &[Code::WrongArchitecture]),
        Fact::Size => ("IMG-05", &[Code::ImageTooLarge]),
        Fact::Readable => ("IMG-06", &[Code::UnreadableFiles]),
        Fact::WorkingDirectory => ("IMG-07", &[Code::NoWorkingDirectory]),
        Fact::Variables => ("IMG-08", &[Code::ReservedVariable]),
        Fact::SnapstartLabel => ("IMG-09", &[Code::SnapstartLabel]),
    };
    PossibleFinding::all(requirement, codes)
}
