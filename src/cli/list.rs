//! `ricspec list`: cases, requirements, mutants and variants.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::mutants;
use super::print::{say, say_json};
use crate::case::Case;
use crate::console::note;
use crate::law::{self, Subject};
use crate::plan::{Selection, plan};
use crate::run::chain;
use crate::session::{CliError, read_cases};
use crate::verdict::Conclusion;

/// What to list.
#[derive(Args, Debug)]
pub(super) struct ListOptions {
    /// Only these cases: an area, an id, a requirement or a glob.
    #[arg(value_name = "GLOB")]
    globs: Vec<String>,
    /// The same (repeatable), as `run` has it.
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// List all requirements, with the cases that try each.
    #[arg(long, conflicts_with_all = ["globs", "filter"])]
    requirements: bool,
    /// Print the law as a new set of requirements of this name (runtime-api-YYYY-MM or extensions-api-YYYY-MM); a set that is
    /// published never changes.
    #[arg(long, value_name = "NAME", hide = true, conflicts_with_all = ["globs", "filter"])]
    freeze: Option<String>,
    /// List the mutants of the reference runtime (with the requirements that each breaks) and its variants (which break
    /// none); needs a build with the feature `mutants`.
    #[arg(long, conflicts_with_all = ["globs", "filter", "requirements"])]
    mutants: bool,
    /// Play every case against every mutant and variant; say which mutants are killed and which variants pass. This takes a
    /// long time.
    #[arg(long, requires = "mutants", conflicts_with = "json")]
    score: bool,
    /// Play against each mutant only the cases that name what it breaks, those of its area, and one in sixteen of the others.
    #[arg(long, requires = "score")]
    sample: bool,
    /// Only these mutants or variants, by name (repeatable).
    #[arg(long, requires = "score", value_name = "NAME")]
    mutant: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// A folder with more cases, in addition to the built-in ones (repeatable).
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
}

/// Prints the list.
pub(super) fn list(options: &ListOptions) -> Result<Conclusion, CliError> {
    if options.score {
        return mutants::score(&options.cases, &options.mutant, options.sample);
    }
    if options.mutants {
        return mutants::list(options.json);
    }
    if let Some(name) = &options.freeze {
        return freeze(name);
    }
    let cases = read_cases(&options.cases)?;
    if options.requirements {
        requirements(&cases, options.json);
        return Ok(Conclusion::AsExpected);
    }
    let mut profiles: Vec<String> = cases.iter().map(|case| case.profile.clone()).collect();
    profiles.sort();
    profiles.dedup();
    let selection = Selection {
        filter: [&options.globs[..], &options.filter].concat(),
        profiles,
        subjects: vec![Subject::Runtime, Subject::Extension, Subject::Image],
        ..Selection::default()
    };
    let plan = plan(cases, None, &selection).map_err(|error| CliError::bad_input(chain(&error)))?;
    for unmatched in &plan.unmatched {
        note(&unmatched.to_string());
    }
    let mut chosen = plan.run;
    chosen.sort_by(|one, other| one.id.cmp(&other.id));
    list_cases(&chosen, options.json);
    Ok(match chosen.is_empty() {
        true => Conclusion::NothingJudged,
        false => Conclusion::AsExpected,
    })
}

/// The law as it stands, as a set of this name.
fn freeze(name: &str) -> Result<Conclusion, CliError> {
    let subject = match name.split_once("-api-") {
        Some(("runtime", _)) => Subject::Runtime,
        Some(("extensions", _)) => Subject::Extension,
        _ => {
            return Err(CliError::bad_input(format!(
                "--freeze `{name}`: write runtime-api-YYYY-MM or extensions-api-YYYY-MM"
            )));
        }
    };
    let set = law::Set::of_law(name, subject);
    let mut cases = read_cases(&[])?;
    cases.retain(|case| set.binds(case.subject));
    let set = set.with_cases(cases.into_iter().map(|case| case.id));
    let set = serde_json::to_string_pretty(&set);
    say_json(&set.expect("texts and levels are JSON"));
    Ok(Conclusion::AsExpected)
}

fn list_cases(cases: &[Case], as_json: bool) {
    if as_json {
        let cases: Vec<_> = cases
            .iter()
            .map(|case| {
                json!({
                    "id": case.id, "title": case.title, "level": case.level(), "profile": case.profile, "subject": case.subject,
                    "requirements": case.requirements, "needs": case.needs, "beyond": case.beyond,
                })
            })
            .collect();
        say_json(&format!("{:#}", json!({ "cases": cases })));
        return;
    }
    let width = cases.iter().map(|case| case.id.len()).max().unwrap_or(0);
    for case in cases {
        say(&format!(
            "{:<6}  {:<width$}  {}",
            case.level(),
            case.id,
            case.title
        ));
    }
}

fn requirements(cases: &[Case], as_json: bool) {
    let of = |id: &str| -> Vec<&str> {
        let tries = |case: &&Case| case.requirements.iter().any(|tried| tried == id);
        cases
            .iter()
            .filter(tries)
            .map(|case| case.id.as_str())
            .collect()
    };
    if as_json {
        let requirements: Vec<_> = law::requirements()
            .values()
            .map(|requirement| {
                json!({
                    "id": requirement.id, "level": requirement.level, "text": requirement.text,
                    "since": law::since(&requirement.id), "met": requirement.met, "source": requirement.sources(), "cases": of(&requirement.id),
                    "unobservable": requirement.unobservable,
                })
            })
            .collect();
        say_json(&format!("{:#}", json!({ "requirements": requirements })));
        return;
    }
    for requirement in law::requirements().values() {
        let cases = of(&requirement.id);
        let tried = match (cases.len(), &requirement.unobservable) {
            (0, Some(reason)) => format!("cannot be seen from outside: {reason}"),
            (0, None) => "no case".to_owned(),
            (_, _) => cases.join(" "),
        };
        say(&format!(
            "{:<10} {:<6} {}",
            requirement.id, requirement.level, requirement.text
        ));
        say(&format!("{:18}{tried}", ""));
    }
}
