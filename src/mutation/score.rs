//! The kill score: every mutant of the reference runtime, and every variant, against every case, in one pool.
//!
//! I/O. A mutant is killed when exactly the requirements that it breaks fail. If fewer fail, a case is missing; if more
//! fail, a case blames the wrong thing. A variant must pass every case.

mod extent;

pub use extent::{Extent, PROFILES, played_against};

use extent::names_any;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::mutant::{Most, Mutant};
use crate::case::Case;
use crate::law::{Level, Subject, level_of};
use crate::play::Stage;
use crate::run::{Played, Retry, Slots, Turn, Work, pool};
use crate::verdict::{CaseResult, Verdict, is_breach};

/// Enough for a runtime that starts in milliseconds; in every case it is the wait for a mutant that never calls.
const STARTUP: Duration = Duration::from_secs(5);

/// Deadlines are multiplied by this factor: with so many cases in play, each one is slow.
const TIME_SCALE: f64 = 2.0;

/// So few cases are in play when some are played again at the end: cases for which the machine was too busy, and cases that
/// should have noticed a mutant that survived. A fault about time may not show on a busy machine.
const JOBS_AGAIN: usize = 2;

/// A mutant may hang where the reference runtime would not, so its cases mostly wait.
const JOBS: Slots = Slots {
    any: 32,
    waiting: 0,
    heavy: 6,
};

/// The result of a mutant.
#[derive(Debug)]
pub struct Scored {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// Every requirement of level SHOULD or MUST that failed, with the cases in which it did and the code.
    pub failed: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Requirements where it was found to break a MUST although it works in Lambda, with cases and codes.
    pub too_grave: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Cases that ended with a fault of ours; for a variant, also those without a verdict.
    pub faults: Vec<String>,
    /// How long each case took, in milliseconds.
    pub spent_ms: BTreeMap<String, u64>,
}

impl Scored {
    fn new(mutant: &'static Mutant) -> Self {
        Self {
            mutant,
            failed: BTreeMap::new(),
            too_grave: BTreeMap::new(),
            faults: Vec::new(),
            spent_ms: BTreeMap::new(),
        }
    }

    fn add(&mut self, result: &CaseResult) {
        self.spent_ms.insert(result.id.clone(), result.duration_ms);
        let passes = result.verdict == Verdict::Pass || result.findings.iter().any(is_breach);
        if result.verdict == Verdict::Error || (self.mutant.is_variant() && !passes) {
            self.faults
                .push(format!("{}: {}", result.id, result.reason));
        }
        for finding in result.findings.iter().filter(|finding| is_breach(finding)) {
            let too_grave = finding.level > Level::Should && self.mutant.most == Most::Should;
            let lists = [
                Some(&mut self.failed),
                too_grave.then_some(&mut self.too_grave),
            ];
            for list in lists.into_iter().flatten() {
                list.entry(finding.requirement.clone())
                    .or_default()
                    .insert((result.id.clone(), finding.code.clone()));
            }
        }
    }

    /// Requirements that it breaks and that no case noticed.
    pub fn survived(&self) -> Vec<&'static str> {
        let breaks = self.mutant.breaks.iter().copied();
        breaks.filter(|id| !self.failed.contains_key(*id)).collect()
    }

    /// Requirements that failed although it does not break them, with the cases.
    pub fn collateral(&self) -> impl Iterator<Item = (&String, &BTreeSet<(String, String)>)> {
        self.failed
            .iter()
            .filter(|(id, _)| !self.mutant.breaks.contains(&id.as_str()))
    }

    /// Whether exactly the requirements that it breaks failed, at no higher level than allowed. Then a mutant is killed; a
    /// variant, which breaks none, passes everything.
    pub fn is_right(&self) -> bool {
        self.survived().is_empty()
            && self.collateral().next().is_none()
            && self.too_grave.is_empty()
            && self.faults.is_empty()
    }
}

impl fmt::Display for Scored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.mutant.is_variant(), self.is_right()) {
            (false, true) => "killed",
            (false, false) => "NOT KILLED",
            (true, true) => "passes",
            (true, false) => "BLAMED",
        };
        write!(f, "{word:<10}  {}", self.mutant.name)?;
        for id in self.survived() {
            write!(f, "\n            no case notices {id}")?;
        }
        let collateral = self.collateral().map(|row| ("as well", row));
        let too_grave = self
            .too_grave
            .iter()
            .map(|row| ("as a MUST, although it works in Lambda", row));
        for (how, (id, cases)) in collateral.chain(too_grave) {
            let cases = cases.iter().map(|(case, code)| format!("{case} {code}"));
            let cases: Vec<String> = cases.collect();
            write!(
                f,
                "\n            blamed for {id} {how}: {}",
                cases.join(", ")
            )?;
        }
        for fault in &self.faults {
            write!(f, "\n            ricspec failed: {fault}")?;
        }
        Ok(())
    }
}

/// Cases with those of their requirements that no mutant broke there, so that nothing shows whether they would notice.
pub fn unproven<'a>(scored: &[Scored], cases: &'a [Arc<Case>]) -> BTreeMap<&'a str, Vec<&'a str>> {
    let shown: BTreeSet<(&str, &str)> = scored
        .iter()
        .flat_map(|scored| &scored.failed)
        .flat_map(|(id, cases)| cases.iter().map(|(case, _)| (case.as_str(), id.as_str())))
        .collect();
    let mut unproven = BTreeMap::new();
    for case in cases {
        let named = case.requirements.iter().map(String::as_str);
        let missing = named.filter(|id| {
            level_of(id) >= Level::Should && !shown.contains(&(case.id.as_str(), *id))
        });
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            unproven.insert(case.id.as_str(), missing);
        }
    }
    unproven
}

/// Plays cases against mutants and variants, as `extent` says; `stage` plays the reference runtime itself.
///
/// The caller leaves out cases that the reference function cannot serve.
pub async fn score(
    mutants: &[&'static Mutant],
    cases: &[Arc<Case>],
    extent: Extent,
    stage: &Stage,
    cancel: &CancellationToken,
    mut on: impl FnMut(&Scored),
) -> Vec<Scored> {
    let played: Vec<Vec<Arc<Case>>> = mutants
        .iter()
        .map(|mutant| played_against(mutant, cases, extent))
        .collect();
    let mut sheet = Sheet::new(mutants, &played);
    let never = CancellationToken::new();
    let (mut again, mut meant) = (Vec::new(), Vec::new());
    pool(
        work(mutants, &played, stage),
        JOBS,
        cancel,
        &never,
        |turn| {
            let Turn::Ended(work, played) = turn else {
                return;
            };
            if played.result.verdict == Verdict::Error {
                again.push(work.as_ref().clone());
                return;
            }
            if sheet.is_meant(&work) {
                meant.push(work.as_ref().clone());
            }
            sheet.take(&work, &played, &mut on);
        },
    )
    .await;
    pool(again, Slots::only(JOBS_AGAIN), cancel, &never, |turn| {
        if let Turn::Ended(work, played) = turn {
            sheet.take(&work, &played, &mut on);
        }
    })
    .await;
    meant.retain(|work| sheet.has_survived(work));
    pool(meant, Slots::only(JOBS_AGAIN), cancel, &never, |turn| {
        if let Turn::Ended(work, played) = turn {
            sheet.add(&work, &played);
        }
    })
    .await;
    let rest = sheet.left_out(cases, &played);
    pool(work(mutants, &rest, stage), JOBS, cancel, &never, |turn| {
        if let Turn::Ended(work, played) = turn {
            sheet.add(&work, &played);
        }
    })
    .await;
    sheet.finish(on)
}

/// Cases to play against each mutant; the mark is the index of the mutant.
fn work(
    mutants: &[&'static Mutant],
    cases: &[Vec<Arc<Case>>],
    stage: &Stage,
) -> impl Iterator<Item = Work<usize>> {
    let all = mutants.iter().zip(cases).enumerate();
    all.flat_map(move |(mark, (mutant, cases))| {
        let usual = Arc::new(stage_of(stage, mutant));
        let patient = Arc::new(Stage {
            startup: stage.startup,
            time_scale: 1.0,
            ..usual.as_ref().clone()
        });
        cases.iter().map(move |case| Work {
            case: Arc::clone(case),
            stage: Arc::clone(if case.alone { &patient } else { &usual }),
            repeat: 1,
            retry: Retry::default(),
            alone: false,
            mark,
        })
    })
}

/// The results of the mutants so far.
struct Sheet {
    scored: Vec<Scored>,
    /// How many cases each still has to play.
    left: Vec<usize>,
    told: Vec<bool>,
}

impl Sheet {
    fn new(mutants: &[&'static Mutant], played: &[Vec<Arc<Case>>]) -> Self {
        Self {
            scored: mutants.iter().map(|mutant| Scored::new(mutant)).collect(),
            left: played.iter().map(Vec::len).collect(),
            told: vec![false; mutants.len()],
        }
    }

    fn add(&mut self, work: &Work<usize>, played: &Played) {
        if let Some(scored) = self.scored.get_mut(work.mark) {
            scored.add(&played.result);
        }
    }

    /// Reports a mutant after all its cases, unless it has survived so far.
    fn take(&mut self, work: &Work<usize>, played: &Played, on: &mut impl FnMut(&Scored)) {
        self.add(work, played);
        let of = work.mark;
        let (Some(scored), Some(left), Some(told)) = (
            self.scored.get(of),
            self.left.get_mut(of),
            self.told.get_mut(of),
        ) else {
            return;
        };
        *left = left.saturating_sub(1);
        if *left == 0 && scored.survived().is_empty() {
            on(scored);
            *told = true;
        }
    }

    fn is_meant(&self, work: &Work<usize>) -> bool {
        let scored = self.scored.get(work.mark);
        scored.is_some_and(|scored| names_any(&work.case, scored.mutant.breaks))
    }

    /// Whether the mutant has survived, and this case should have noticed it.
    fn has_survived(&self, work: &Work<usize>) -> bool {
        let scored = self.scored.get(work.mark);
        scored.is_some_and(|scored| names_any(&work.case, &scored.survived()))
    }

    /// For each surviving mutant, the cases that were not played against it: a sample may lack the one that notices.
    fn left_out(&self, cases: &[Arc<Case>], played: &[Vec<Arc<Case>>]) -> Vec<Vec<Arc<Case>>> {
        let rest = |(scored, played): (&Scored, &Vec<Arc<Case>>)| {
            let is_left = |case: &Arc<Case>| !played.iter().any(|known| known.id == case.id);
            match scored.survived().is_empty() {
                true => Vec::new(),
                false => {
                    let mut whole = played_against(scored.mutant, cases, Extent::Whole);
                    whole.retain(is_left);
                    whole
                }
            }
        };
        self.scored.iter().zip(played).map(rest).collect()
    }

    fn finish(mut self, mut on: impl FnMut(&Scored)) -> Vec<Scored> {
        for ((scored, left), told) in self.scored.iter_mut().zip(self.left).zip(self.told) {
            if left > 0 {
                scored.faults.push(format!("{left} cases were not played"));
            } else if !told {
                on(scored);
            }
        }
        self.scored
    }
}

fn stage_of(stage: &Stage, mutant: &Mutant) -> Stage {
    let mut stage = Stage {
        startup: STARTUP,
        time_scale: TIME_SCALE,
        boots: Arc::new(Semaphore::new(JOBS.any)),
        ..stage.clone()
    };
    let named = ["--mutant".to_owned(), mutant.name.to_owned()];
    match mutant.subject() {
        Subject::Extension => {
            let command = stage.extension.iter().cloned();
            stage.target = Some(command.chain(named).collect());
        }
        Subject::Runtime | Subject::Image => stage.command.extend(named),
    }
    stage
}

#[cfg(test)]
mod tests {
    use super::super::MUTANTS;
    use super::*;

    use crate::case::{embedded, read};

    #[test]
    fn what_a_sample_left_out_of_a_survivor_is_what_a_whole_score_plays() {
        let cases: Vec<Arc<Case>> = read(&embedded())
            .expect("cases")
            .into_iter()
            .map(Arc::new)
            .collect();
        let mutants: Vec<&Mutant> = MUTANTS.iter().collect();
        let of = |extent| {
            let play = |mutant: &&Mutant| played_against(mutant, &cases, extent);
            mutants.iter().map(play).collect::<Vec<_>>()
        };
        let (sample, whole) = (of(Extent::Sample), of(Extent::Whole));
        let left = Sheet::new(&mutants, &sample).left_out(&cases, &sample);
        for ((sample, left), whole) in sample.iter().zip(&left).zip(&whole) {
            let ids = |cases: &[Arc<Case>]| -> BTreeSet<String> {
                cases.iter().map(|case| case.id.clone()).collect()
            };
            let both: Vec<Arc<Case>> = sample.iter().chain(left).cloned().collect();
            assert_eq!(ids(&both), ids(whole));
            assert_eq!(both.len(), whole.len());
        }
    }
}
