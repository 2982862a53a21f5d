//! What a case needs of a machine, and whether this one has it.

use super::Stage;
use super::folder::OF_THE_IMAGE;
use crate::case::Case;
use crate::service::missing;
use crate::target::{Site, can_be_read_only};

/// Why a case cannot be played on a stage, as far as that is known before it is played.
pub fn not_here(case: &Case, stage: &Stage) -> Option<String> {
    if let Some(reason) = lacking(case, &stage.site) {
        return Some(reason.to_owned());
    }
    match &stage.site {
        Site::Machine => missing(case.address).map(|fault| fault.to_string()),
        Site::Container(_) => case.folder.as_ref().map(|_| OF_THE_IMAGE.to_owned()),
    }
}

/// Why a case cannot be played on a site, if it cannot.
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
        Site::Machine | Site::Container(_) => None,
    }
}
