//! The mutants and variants of the reference runtime, for a build that has them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::interrupt::interruptible;
use super::print::{say, say_json};
use crate::case::Case;
use crate::explain::Mutation;
use crate::law::Subject;
use crate::mutation::score::{self, Extent, Scored};
use crate::mutation::{self, MUTANTS, Most, Mutant, VARIANTS};
use crate::plan::plan;
use crate::reference::{self, verbs};
use crate::run::chain;
use crate::session::{CliError, RunOptions, Settings, check_mutant, event_loop};
use crate::verdict::Conclusion;

/// Runs as the reference runtime, or as one of them.
pub(super) fn be(name: Option<&str>) -> Result<ExitCode, CliError> {
    name.map_or(Ok(()), check_mutant)?;
    let mutant = name.and_then(mutation::mutant);
    Ok(mutant.map_or_else(reference::main, mutation::be))
}

/// What the page of a requirement says of them.
pub(super) fn mutations() -> Vec<Mutation> {
    let owned = |id: &&str| (*id).to_owned();
    MUTANTS
        .iter()
        .map(|mutant| Mutation {
            name: mutant.name.to_owned(),
            text: mutant.text.to_owned(),
            breaks: mutant.breaks.iter().map(owned).collect(),
        })
        .collect()
}

/// Prints them.
pub(super) fn list(as_json: bool) -> Result<Conclusion, CliError> {
    if as_json {
        let mutants: Vec<_> = MUTANTS
            .iter()
            .map(|mutant| {
                json!({
                    "name": mutant.name, "text": mutant.text, "breaks": mutant.breaks,
                    "most": mutant.most.word(), "of": mutant.subject(),
                })
            })
            .collect();
        let variants: Vec<_> = VARIANTS
            .iter()
            .map(|variant| {
                json!({ "name": variant.name, "text": variant.text, "of": variant.subject() })
            })
            .collect();
        let document = json!({ "mutants": mutants, "variants": variants });
        say_json(&format!("{document:#}"));
        return Ok(Conclusion::AsExpected);
    }
    let width = |all: &[Mutant]| all.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let (mutants, variants) = (width(MUTANTS), width(VARIANTS));
    for mutant in MUTANTS {
        say(&format!(
            "{:<mutants$}  {}  [{}{}{}]",
            mutant.name,
            mutant.text,
            of(mutant),
            mutant.breaks.join(" "),
            match mutant.most {
                Most::Should => ", as a SHOULD",
                Most::Must => "",
            }
        ));
    }
    say("\nVariants, which break nothing:");
    for variant in VARIANTS {
        let of = of(variant).trim_end_matches(": ");
        let of = if of.is_empty() {
            String::new()
        } else {
            format!("  [{of}]")
        };
        say(&format!(
            "{:<variants$}  {}{of}",
            variant.name, variant.text
        ));
    }
    Ok(Conclusion::AsExpected)
}

/// Whose mutant it is, if not the runtime's.
fn of(mutant: &Mutant) -> &'static str {
    match mutant.subject() {
        Subject::Extension => "of the extension: ",
        Subject::Runtime | Subject::Image => "",
    }
}

/// Plays all cases against the named ones, or against all.
pub(super) fn score(
    folders: &[PathBuf],
    names: &[String],
    sample: bool,
) -> Result<Conclusion, CliError> {
    let mut settings = Settings::new(RunOptions {
        reference: true,
        cases: folders.to_vec(),
        profile: score::PROFILES.map(str::to_owned).to_vec(),
        ..RunOptions::default()
    })?;
    settings.selection.subjects = vec![Subject::Runtime, Subject::Extension];
    let mut mutants = Vec::new();
    for name in names {
        check_mutant(name)?;
        mutants.extend(mutation::mutant(name));
    }
    let whole = mutants.is_empty() && folders.is_empty();
    if mutants.is_empty() {
        mutants = MUTANTS.iter().chain(VARIANTS).collect();
    }
    let plan = plan(settings.cases, Some(&verbs().into()), &settings.selection)
        .map_err(|error| CliError::bad_input(chain(&error)))?;
    let cases: Vec<Arc<Case>> = plan.run.into_iter().map(Arc::new).collect();
    let event_loop = event_loop()?;
    let cancel = CancellationToken::new();
    let extent = match sample {
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

/// Prints the cases that no mutant fails.
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

/// How many of the slowest are printed.
const NAMED_MAX: usize = 5;

/// Prints where the time went. Many cases run at the same time, so only the ratios mean something.
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

/// Prints how many are right. Gives whether all are.
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
