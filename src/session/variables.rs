//! The variables of `--env`: what the runtime gets, and which values are masked.

use std::collections::BTreeMap;
use std::env::{self, VarError};

use super::{CliError, Target};
use crate::case::Case;
use crate::mask::{MASKED_BYTES_MIN, Mask};
use crate::protocol::OF_EACH_CASE;

/// Reads `NAME=VALUE`, or `NAME` for the value that it has here; the last one wins.
pub(super) fn variables(given: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    let mut variables = BTreeMap::new();
    for text in given {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text.as_str(), None),
        };
        if name.is_empty() {
            return Err(CliError::bad_input(format!(
                "--env `{text}`: write NAME=VALUE, or NAME for the value that it has here"
            )));
        }
        if OF_EACH_CASE.contains(&name) {
            return Err(CliError::bad_input(format!(
                "--env {name}: ricspec sets this variable itself, for each case"
            )));
        }
        let value = value.map_or_else(|| inherited(name), Ok)?;
        variables.insert(name.to_owned(), value);
    }
    Ok(variables)
}

fn inherited(name: &str) -> Result<String, CliError> {
    env::var(name).map_err(|error| {
        let what = match error {
            VarError::NotPresent => "it is not set here; set it, or write NAME=VALUE",
            VarError::NotUnicode(_) => "its value here is not UTF-8, so it cannot be passed on",
        };
        CliError::bad_input(format!("--env {name}: {what}"))
    })
}

/// Variables in addition to the documented ones. A process keeps our PATH, which belongs to this machine.
pub(super) fn environment(
    variables: BTreeMap<String, String>,
    target: &Target,
) -> BTreeMap<String, String> {
    let path = match target {
        Target::Process
        | Target::Reference(_)
        | Target::Extension
        | Target::ReferenceExtension(_) => env::var("PATH").ok(),
        // An image has its own.
        Target::Image(_) => None,
    };
    let path = path.map(|path| ("PATH".to_owned(), path));
    path.into_iter().chain(variables).collect()
}

/// Masks the values. The texts of the cases, except their names, are public.
pub(super) fn mask(variables: &BTreeMap<String, String>, cases: &[Case]) -> Mask {
    // Most variables are too short to be masked, and the texts of all cases are long.
    if variables
        .values()
        .all(|value| value.len() < MASKED_BYTES_MIN)
    {
        return Mask::default();
    }
    let text = |case: &Case| {
        let mut case = case.clone();
        for words in [&mut case.title, &mut case.why] {
            words.clear();
        }
        case.beyond = None;
        format!("{case:?}\n")
    };
    let public: String = cases.iter().map(text).collect();
    Mask::new(variables.values().map(String::as_str), &public)
}

/// The names alone, each once.
pub(super) fn names(given: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for text in given {
        let name = text.split_once('=').map_or(text.as_str(), |(name, _)| name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
