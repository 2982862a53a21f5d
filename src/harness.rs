//! The plan as a libtest binary: each case is a test, for `cargo test`, cargo-nextest and whatever else speaks to one.
//!
//! A runtime's own crate has a `tests/conformance.rs` with `harness = false` whose `main` calls [`main`], and a
//! `ricspec.toml` beside its `Cargo.toml` that says what to check; `ricspec test` does the same without a crate.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::cli::{
    Asked, Furnished, RunOptions, Settings, Stop, ask, event_loop, furnish, judge_fact, shared_tmp,
};
use crate::image::{Image, prevents_start};
use crate::plan::plan;
use crate::play::Stage;
use crate::report::{Style, human};
use crate::run::{ProbeFault, Work, chain, play_work};
use crate::verdict::{CaseResult, Verdict};

/// Runs the cases as tests, by the arguments of this process, and gives its exit code.
pub fn main() -> ExitCode {
    conclude(&Arguments::from_args())
}

/// As [`main`], with arguments that do not begin with a program's name.
pub fn test(arguments: &[String]) -> ExitCode {
    let named = std::iter::once("ricspec test".to_owned()).chain(arguments.iter().cloned());
    conclude(&Arguments::from_iter(named))
}

fn conclude(arguments: &Arguments) -> ExitCode {
    match trials() {
        Ok(trials) => libtest_mimic::run(arguments, trials).exit_code(),
        Err(stop) => ExitCode::from(stop.tell().exit_code()),
    }
}

/// What all trials share. The probe is made by the first that runs, so that `--list` starts nothing.
struct Shared {
    settings: Settings,
    event_loop: Runtime,
    ready: OnceLock<Result<Ready, String>>,
}

/// Where the cases are played, and what the fixture honours.
struct Ready {
    stage: Arc<Stage>,
    asked: Asked,
    image: Option<Image>,
}

fn trials() -> Result<Vec<Trial>, Stop> {
    let settings = Settings::new(RunOptions::default())?;
    let plan = plan(settings.cases.clone(), None, &settings.selection)
        .map_err(|error| Stop::bad_input(chain(&error)))?;
    let shared = Arc::new(Shared {
        settings,
        event_loop: event_loop()?,
        ready: OnceLock::new(),
    });
    let mut cases = plan.run;
    cases.sort_by(|one, other| one.id.cmp(&other.id));
    let trial = |case: Case| {
        let shared = Arc::clone(&shared);
        Trial::ignorable_test(case.id.clone(), move || shared.check(&case))
    };
    Ok(cases.into_iter().map(trial).collect())
}

impl Shared {
    fn check(&self, case: &Case) -> Result<Completion, Failed> {
        let ready = self.ready.get_or_init(|| self.prepare());
        let Ready {
            stage,
            asked,
            image,
        } = ready.as_ref().map_err(Failed::from)?;
        if case.fact.is_some() {
            return self.rule(judge_fact(case, image.as_ref()));
        }
        if let Some(finding) = image.as_ref().and_then(prevents_start) {
            let reason = format!("the image cannot be started: {}", finding.actual);
            return Ok(Completion::ignored_with(reason));
        }
        let case = match asked.fitted(case) {
            Ok(case) => case,
            Err(reason) => return Ok(Completion::ignored_with(reason)),
        };
        let cancel = CancellationToken::new();
        let work = Work {
            retry: self.settings.manner.retry(&case.id),
            case: Arc::new(case),
            stage: Arc::clone(stage),
            repeat: 1,
            alone: false,
            mark: (),
        };
        let played = self.event_loop.block_on(play_work(&work, &cancel));
        match played {
            Some(played) => self.rule(played.result),
            None => Err(Failed::from("cancelled")),
        }
    }

    fn rule(&self, mut result: CaseResult) -> Result<Completion, Failed> {
        if let Some(baseline) = &self.settings.baseline {
            baseline.apply(&mut result, self.settings.today);
        }
        if result.verdict == Verdict::Skip {
            return Ok(Completion::ignored_with(result.reason));
        }
        if result.counts(self.settings.manner.strictness) {
            return Err(Failed::from(human::failure(&result, Style::Plain)));
        }
        Ok(Completion::Completed)
    }

    fn prepare(&self) -> Result<Ready, String> {
        let furnished = self.event_loop.block_on(furnish(&self.settings));
        let Furnished { stages, image } = furnished.map_err(|stop| stop.to_string())?;
        if let Some(reason) = stages.first().and_then(|stage| shared_tmp(stage)) {
            eprintln!(
                "note: tests that run at the same time share /tmp: {reason}; --test-threads 1 keeps them apart"
            );
        }
        let mut last = String::new();
        let broken = image
            .as_ref()
            .is_some_and(|image| prevents_start(image).is_some());
        for stage in stages {
            let asked = match broken {
                true => Ok(Asked::default()),
                false => self.ask(&stage),
            };
            match asked {
                Ok(asked) => {
                    return Ok(Ready {
                        stage,
                        asked,
                        image,
                    });
                }
                // A network in which nothing starts leaves the next one.
                Err(ProbeFault::Stage(what)) => last = what,
                Err(ProbeFault::Breach(played)) => {
                    return Err(human::failure(&played.result, Style::Plain));
                }
                Err(fault) => return Err(fault.to_string()),
            }
        }
        Err(last)
    }

    fn ask(&self, stage: &Stage) -> Result<Asked, ProbeFault> {
        let cancel = CancellationToken::new();
        let asked = ask(&self.settings, stage, &cancel);
        self.event_loop.block_on(asked)
    }
}
