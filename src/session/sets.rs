//! The set of requirements that a user chooses, by its name or as a file.

use std::path::Path;
use std::sync::Arc;

use super::CliError;
use super::files::text_of;
use crate::case::Case;
use crate::law::{Set, Subject, sets_for};

/// The chosen set, if one is given.
pub(crate) fn chosen_set(
    given: Option<&str>,
    subject: Subject,
) -> Result<Option<Arc<Set>>, CliError> {
    let Some(name) = given else {
        return Ok(None);
    };
    let published: Vec<&Arc<Set>> = sets_for(subject).collect();
    if let Some(set) = published.iter().find(|set| set.name == name) {
        return Ok(Some(Arc::clone(set)));
    }
    let refused = |what: String| {
        let names: Vec<&str> = published.iter().map(|set| set.name.as_str()).collect();
        let (names, told) = (names.join(", "), subject.told());
        CliError::bad_input(format!(
            "--set `{name}`: {what}; the sets for {told} are {names}; or give a file (.json)"
        ))
    };
    if !name.ends_with(".json") {
        return Err(refused("there is no such set".to_owned()));
    }
    let set = Set::read(&text_of(Path::new(name))?).map_err(|error| refused(error.to_string()))?;
    match set.binds(subject) {
        true => Ok(Some(Arc::new(set))),
        false => Err(refused(format!(
            "it has no requirement for {}",
            subject.told()
        ))),
    }
}

/// Measures the cases by the chosen set, if one is given.
pub(super) fn bind(
    cases: &mut [Case],
    given: Option<&str>,
    subject: Subject,
) -> Result<Option<Arc<Set>>, CliError> {
    let set = chosen_set(given, subject)?;
    cases.iter_mut().for_each(|case| case.set = set.clone());
    Ok(set)
}
