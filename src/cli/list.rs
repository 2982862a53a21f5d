//! `ricspec list`: cases, requirements, mutants and variants.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::interrupt::interruptible;
use super::print::{say, say_json};
use crate::case::Case;
use crate::console::note;
use crate::law;
use crate::plan::{Selection, plan};
use crate::reference::{MUTANTS, Most, Mutant, VARIANTS, verbs};
use crate::run::chain;
use crate::score::{self, Extent, Scored};
use crate::session::{CliError, RunOptions, Settings, event_loop, mutant, read_cases};
use crate::verdict::Conclusion;

/// What to list.
#[derive(Args, Debug)]
pub(super) struct ListOptions {
    /// Only these cases: an area, an id, a requirement or a glob.
    #[arg(value_name = "GLOB")]
    globs: Vec<String>,
    /// The same, as `run` takes it (repeatable).
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// List the law: every requirement, with the cases that try it.
    #[arg(long, conflicts_with_all = ["globs", "filter"])]
    requirements: bool,
    /// List the mutants of the reference runtime, with the requirements that each breaks, and its variants, which break none.
    #[arg(long, conflicts_with_all = ["globs", "filter", "requirements"])]
    mutants: bool,
    /// Play every case against every mutant and variant; say which mutants are killed and which variants pass. Takes some minutes.
    #[arg(long, requires = "mutants", conflicts_with = "json")]
    score: bool,
    /// Against each mutant only the cases that name what it breaks, those of its own area, and one in eight of the others.
    #[arg(long, requires = "score")]
    sample: bool,
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
pub(super) fn list(options: &ListOptions) -> Result<Conclusion, CliError> {
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
        filter: [&options.globs[..], &options.filter].concat(),
        profiles,
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

fn list_cases(cases: &[Case], as_json: bool) {
    if as_json {
        let cases: Vec<_> = cases
            .iter()
            .map(|case| {
                json!({
                    "id": case.id, "title": case.title, "level": case.level(), "profile": case.profile,
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
                    "met": requirement.met, "source": requirement.sources(), "cases": of(&requirement.id),
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
        let document = json!({ "mutants": mutants, "variants": variants });
        say_json(&format!("{document:#}"));
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

fn score(options: &ListOptions) -> Result<Conclusion, CliError> {
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
    let plan = plan(settings.cases, Some(&verbs().into()), &settings.selection)
        .map_err(|error| CliError::bad_input(chain(&error)))?;
    let cases: Vec<Arc<Case>> = plan.run.into_iter().map(Arc::new).collect();
    let event_loop = event_loop()?;
    let cancel = CancellationToken::new();
    let extent = match options.sample {
        true => Extent::Sample,
        false => Extent::Whole,
    };
    let told = |scored: &Scored| say(&format!("{scored}"));
    let scoring = score::score(&mutants, &cases, extent, &settings.stage, &cancel, told);
    let hurry = &settings.stage.hurry;
    let scoring = interruptible(&cancel, hurry, async { Ok(scoring.await) });
    let scored = event_loop.block_on(scoring)?;
    let cancelled = cancel.is_cancelled();
    let proven = !whole || cancelled || all_proven(&scored, &cases);
    tell_times(&scored);
    let right = sum_up(&scored);
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

/// How many of the slowest are named.
const NAMED_MAX: usize = 5;

/// Says where the time went. So many cases are in play at once that only the ratios mean something.
fn tell_times(scored: &[Scored]) {
    let by_mutant = scored.iter().map(|scored| {
        let spent_ms: u64 = scored.spent_ms.values().sum();
        (spent_ms, scored.mutant.name)
    });
    let mut by_case: BTreeMap<&str, u64> = BTreeMap::new();
    for (case, spent_ms) in scored.iter().flat_map(|scored| &scored.spent_ms) {
        *by_case.entry(case).or_default() += spent_ms;
    }
    let by_case = by_case.into_iter().map(|(case, spent_ms)| (spent_ms, case));
    tell_slowest("mutants", by_mutant.collect());
    tell_slowest("cases", by_case.collect());
}

fn tell_slowest(what: &str, mut all: Vec<(u64, &str)>) {
    let whole: u64 = all.iter().map(|(spent_ms, _)| spent_ms).sum();
    all.sort_by(|one, other| other.cmp(one));
    let seconds = |spent_ms: u64| format!("{} s", spent_ms / 1000);
    say(&format!("\nslowest {what}, of {} in all", seconds(whole)));
    for (spent_ms, name) in all.into_iter().take(NAMED_MAX) {
        say(&format!("{:>8}  {name}", seconds(spent_ms)));
    }
}

/// Says how many are right, and whether all are.
fn sum_up(scored: &[Scored]) -> bool {
    let (variants, mutants): (Vec<_>, Vec<_>) =
        scored.iter().partition(|scored| scored.mutant.is_variant());
    let right = |scored: &[&Scored]| scored.iter().filter(|scored| scored.is_right()).count();
    let (killed, pass) = (right(&mutants), right(&variants));
    let played: usize = scored.iter().map(|scored| scored.spent_ms.len()).sum();
    say(&format!(
        "{killed} of {} mutants killed, {pass} of {} variants pass everything, in {played} plays",
        mutants.len(),
        variants.len(),
    ));
    killed + pass == scored.len()
}
