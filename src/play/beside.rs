//! The extensions of the user in a case: the one under test, or those that are started beside a runtime.

use super::{Stage, StageFault};
use crate::case::{Address, Case, CaseActor};
use crate::protocol::{Actor, Mode};

/// The case with the extensions of the user; `None` if it has none.
pub(super) fn with_extensions(case: &Case, stage: &Stage) -> Result<Option<Case>, StageFault> {
    match case.target() {
        Actor::Extension(place) => {
            let command = stage.target.as_ref().ok_or(StageFault::Lacking(
                "the case is about an extension, and this target is not one",
            ))?;
            let mut case = case.clone();
            if let Some(target) = case.actors.get_mut(place) {
                target.is_started_by(command);
            }
            Ok(Some(case))
        }
        Actor::Runtime if stage.beside.is_empty() || !starts_beside(case) => Ok(None),
        Actor::Runtime => {
            let mut case = case.clone();
            let extensions = stage.beside.iter();
            case.add_beside(extensions.map(|program| CaseActor::of_user(program)));
            Ok(Some(case))
        }
    }
}

/// Whether extensions of the user can be started beside the runtime of a case. They cannot where the service has no API for
/// them, where they would not reach it, and where their calls would be taken for those of the runtime. A case that has its own
/// extensions counts on what these do.
pub fn starts_beside(case: &Case) -> bool {
    let on_demand = match case.mode {
        Mode::OnDemand => true,
        Mode::SnapStart | Mode::ManagedInstances { .. } => false,
    };
    let is_plain = case.actors.is_empty() && case.earlier.is_empty() && case.decoy.is_none();
    on_demand && is_plain && case.extensions && case.address != Address::Refused
}
