//! `ricspec list`: cases, requirements, mutants and variants.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::run::interruptible;
use super::{RunOptions, Settings, Stop, event_loop, mutant, say, settings::read_cases};
use crate::case::Case;
use crate::plan::{Selection, plan};
use crate::reference::{MUTANTS, Most, Mutant, VARIANTS, verbs};
use crate::run::chain;
use crate::score::{self, Scored};
use crate::spec::law;
use crate::verdict::Conclusion;

/// What to list.
#[derive(Args, Debug)]
pub(super) struct ListOptions {
    /// Only these cases: an area, an id or a glob.
    filter: Vec<String>,
    /// List the law: every requirement, with the cases that try it.
    #[arg(long, conflicts_with = "filter")]
    requirements: bool,
    /// List the mutants of the reference runtime, with the requirements that each breaks, and its variants, which break none.
    #[arg(long, conflicts_with_all = ["filter", "requirements"])]
    mutants: bool,
    /// Play every case against every mutant and variant; say which mutants are killed and which variants pass. Takes some minutes.
    #[arg(long, requires = "mutants", conflicts_with = "json")]
    score: bool,
    /// Only these mutants or variants, by name (repeatable).
    #[arg(long, requires = "score", value_name = "NAME")]
    mutant: Vec<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Further cases: a folder of case files, besides the built-in ones (repeatable).
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
}

/// Lists.
pub(super) fn list(options: &ListOptions) -> Result<Conclusion, Stop> {
    if options.score {
        return score(options);
    }
    if options.mutants {
        return Ok(mutants(options.json));
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
        filter: options.filter.clone(),
        profiles,
        ..Selection::default()
    };
    let plan = plan(cases, None, &selection).map_err(|error| Stop::bad_input(chain(&error)))?;
    let mut chosen = plan.run;
    chosen.sort_by(|one, other| one.id.cmp(&other.id));
    list_cases(&chosen, options.json);
    Ok(match chosen.is_empty() {
        true => Conclusion::NothingJudged,
        false => Conclusion::AsExpected,
    })
}

fn list_cases(cases: &[Case], as_json: bool) {
    if as_json {
        let cases: Vec<_> = cases
            .iter()
            .map(|case| {
                json!({
                    "id": case.id, "title": case.title, "level": case.level(), "profile": case.profile,
                    "requirements": case.requirements, "needs": case.needs,
                })
            })
            .collect();
        say(&format!("{:#}", json!({ "cases": cases })));
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
        let requirements: Vec<_> = law()
            .values()
            .map(|requirement| {
                json!({
                    "id": requirement.id, "level": requirement.level, "text": requirement.text,
                    "source": requirement.sources(), "cases": of(&requirement.id),
                    "unobservable": requirement.unobservable,
                })
            })
            .collect();
        say(&format!("{:#}", json!({ "requirements": requirements })));
        return;
    }
    for requirement in law().values() {
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

fn mutants(as_json: bool) -> Conclusion {
    if as_json {
        let mutants: Vec<_> = MUTANTS
            .iter()
            .map(|mutant| {
                json!({
                    "name": mutant.name, "text": mutant.text, "breaks": mutant.breaks,
                    "most": mutant.most.word(),
                })
            })
            .collect();
        let variants: Vec<_> = VARIANTS
            .iter()
            .map(|variant| json!({ "name": variant.name, "text": variant.text }))
            .collect();
        say(&format!(
            "{:#}",
            json!({ "mutants": mutants, "variants": variants })
        ));
        return Conclusion::AsExpected;
    }
    let width = |all: &[Mutant]| all.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let (mutants, variants) = (width(MUTANTS), width(VARIANTS));
    for mutant in MUTANTS {
        say(&format!(
            "{:<mutants$}  {}  [{}{}]",
            mutant.name,
            mutant.text,
            mutant.breaks.join(" "),
            match mutant.most {
                Most::Should => ", as a SHOULD",
                Most::Must => "",
            }
        ));
    }
    say("\nVariants, which break nothing:");
    for variant in VARIANTS {
        say(&format!("{:<variants$}  {}", variant.name, variant.text));
    }
    Conclusion::AsExpected
}

fn score(options: &ListOptions) -> Result<Conclusion, Stop> {
    let settings = Settings::new(RunOptions {
        reference: true,
        cases: options.cases.clone(),
        ..RunOptions::default()
    })?;
    let mut mutants = Vec::new();
    for name in &options.mutant {
        mutants.extend(mutant(Some(name))?);
    }
    let whole = mutants.is_empty() && options.cases.is_empty();
    if mutants.is_empty() {
        mutants = MUTANTS.iter().chain(VARIANTS).collect();
    }
    let plan = plan(settings.cases, Some(&verbs()), &settings.selection)
        .map_err(|error| Stop::bad_input(chain(&error)))?;
    let cases: Vec<Arc<Case>> = plan.run.into_iter().map(Arc::new).collect();
    let event_loop = event_loop()?;
    let cancel = CancellationToken::new();
    let scoring = score::score(&mutants, &cases, &settings.stage, &cancel, |scored| {
        say(&format!("{scored}"));
    });
    let Some(scored) = event_loop.block_on(interruptible(&cancel, async {
        let failed = |error| Stop::fault(format!("no temporary folder: {error}"));
        scoring.await.map_err(failed)
    }))?
    else {
        return Ok(Conclusion::Interrupted);
    };
    let cancelled = cancel.is_cancelled();
    let proven = !whole || cancelled || all_proven(&scored, &cases);
    let right = sum_up(&scored, cases.len());
    Ok(match (cancelled, right && proven) {
        (true, _) => Conclusion::Interrupted,
        (false, true) => Conclusion::AsExpected,
        (false, false) => Conclusion::Failed,
    })
}

/// Says which cases no mutant fails.
fn all_proven(scored: &[Scored], cases: &[Arc<Case>]) -> bool {
    let unproven = score::unproven(scored, cases);
    for (case, ids) in &unproven {
        say(&format!(
            "UNPROVEN    {case}\n            no mutant breaks {} there",
            ids.join(" ")
        ));
    }
    unproven.is_empty()
}

/// Says how many are right, and whether all are.
fn sum_up(scored: &[Scored], cases: usize) -> bool {
    let (variants, mutants): (Vec<_>, Vec<_>) =
        scored.iter().partition(|scored| scored.mutant.is_variant());
    let right = |scored: &[&Scored]| scored.iter().filter(|scored| scored.is_right()).count();
    let (killed, pass) = (right(&mutants), right(&variants));
    say(&format!(
        "{killed} of {} mutants killed, {pass} of {} variants pass everything, by {cases} cases",
        mutants.len(),
        variants.len(),
    ));
    killed + pass == scored.len()
}
