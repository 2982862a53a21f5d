//! `ricspec run`: the main job, from settings to exit code.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::again::LastRun;
use super::interrupt::interruptible;
use super::outputs::{Losses, hold_all, publish};
use super::ready::{Ready, Unready, unprobed, unstartable};
use super::{
    Furnished, RunOptions, Settings, Stop, complain, config, event_loop, furnish, github,
    judge_fact,
};
use crate::check::Finding;
use crate::console::{Console, Stream, TICK, Telling};
use crate::image::{Image, is_about_facts};
use crate::plan::{Able, Plan, plan};
use crate::play::Stage;
use crate::publish::{Content, Destination, Place};
use crate::report::{Detail, Failures, human};
use crate::run::{self, Played, ProbeFault, Progress, chain};
use crate::verdict::{CaseResult, Conclusion, Report, TargetInfo, reconcile, untried};

/// Runs the cases, shows and writes the reports.
pub(super) fn run(given: &RunOptions, step: &mut Option<github::Step>) -> Result<Conclusion, Stop> {
    let mut options = given.clone();
    config::complete(&mut options)?;
    let mut settings = Settings::of(options.clone())?;
    let options = &options;
    let last = LastRun::of(&settings, options);
    let (again, unknown) = last.choose(options);
    settings.selection.again = again;
    settings.notes.extend(unknown);
    // A selection that cannot be meant is told before anything is started.
    let whole = select(&settings, None)?;
    let held = hold_all(options)?;
    let mut console = console(options);
    if let Some(step) = step {
        step.hush(&mut console);
    }
    for note in &settings.notes {
        console.note(note);
    }
    for unmatched in &whole.unmatched {
        console.note(&unmatched.to_string());
    }
    let event_loop = event_loop()?;
    let cancel = CancellationToken::new();
    let session = Session {
        settings: &settings,
        options,
        given,
        console: &mut console,
    };
    let hurry = &settings.stage.hurry;
    let work = session.check(whole, &cancel);
    let checked = event_loop.block_on(interruptible(&cancel, hurry, work));
    // Whatever is still in play dies with the event loop, and its process groups with it.
    drop(event_loop);
    let Checked { report, trouble } = checked?;
    match trouble {
        Some(message) => complain(&message),
        None => show(&report, options, &mut console),
    }
    let published = publish(held, Content::Run(&report, settings.today), &report.lost);
    if let Some(step) = step {
        step.tell(&report, &mut console);
    }
    let remembered = last.remember(&report.cases);
    published?;
    let relied_on = options.last_failed || options.failed_first || options.verbose;
    if let Some(why) = remembered.err().filter(|_| relied_on) {
        console.note(&format!("what failed is not remembered: {why}"));
    }
    Ok(report.conclusion())
}

/// A run that has ended.
pub(super) struct Checked {
    pub(super) report: Report,
    /// Why nothing could be judged, if nothing could.
    pub(super) trouble: Option<String>,
}

/// What came of a run.
pub(super) struct Ended {
    pub(super) cases: Vec<CaseResult>,
    pub(super) target: TargetInfo,
    pub(super) deselected: usize,
    /// Why nothing could be judged, if nothing could.
    pub(super) trouble: Option<String>,
    /// What whoever reads the results must know.
    pub(super) notes: Vec<String>,
    /// What could not be written, or not be played, and why.
    pub(super) lost: Vec<String>,
}

pub(super) fn select(settings: &Settings, able: Option<&Able>) -> Result<Plan, Stop> {
    plan(settings.cases.clone(), able, &settings.selection)
        .map_err(|error| Stop::bad_input(chain(&error)))
}

/// Text for people gives way to a report on standard output.
pub(super) fn console(options: &RunOptions) -> Console {
    let taken = |destination: &Destination| destination.place == Place::Stdout;
    let stream = match options.report.iter().any(taken) {
        true => Stream::Err,
        false => Stream::Out,
    };
    let telling = match options.quiet {
        true => Telling::Trouble,
        false => Telling::All,
    };
    let color = options.color.unwrap_or_default();
    Console::new(stream, color.look(stream), telling)
}

/// A run under way.
pub(super) struct Session<'a> {
    pub(super) settings: &'a Settings,
    pub(super) options: &'a RunOptions,
    /// The options without those of the configuration file, which is read again to reproduce a case.
    pub(super) given: &'a RunOptions,
    pub(super) console: &'a mut Console,
}

impl Session<'_> {
    /// Plays, and reports what came of it.
    pub(super) async fn check(
        self,
        whole: Plan,
        cancel: &CancellationToken,
    ) -> Result<Checked, Stop> {
        let settings = self.settings;
        let began = Instant::now();
        let other_profiles = whole.other_profiles.clone();
        let ended = self.play(whole, cancel).await?;
        let untried = untried(&ended.cases, &other_profiles);
        let mut report = Report {
            tool: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: ended.target,
            cases: ended.cases,
            deselected: ended.deselected,
            baseline_problems: Vec::new(),
            untried,
            notes: ended.notes,
            strictness: settings.manner.strictness,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            interrupted: cancel.is_cancelled(),
            lost: ended.lost,
        };
        if let Some(baseline) = &settings.baseline {
            report.baseline_problems = reconcile(&mut report.cases, baseline, settings.today);
        }
        // A report is read where the messages of the run are not.
        report.notes.extend(report.lost.iter().cloned());
        Ok(Checked {
            report,
            trouble: ended.trouble,
        })
    }

    /// Probes the target, then plays what it can do of the plan.
    async fn play(mut self, whole: Plan, cancel: &CancellationToken) -> Result<Ended, Stop> {
        let settings = self.settings;
        let mut target = settings.target_info();
        let furnished = tokio::select! {
            furnished = furnish(settings) => furnished?,
            () = cancel.cancelled() => {
                return Ok(unprobed(&whole, target, None, ProbeFault::Cancelled));
            }
        };
        let Furnished { stages, image } = furnished;
        let mut notes: Vec<String> = mode_notes(&settings.stage, image.as_ref()).collect();
        self.tell_notes(&notes);
        let (stage, asked) = match self.ready(&whole, stages, image.as_ref(), cancel).await {
            Ok(Ready { stage, asked }) => (stage, asked),
            Err(Unready::Image(finding)) => {
                let why = &finding.actual;
                self.console
                    .note(&format!("the image cannot be started: {why}"));
                let ended = unstartable(&whole, target, image.as_ref(), &finding);
                return Ok(Ended { notes, ..ended });
            }
            Err(Unready::Probe(fault)) => {
                let ended = unprobed(&whole, target, image.as_ref(), fault);
                return Ok(Ended { notes, ..ended });
            }
        };
        if let Some(because) = &asked.because {
            self.console.note(&format!(
                "the function is no fixture ({because}): cases that need one are skipped; \
                 --fixture LANGUAGE puts one in its place, --event FILE gives it events of yours"
            ));
        }
        for verb in asked.unknown(&settings.cases) {
            self.console.note(&format!(
                "the fixture says that it honours `{verb}`, which is no verb that a case needs"
            ));
        }
        let outside = asked.able.outside.iter().map(|outside| {
            format!("{outside}: this is the fixture's fault, and cases that need it are skipped")
        });
        let outside: Vec<String> = outside.collect();
        self.tell_notes(&outside);
        notes.extend(outside);
        target.runtime = asked.runtime.clone().or(target.runtime);
        target.verbs.clone_from(&asked.able.verbs);
        let able = asked.ordinary.is_none().then_some(&asked.able);
        let plan = asked.cut(select(settings, able)?);
        let deselected = plan.deselected;
        let (mut cases, lost) = self.play_plan(plan, &stage, image.as_ref(), cancel).await;
        cases.extend(asked.breach.and_then(|probe| unseen(*probe, &cases)));
        Ok(Ended {
            target,
            deselected,
            cases,
            trouble: None,
            notes,
            lost,
        })
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
        // Two futures of one task share the screen, never at the same time.
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
        let mut running = pin!(run::run(plan, stage, &settings.manner, cancel, on));
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

/// A variable that puts a runtime into a mode which no case covers, and the mode.
const MODES: [(&str, &str); 1] = [("AWS_LAMBDA_MAX_CONCURRENCY", "Managed Instances")];

/// That the target was put into a mode of Lambda which is not covered.
fn mode_notes(stage: &Stage, image: Option<&Image>) -> impl Iterator<Item = String> {
    MODES.iter().filter_map(move |(name, mode)| {
        let of_the_image = || image.and_then(|image| image.description.variable(name));
        let value = stage.env.get(*name).map(String::as_str).or_else(of_the_image)?;
        Some(format!(
            "{name}={value} puts a runtime into the mode of {mode}, which no case covers: here the service works as for a \
             standard function, so that what fails may be right in that mode; take the variable away to check the runtime"
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

/// Adds what only the command line knows: the baseline's word, and the way to see it again.
fn finish(played: &mut Played, settings: &Settings, given: &RunOptions) {
    let result = &mut played.result;
    let reproduce = settings.reproduce(given, &result.id);
    result.reproduce = settings.stage.mask.text(&reproduce);
    if let Some(baseline) = &settings.baseline {
        baseline.apply(result, settings.today);
    }
}

/// What went wrong, then the summary.
fn show(report: &Report, options: &RunOptions, console: &mut Console) {
    let failures = match options.all {
        true => Failures::All,
        false => Failures::ByCause,
    };
    let detail = match options.verbose {
        true => Detail::Verbose,
        false => Detail::Usual,
    };
    console.print(&human::report(report, console.look(), failures, detail));
}
