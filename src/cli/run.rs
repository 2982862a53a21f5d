//! `ricspec run`: the main job, from settings to exit code.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;
use std::time::Instant;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{RunOptions, Settings, Stop, Target, event_loop, github};
use crate::case::Case;
use crate::console::{Console, TICK, Telling};
use crate::plan::{Plan, plan};
use crate::publish::{Destination, Held, Place, hold, write_whole};
use crate::reference;
use crate::report::{Detail, human};
use crate::run::{self, Played, Probe, ProbeFault, Progress, chain, probe};
use crate::transcript::Transcript;
use crate::verdict::{CaseResult, Conclusion, Outcome, Report, TargetInfo, Verdict, reconcile};

/// Runs the cases, shows and writes the reports.
pub(super) fn run(options: &RunOptions) -> Result<Conclusion, Stop> {
    let settings = Settings::new(options.clone())?;
    // A selection that cannot be meant is told before anything is started.
    let whole = select(&settings, None)?;
    let held = hold_all(options)?;
    let mut console = console(options);
    let step = github::Step::found(&mut console);
    for glob in &whole.unmatched {
        console.print(&format!("note: `{glob}` matches no case\n"));
    }
    let event_loop = event_loop()?;
    let began = Instant::now();
    let cancel = CancellationToken::new();
    let session = Session {
        settings: &settings,
        options,
        console: &mut console,
    };
    let ended = event_loop.block_on(interruptible(&cancel, session.play(whole, &cancel)));
    // Whatever is still in play dies with the event loop, and its process groups with it.
    drop(event_loop);
    let Some(ended) = ended? else {
        return Ok(Conclusion::Interrupted);
    };
    let mut report = Report {
        tool: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: ended.target,
        cases: ended.cases,
        deselected: ended.deselected,
        baseline_problems: Vec::new(),
        strictness: settings.manner.strictness,
        duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        interrupted: cancel.is_cancelled(),
    };
    if let Some(baseline) = &settings.baseline {
        report.baseline_problems = reconcile(&mut report.cases, baseline, settings.today);
    }
    if let Some(step) = &step {
        step.hush(&mut console);
    }
    match ended.trouble {
        Some(message) => eprintln!("error: {message}"),
        None => show(&report, options, &mut console),
    }
    let published = publish(held, &report);
    if let Some(step) = step {
        step.tell(&report, &mut console);
    }
    published
}

/// What came of a run.
struct Ended {
    cases: Vec<CaseResult>,
    target: TargetInfo,
    deselected: usize,
    /// Why nothing could be judged, if nothing could.
    trouble: Option<String>,
}

fn select(settings: &Settings, verbs: Option<&[String]>) -> Result<Plan, Stop> {
    plan(settings.cases.clone(), verbs, &settings.selection)
        .map_err(|error| Stop::bad_input(chain(&error)))
}

fn hold_all(options: &RunOptions) -> Result<Vec<Held>, Stop> {
    if let Some(folder) = &options.transcripts {
        std::fs::create_dir_all(folder).map_err(|error| {
            Stop::bad_input(format!("cannot write `{}`: {error}", folder.display()))
        })?;
    }
    let held: Result<Vec<Held>, _> = options.report.iter().map(hold).collect();
    Ok(held?)
}

/// Text for people gives way to a report on standard output.
fn console(options: &RunOptions) -> Console {
    let taken = |destination: &Destination| destination.place == Place::Stdout;
    let aside = options.report.iter().any(taken);
    let out: Box<dyn Write + Send> = match aside {
        true => Box::new(io::stderr()),
        false => Box::new(io::stdout()),
    };
    let terminal = match aside {
        true => io::stderr().is_terminal(),
        false => io::stdout().is_terminal(),
    };
    let style = options.color.style(terminal);
    let telling = match options.quiet {
        true => Telling::Trouble,
        false => Telling::All,
    };
    Console::new(out, style, telling)
}

/// Does `work` until it is done. The first signal to end cancels it, the second ends it at once, with `None`.
pub(super) async fn interruptible<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, Stop>>,
) -> Result<Option<T>, Stop> {
    let mut signals =
        signals().map_err(|error| Stop::fault(format!("cannot listen for signals: {error}")))?;
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => return done.map(Some),
        () = any(&mut signals) => cancel.cancel(),
    }
    tokio::select! {
        done = work => done.map(Some),
        () = any(&mut signals) => Ok(None),
    }
}

fn signals() -> io::Result<[Signal; 3]> {
    Ok([
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
        signal(SignalKind::hangup())?,
    ])
}

async fn any([interrupt, terminate, hangup]: &mut [Signal; 3]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// A run under way.
struct Session<'a> {
    settings: &'a Settings,
    options: &'a RunOptions,
    console: &'a mut Console,
}

impl Session<'_> {
    /// Probes the target, then plays what it can do of the plan.
    async fn play(self, whole: Plan, cancel: &CancellationToken) -> Result<Ended, Stop> {
        let settings = self.settings;
        let mut target = settings.target_info();
        let verbs = match &settings.target {
            Target::Reference(_) => reference::verbs(),
            Target::Process if whole.run.is_empty() => Vec::new(),
            Target::Process => match probe(&settings.stage, cancel).await {
                Ok(Probe { verbs, runtime, .. }) => {
                    target.runtime = runtime;
                    verbs
                }
                Err(fault) => return Ok(unprobed(&whole, target, fault)),
            },
        };
        target.verbs.clone_from(&verbs);
        let plan = select(settings, Some(&verbs))?;
        Ok(Ended {
            target,
            deselected: plan.deselected,
            cases: self.play_plan(plan, cancel).await,
            trouble: None,
        })
    }

    async fn play_plan(self, plan: Plan, cancel: &CancellationToken) -> Vec<CaseResult> {
        let Self {
            settings,
            options,
            console,
        } = self;
        console.expect(plan.run.len() + plan.skipped.len());
        // Two futures of one task share the screen, never at the same time.
        let console = RefCell::new(console);
        let on = |progress: Progress<'_>| match progress {
            Progress::Began(id) => console.borrow_mut().began(id),
            Progress::Ended(played) => {
                finish(played, settings, options);
                console.borrow_mut().ended(&played.result);
            }
        };
        let mut tick = tokio::time::interval(TICK);
        let mut running = pin!(run::run(
            plan,
            &settings.stage,
            &settings.manner,
            cancel,
            on
        ));
        loop {
            tokio::select! {
                cases = &mut running => return cases,
                _ = tick.tick() => console.borrow_mut().draw(),
            }
        }
    }
}

/// Adds what only the command line knows: the baseline's word, the way to see it again, and the transcript's file.
fn finish(played: &mut Played, settings: &Settings, options: &RunOptions) {
    let result = &mut played.result;
    result.reproduce = settings.reproduce(options, &result.id);
    if let (Some(folder), Some(transcript)) = (&options.transcripts, &played.transcript)
        && let Err(error) = write_transcript(folder, transcript)
    {
        result.reason = format!("the transcript is not kept: {error}");
    }
    if let Some(baseline) = &settings.baseline {
        baseline.apply(result, settings.today);
    }
}

fn write_transcript(folder: &Path, transcript: &Transcript) -> Result<(), String> {
    let text = serde_json::to_string_pretty(transcript).map_err(|error| error.to_string())?;
    let path = folder.join(format!("{}.json", transcript.case));
    write_whole(&path, &text).map_err(|error| chain(&error))
}

/// A run that ended at the probe: one message, and a report in which no case is missing.
fn unprobed(plan: &Plan, target: TargetInfo, fault: ProbeFault) -> Ended {
    let skip = |case: &Case| {
        let reason = "the runtime could not be probed".to_owned();
        CaseResult::new(case, Outcome::Skipped(reason), 0)
    };
    let mut cases: Vec<CaseResult> = plan.run.iter().map(skip).collect();
    let message = fault.to_string();
    let trouble = match fault {
        ProbeFault::Breach(played) => {
            cases.push(played.result);
            None
        }
        ProbeFault::Cancelled => None,
        ProbeFault::Stage(_) | ProbeFault::Silent { .. } | ProbeFault::NoFixture { .. } => {
            cases.push(CaseResult::new(
                &run::probe_case(),
                Outcome::Fault(message.clone()),
                0,
            ));
            Some(message)
        }
    };
    Ended {
        cases,
        target,
        deselected: plan.deselected,
        trouble,
    }
}

/// Every case that is not as expected in full, then the summary.
fn show(report: &Report, options: &RunOptions, console: &mut Console) {
    let style = console.style();
    for case in report.by_id() {
        let shown = match case.verdict {
            Verdict::Fail | Verdict::Error | Verdict::UnexpectedPass | Verdict::Inconclusive => {
                true
            }
            Verdict::ExpectedFailure => options.verbose,
            Verdict::Pass | Verdict::Skip => false,
        };
        if shown {
            console.print(&format!("\n{}", human::failure(case, style)));
        }
    }
    let detail = match options.verbose {
        true => Detail::Verbose,
        false => Detail::Usual,
    };
    console.print(&format!("\n{}", human::summary(report, style, detail)));
}

/// Writes every report; one that fails does not keep the others from being written.
fn publish(held: Vec<Held>, report: &Report) -> Result<Conclusion, Stop> {
    let mut messages = Vec::new();
    for place in held {
        if let Err(error) = place.publish(report) {
            messages.push(chain(&error));
        }
    }
    if messages.is_empty() {
        Ok(report.conclusion())
    } else {
        Err(Stop::faults(messages))
    }
}
