//! What a case needs of a machine, and whether this one has it.

use super::Stage;
use super::folder::OF_THE_IMAGE;
use super::launch::addresses;
use crate::case::Case;
use crate::runtime::{Site, can_be_read_only};
use crate::service::{Addresses, missing};

/// What is known of the network of a stage before a case is played there.
#[derive(Debug)]
pub struct Surroundings(Option<Addresses>);

impl Surroundings {
    /// What is known without looking: everything about this machine, nothing about a container's network.
    pub fn known(stage: &Stage) -> Self {
        Self(match &stage.site {
            Site::Machine => Some(Addresses::Shared),
            Site::Container(_) => None,
        })
    }

    /// Looks at the network that the next container would get.
    pub async fn look(stage: &Stage) -> Self {
        match stage.site.network().await {
            Ok(lease) => Self(Some(addresses(lease.as_ref().map(|lease| &*lease.network)))),
            // When a case is played, the error will be reported.
            Err(_) => Self(None),
        }
    }

    /// Why a case cannot be played there, as far as is known.
    pub fn lack(&self, case: &Case, stage: &Stage) -> Option<String> {
        if let Some(reason) = lacking(case, &stage.site) {
            return Some(reason.to_owned());
        }
        let is_elsewhere = case.folder.is_some() && matches!(stage.site, Site::Container(_));
        if is_elsewhere {
            return Some(OF_THE_IMAGE.to_owned());
        }
        let fault = missing(case.address, self.0.as_ref()?)?;
        Some(fault.to_string())
    }
}

/// Why a case cannot be played on a site, if so.
pub(super) fn lacking(case: &Case, site: &Site) -> Option<&'static str> {
    match site {
        Site::Machine if case.read_only.is_some() && !can_be_read_only() => {
            Some("this machine cannot make files read-only for one process")
        }
        Site::Container(_) if !case.earlier.is_empty() => {
            Some("each container is an environment of its own, with one process")
        }
        Site::Container(containers) if case.read_only.is_some() && containers.tuning.writable => {
            Some("--writable was given")
        }
        Site::Container(_) if ends_or_has_actors(case) => {
            Some("the extensions of ricspec are programs of this machine, and not of an image")
        }
        Site::Machine | Site::Container(_) => None,
    }
}

fn ends_or_has_actors(case: &Case) -> bool {
    let mut steps = case.steps.iter();
    !case.actors.is_empty() || steps.any(|step| step.facts().ends_environment)
}
