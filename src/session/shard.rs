//! The shard of a run: as given, or from the variables of what starts the parts of a run.

use std::env;

use super::CliError;
use crate::files::Outlet;

/// The variables that say which part this is and how many there are, and the number of the first part.
const VARIABLES: [(&str, &str, u32); 3] = [
    // Bazel.
    ("TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0),
    // An indexed Job of Kubernetes; its manifest must set the second.
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0),
    // GitLab's `parallel`.
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
];

/// Bazel wants this file to be touched by a test that can be sharded.
const STATUS_FILE: &str = "TEST_SHARD_STATUS_FILE";

/// Part and number of parts, from 1.
pub(super) fn shard(text: &str) -> Result<(u32, u32), CliError> {
    if text == "auto" {
        return of_the_fleet(&|name| env::var(name).ok());
    }
    text.split_once('/')
        .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)))
        .ok_or_else(|| {
            CliError::bad_input(format!("--shard `{text}`: write I/N, such as 2/5, or auto"))
        })
}

/// The part that the variables give.
fn of_the_fleet(variable: &dyn Fn(&str) -> Option<String>) -> Result<(u32, u32), CliError> {
    let found = VARIABLES.iter().find_map(|(index, count, first)| {
        Some((index, count, first, variable(index)?, variable(count)))
    });
    let Some((index, count, first, part, parts)) = found else {
        let names = VARIABLES.map(|(index, count, _)| format!("{index} and {count}"));
        return Err(CliError::bad_input(format!(
            "--shard auto: none of these variables is set: {}",
            names.join(", ")
        )));
    };
    let number = |text: &str| text.parse::<u32>().ok();
    let read = (number(&part), parts.as_deref().and_then(number));
    let (Some(part), Some(parts)) = read else {
        return Err(CliError::bad_input(format!(
            "--shard auto: {index} and {count} must both be numbers"
        )));
    };
    if let Some(path) = variable(STATUS_FILE) {
        Outlet::open(path.as_ref())?.write("")?;
    }
    Ok((part.saturating_sub(*first).saturating_add(1), parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_given_or_comes_from_the_fleet() {
        assert_eq!(shard("2/5").ok(), Some((2, 5)));
        assert!(shard("2").is_err());
        let check = |variables: &[(&str, &str)], wanted: Option<(u32, u32)>| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(of_the_fleet(&variable).ok(), wanted);
        };
        check(
            &[("TEST_SHARD_INDEX", "0"), ("TEST_TOTAL_SHARDS", "3")],
            Some((1, 3)),
        );
        check(
            &[("JOB_COMPLETION_INDEX", "4"), ("JOB_COMPLETIONS", "5")],
            Some((5, 5)),
        );
        check(
            &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "2")],
            Some((1, 2)),
        );
        check(&[("JOB_COMPLETION_INDEX", "4")], None);
        check(&[("CI_NODE_INDEX", "x"), ("CI_NODE_TOTAL", "2")], None);
        check(&[], None);
    }
}
