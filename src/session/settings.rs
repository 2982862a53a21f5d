//! The settings of a run, checked and complete: options, file and defaults together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::attach::{with_port, without_limits};
use super::digests::artifacts;
use super::files::{check_surroundings, utf8};
use super::inputs::{baseline, events, read_cases, report_day, today};
use super::order::MEMORY_MB;
use super::run_config::{processors, run_config};
use super::sets::bind;
use super::shard::shard;
use super::target::{Started, extension, network_helper, started};
use super::variables::{environment, mask, variables};
use super::{CliError, RunOptions, Target, fill_from_config};
use crate::case::{Case, Payload};
use crate::law::{InForce, Set};
use crate::mask::Mask;
use crate::plan::{BY_DEFAULT, Selection};
use crate::play::Stage;
use crate::run::{RunConfig, Slots};
use crate::runtime::{Site, lacks_own_network};
use crate::verdict::{Artifact, Baseline, Date, TargetInfo};

/// Everything that a run needs to know.
#[derive(Debug)]
pub struct Settings {
    /// What is checked.
    pub target: Target,
    /// Where cases are played.
    pub stage: Arc<Stage>,
    /// All cases, before any selection.
    pub cases: Vec<Case>,
    /// Which of them are selected.
    pub selection: Selection,
    /// Events for a function that is not a fixture; `None` if the function must be asked whether it is one.
    pub events: Option<Vec<Payload>>,
    /// How the run goes.
    pub run_config: RunConfig,
    /// Known failures.
    pub baseline: Option<Baseline>,
    /// The day on which it runs, for the baseline.
    pub today: Date,
    /// The day that reports name.
    pub report_day: Date,
    /// The only set that binds, if the user chose one.
    pub set: Option<Arc<Set>>,
    /// The files that the user names as what is checked.
    pub artifacts: Vec<Artifact>,
    /// Notes for the user before the run.
    pub notes: Vec<String>,
}

impl Settings {
    /// Reads file, cases and baseline, and checks everything that can be checked before a runtime is started.
    ///
    /// # Errors
    /// The options, the configuration, a case or the baseline is bad.
    ///
    /// # Examples
    /// ```no_run
    /// use ricspec::session::{RunOptions, Settings};
    ///
    /// let options = RunOptions {
    ///     command: vec!["./bootstrap".to_owned()],
    ///     ..RunOptions::default()
    /// };
    /// let settings = Settings::new(options).expect("good options");
    /// ```
    pub fn new(mut options: RunOptions) -> Result<Self, CliError> {
        fill_from_config(&mut options)?;
        Self::of(options)
    }

    /// As [`Settings::new`], without a configuration file.
    pub(crate) fn of(options: RunOptions) -> Result<Self, CliError> {
        let cases = read_cases(&options.cases)?;
        let settings = Self::read(options, cases)?;
        match settings.run_config.slots == Slots::only(1) {
            true => Ok(settings),
            false => settings.apart(),
        }
    }

    /// What is needed to serve a function: no cases.
    pub(crate) fn of_served(options: RunOptions) -> Result<Self, CliError> {
        Self::read(options, Vec::new())
    }

    fn read(options: RunOptions, mut cases: Vec<Case>) -> Result<Self, CliError> {
        let options = with_port(options);
        let (baseline, notes) = baseline(&options, &cases)?;
        let today = today();
        let mut run_config = run_config(&options)?;
        if let Some(baseline) = &baseline {
            run_config.known = baseline.known_codes(today);
        }
        if let Some(port) = options.port {
            check_port(port)?;
        }
        let started = started(&options)?;
        let set = bind(&mut cases, options.set.as_deref(), started.target.subject())?;
        let variables = variables(&options.env)?;
        let mask = match options.show_env {
            true => Mask::default(),
            false => mask(&variables, &cases),
        };
        let events = events(&options)?;
        let (target, stage) = stage(&options, started, variables, mask)?;
        let selection = Selection {
            subjects: target.subjects().to_vec(),
            filter: options.filter,
            skip: options.skip,
            profiles: profiles(&target, options.profile),
            set: set.clone(),
            again: None,
            shard: options.shard.as_deref().map(shard).transpose()?,
        };
        Ok(Self {
            target,
            stage: Arc::new(stage),
            cases,
            events,
            selection,
            run_config,
            baseline,
            today,
            report_day: report_day()?,
            set,
            artifacts: artifacts(&options.artifact)?,
            notes,
        })
    }

    /// The requirements by which the target is measured.
    pub(crate) fn in_force(&self) -> Option<InForce> {
        match &self.set {
            Some(set) => Some(InForce::only(set)),
            None => InForce::law(self.target.subject()),
        }
    }

    /// The same, with cases that may be in play at the same time although each has the extension of the user: an extension
    /// may listen on a fixed port. If the machine cannot do that, they are played one after another.
    pub(crate) fn apart(mut self) -> Result<Self, CliError> {
        let has_extension = match self.target {
            Target::Extension => true,
            Target::Process | Target::Reference(_) => !self.stage.beside.is_empty(),
            Target::Image(_) | Target::ReferenceExtension(_) => false,
        };
        if !has_extension {
            return Ok(self);
        }
        let helper = network_helper()?;
        match lacks_own_network(&self.stage.task_root, &helper) {
            None => Arc::make_mut(&mut self.stage).own_network = Some(helper),
            Some(reason) => {
                self.run_config.slots = Slots::only(1);
                self.notes.push(format!(
                    "cases are played one after another: the extension may have a port of its own, and {reason}"
                ));
            }
        }
        Ok(self)
    }

    /// The same, with runtimes that are killed once this is cancelled.
    pub(crate) fn hurried_by(mut self, hurry: &CancellationToken) -> Self {
        Arc::make_mut(&mut self.stage).hurry = hurry.clone();
        self
    }

    /// The target, for reports; the probe adds what it learnt.
    pub fn target_info(&self) -> TargetInfo {
        let (kind, runtime) = match &self.target {
            Target::Process => ("process", None),
            Target::Image(_) => ("image", None),
            Target::Reference(mutant) => {
                let name = match mutant {
                    None => "the reference runtime".to_owned(),
                    Some(name) => format!("the mutant {name}"),
                };
                ("reference", Some(name))
            }
            Target::Extension => ("extension", None),
            Target::ReferenceExtension(mutant) => {
                let name = match mutant {
                    None => "the reference extension".to_owned(),
                    Some(name) => format!("the mutant {name}"),
                };
                ("extension", Some(name))
            }
        };
        let image = match &self.target {
            Target::Image(order) => Some(order.image.clone()),
            Target::Process
            | Target::Reference(_)
            | Target::Extension
            | Target::ReferenceExtension(_) => None,
        };
        let command = self.stage.target.as_ref().unwrap_or(&self.stage.command);
        TargetInfo {
            kind: kind.to_owned(),
            command: image
                .into_iter()
                .chain(command.clone())
                .map(|word| self.stage.mask.text(&word))
                .collect(),
            runtime,
            verbs: Vec::new(),
            architecture: None,
            digest: None,
            artifacts: self.artifacts.clone(),
        }
    }
}

/// The target, and where its cases are played.
fn stage(
    options: &RunOptions,
    started: Started,
    variables: BTreeMap<String, String>,
    mask: Mask,
) -> Result<(Target, Stage), CliError> {
    let target = started.target;
    let stage = Stage {
        command: started.command,
        target: started.extension,
        extension: extension()?,
        beside: started.beside,
        own_network: None,
        handler: options
            .handler
            .clone()
            .unwrap_or_else(|| "fixture.handler".to_owned()),
        task_root: match &target {
            Target::Image(order) => order.task_root.clone().unwrap_or_default(),
            Target::Process
            | Target::Reference(_)
            | Target::Extension
            | Target::ReferenceExtension(_) => task_root(options.task_root.as_deref())?,
        },
        env: environment(variables, &target),
        startup: seconds("--startup-timeout", options.startup_timeout.unwrap_or(30.0))?,
        time_scale: factor(options.time_scale.unwrap_or(1.0))?,
        seed: options.seed.unwrap_or(1),
        boots: Arc::new(Semaphore::new(processors())),
        port: options.port,
        site: match options.attach {
            true => Site::Attached,
            false => Site::Machine,
        },
        memory_mb: options.container.memory.unwrap_or(MEMORY_MB),
        mask: Arc::new(mask),
        hurry: CancellationToken::new(),
    };
    Ok(match options.attach {
        true => (target, without_limits(stage)),
        false => (target, stage),
    })
}

/// The profiles of a run; those of an image have cases about the image itself.
fn profiles(target: &Target, given: Vec<String>) -> Vec<String> {
    match target {
        Target::Image(_) if given.is_empty() => {
            let all = BY_DEFAULT.into_iter().chain(["image"]);
            all.map(str::to_owned).collect()
        }
        Target::Image(_)
        | Target::Process
        | Target::Reference(_)
        | Target::Extension
        | Target::ReferenceExtension(_) => given,
    }
}

fn task_root(given: Option<&Path>) -> Result<PathBuf, CliError> {
    check_surroundings()?;
    let path = given.unwrap_or(Path::new("."));
    match path.canonicalize() {
        Ok(path) if path.is_dir() => {
            utf8("the folder of the function,", &path)?;
            Ok(path)
        }
        Ok(_) => Err(CliError::bad_input(format!(
            "--task-root `{}` is not a folder",
            path.display()
        ))),
        Err(error) => Err(CliError::bad_input(format!(
            "--task-root `{}`: {error}",
            path.display()
        ))),
    }
}

fn seconds(option: &str, seconds: f64) -> Result<Duration, CliError> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| CliError::bad_input(format!("{option} must be a number of seconds above 0")))
}

fn factor(factor: f64) -> Result<f64, CliError> {
    if (0.1..=1000.0).contains(&factor) {
        Ok(factor)
    } else {
        Err(CliError::bad_input("--time-scale must be from 0.1 to 1000"))
    }
}

/// A port that is in use gives one message at the start, instead of a fault in every case.
fn check_port(port: u16) -> Result<(), CliError> {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) => Err(CliError::fault(format!(
            "cannot listen on 127.0.0.1:{port}: {error}; choose another --port, or none"
        ))),
    }
}
