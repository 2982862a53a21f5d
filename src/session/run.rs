//! A run: prepares and probes the target, plays its cases, and makes a report of the results.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::digests::identify;
use super::ended::{Ended, unprobed, unstartable};
use super::losses::Losses;
use super::{
    Asked, CliError, Ready, RunOptions, Settings, Unready, judge_fact, prepare, ready, shared_tmp,
};
use crate::case::{Address, Case};
use crate::check::Finding;
use crate::console::{Console, TICK};
use crate::group;
use crate::image::{Image, is_about_facts};
use crate::plan::{Able, Plan, plan};
use crate::play::{Stage, starts_beside};
use crate::report::Printable;
use crate::run::{self, Played, ProbeFault, Progress, Slots, chain};
use crate::runtime::Site;
use crate::verdict::{CaseResult, Report, reconcile, untried};

/// A run that has ended.
pub(crate) struct Checked {
    pub(crate) report: Report,
    /// Why nothing could be judged, if so.
    pub(crate) trouble: Option<String>,
}

pub(crate) fn select(settings: &Settings, able: Option<&Able>) -> Result<Plan, CliError> {
    plan(settings.cases.clone(), able, &settings.selection)
        .map_err(|error| CliError::bad_input(chain(&error)))
}

/// A run under way.
pub(crate) struct Session<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) options: &'a RunOptions,
    /// The options without those of the configuration file: the command that plays a case again reads that file again.
    pub(crate) given: &'a RunOptions,
    pub(crate) console: &'a mut Console,
}

impl Session<'_> {
    /// Plays the cases and gives the results.
    pub(crate) async fn check(
        self,
        whole: Plan,
        cancel: &CancellationToken,
    ) -> Result<Checked, CliError> {
        let (settings, given) = (self.settings, self.given);
        let began = Instant::now();
        let ended = self.play(whole, cancel).await?;
        let set = settings.in_force();
        let untried = untried(&ended.cases, &ended.left_out, set.as_ref());
        let mut report = Report {
            tool: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: ended.target,
            cases: ended.cases,
            deselected: ended.left_out.len(),
            left_out: ended.left_out,
            set,
            day: Some(settings.report_day),
            baseline_problems: Vec::new(),
            untried,
            notes: ended.notes,
            strictness: settings.run_config.strictness,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            interrupted: cancel.is_cancelled(),
            reproduce: settings.stage.mask.text(&settings.reproduce(given, None)),
            lost: ended.lost,
        };
        if let Some(baseline) = &settings.baseline {
            report.baseline_problems = reconcile(&mut report.cases, baseline, settings.today);
        }
        // The reader of a report may not see the messages of the run.
        report.notes.extend(report.lost.iter().cloned());
        Ok(Checked {
            report,
            trouble: ended.trouble,
        })
    }

    /// Probes the target, then plays what the target can do.
    async fn play(mut self, whole: Plan, cancel: &CancellationToken) -> Result<Ended, CliError> {
        let settings = self.settings;
        let mut target = settings.target_info();
        let prepared = tokio::select! {
            prepared = prepare(settings) => prepared?,
            () = cancel.cancelled() => {
                return Ok(unprobed(&whole, target, None, ProbeFault::Cancelled));
            }
        };
        let image = prepared.image.as_ref();
        identify(&mut target, image, self.options);
        let mut notes: Vec<String> = mode_notes(&settings.stage, image).collect();
        self.tell_notes(&notes);
        let asks = !whole.run.iter().all(is_about_facts);
        let found = match asks {
            true => {
                let on = |stage: &Stage| self.tell_of_stage(&whole, stage);
                ready(settings, &prepared, cancel, on).await
            }
            false => Ok(Ready::unasked(settings, &prepared)),
        };
        let Ready { stage, asked } = match found {
            Ok(ready) => ready,
            Err(Unready::Image(finding)) => {
                let why = &finding.actual;
                self.console
                    .note(&format!("the image cannot be started: {why}"));
                let ended = unstartable(&whole, target, image, &finding);
                return Ok(Ended { notes, ..ended });
            }
            Err(Unready::Probe(fault)) => {
                let ended = unprobed(&whole, target, image, fault);
                return Ok(Ended { notes, ..ended });
            }
        };
        if let Some(because) = &asked.because {
            self.console.note(&format!(
                "the function is not a fixture ({because}): cases that need one are skipped; \
                 --fixture LANGUAGE puts one over it, --event FILE gives it your own events"
            ));
        }
        for verb in asked.unknown(&settings.cases) {
            self.console.note(&format!(
                "the fixture names the verb `{verb}`, which no case needs"
            ));
        }
        notes.extend(self.tell_of_outside(&asked));
        target.runtime = asked.runtime.clone().or(target.runtime);
        target.verbs.clone_from(&asked.able.verbs);
        let able = asked.ordinary.is_none().then_some(&asked.able);
        let plan = asked.cut(select(settings, able)?);
        let left_out = plan.left_out.clone();
        notes.extend(self.tell_of_extensions(&plan, &stage));
        let (mut cases, lost) = self.play_plan(plan, &stage, image, cancel).await;
        cases.extend(asked.breach.and_then(|probe| unseen(*probe, &cases)));
        Ok(Ended {
            target,
            left_out,
            cases,
            trouble: None,
            notes,
            lost,
        })
    }

    /// What the fixture does against its contract.
    fn tell_of_outside(&mut self, asked: &Asked) -> Vec<String> {
        let outside = asked.able.outside.iter().map(|outside| {
            format!(
                "{outside}: this is the fixture's fault, so cases that need the verb are skipped"
            )
        });
        let outside: Vec<String> = outside.collect();
        self.tell_notes(&outside);
        outside
    }

    /// Other machines can call the service of a few cases.
    fn tell_of_doors(&mut self, whole: &Plan, stage: &Stage) {
        let is_open = |case: &&Case| case.address == Address::Outer;
        let open: Vec<&str> = whole
            .run
            .iter()
            .filter(is_open)
            .map(|case| case.id.as_str())
            .collect();
        if !open.is_empty() && matches!(stage.site, Site::Machine) {
            let cases = open.join(", ");
            self.console.note(&format!(
                "other machines can reach the service of {cases}: a runtime uses no proxy for loopback, so these listen elsewhere"
            ));
        }
    }

    /// Notes for the user about a stage before it is tried.
    fn tell_of_stage(&mut self, whole: &Plan, stage: &Stage) {
        if self.options.verbose {
            self.tell_of_doors(whole, stage);
        }
        let shared = shared_tmp(stage).filter(|_| self.settings.run_config.slots != Slots::only(1));
        if let Some(reason) = shared {
            self.console.note(&format!(
                "cases that are in play at the same time share /tmp: {reason}; --jobs 1 keeps them apart"
            ));
        }
        if !self.options.verbose {
            return;
        }
        match &stage.site {
            Site::Container(containers) => self.console.print(&Printable::whole_line(&format!(
                "{} by {}, in {}",
                containers.image, containers.engine.program, containers.networks.shown
            ))),
            Site::Machine => {
                if let Some(fault) = group::fault() {
                    self.console.note(&format!(
                        "if ricspec is killed, its processes will stay: there is no guardian: {fault}"
                    ));
                }
            }
        }
    }

    /// In some cases there can be no extensions of the user beside the runtime.
    fn tell_of_extensions(&mut self, plan: &Plan, stage: &Stage) -> Option<String> {
        let without = plan.run.iter().filter(|case| !starts_beside(case)).count();
        let is_some = !stage.beside.is_empty() && without > 0;
        let note = is_some.then(|| {
            format!(
                "{without} of the cases are played without your extensions: those that have extensions of their own, or in \
                 which an extension would not reach the service"
            )
        });
        self.tell_notes(note.as_slice());
        note
    }

    fn tell_notes(&mut self, notes: &[String]) {
        for note in notes {
            self.console.note(note);
        }
    }

    async fn play_plan(
        self,
        mut plan: Plan,
        stage: &Arc<Stage>,
        image: Option<&Image>,
        cancel: &CancellationToken,
    ) -> (Vec<CaseResult>, Vec<String>) {
        let Self {
            settings,
            options,
            given,
            console,
        } = self;
        console.expect(plan.run.len() + plan.skipped.len());
        // Two futures of one task share the screen, but never at the same time.
        let console = RefCell::new(console);
        let left: RefCell<Vec<String>> = RefCell::default();
        let losses = RefCell::new(Losses::default());
        let on = |progress: Progress<'_>| match progress {
            Progress::Began(id) => console.borrow_mut().began(id),
            Progress::Ended(played) => {
                finish(played, settings, given);
                losses.borrow_mut().keep(played, options, stage);
                console.borrow_mut().ended(&played.result);
            }
            Progress::NotPlayed(played) => {
                finish(played, settings, given);
                left.borrow_mut().push(played.result.reason.clone());
            }
        };
        let (facts, acted) = plan.run.into_iter().partition(is_about_facts);
        plan.run = acted;
        let mut known: Vec<CaseResult> = facts
            .iter()
            .map(|case| {
                let mut played = Played {
                    result: judge_fact(case, image),
                    transcript: None,
                };
                on(Progress::Ended(&mut played));
                played.result
            })
            .collect();
        let mut tick = tokio::time::interval(TICK);
        let mut running = pin!(run::run(plan, stage, &settings.run_config, cancel, on));
        loop {
            tokio::select! {
                cases = &mut running => {
                    known.extend(cases);
                    tell_left(&left.borrow(), &mut console.borrow_mut());
                    return (known, losses.take().told());
                }
                _ = tick.tick() => console.borrow_mut().draw(),
            }
        }
    }
}

/// Says how many cases were not played, once for all of them.
fn tell_left(reasons: &[String], console: &mut Console) {
    if let [reason, ..] = reasons {
        let cases = match reasons.len() {
            1 => "1 case".to_owned(),
            number => format!("{number} cases"),
        };
        console.note(&format!("{cases} {reason}"));
    }
}

/// A variable that starts a mode which no case covers, and the mode.
const MODES: [(&str, &str); 1] = [("AWS_LAMBDA_MAX_CONCURRENCY", "Managed Instances")];

/// Notes that the target was put into a mode of Lambda that is not covered.
fn mode_notes(stage: &Stage, image: Option<&Image>) -> impl Iterator<Item = String> {
    MODES.iter().filter_map(move |(name, mode)| {
        let of_the_image = || image.and_then(|image| image.description.variable(name));
        let value = stage.env.get(*name).map(String::as_str).or_else(of_the_image)?;
        Some(format!(
            "{name}={value} puts a runtime into the mode of {mode}, which no case covers: the service works as for a \
             standard function, so a failure may be right in that mode; remove the variable to check the runtime"
        ))
    })
}

/// What the probe found and no case did, so that a broken MUST is never lost.
fn unseen(probe: Played, cases: &[CaseResult]) -> Option<CaseResult> {
    let mut result = probe.result;
    result.findings.retain(|finding| {
        let same = |found: &Finding| {
            found.requirement == finding.requirement && found.code == finding.code
        };
        !cases.iter().flat_map(|case| &case.findings).any(same)
    });
    (!result.findings.is_empty()).then_some(result)
}

/// Adds what only the command line knows: the result against the baseline, and the command to play it again.
fn finish(played: &mut Played, settings: &Settings, given: &RunOptions) {
    let result = &mut played.result;
    let reproduce = settings.reproduce(given, Some(&result.id));
    result.reproduce = settings.stage.mask.text(&reproduce);
    if let Some(baseline) = &settings.baseline {
        baseline.apply(result, settings.today);
    }
}
