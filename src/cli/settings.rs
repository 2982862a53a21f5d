//! What a run is made of, checked and complete: options, file and defaults together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::files::{check_surroundings, json_files, text_of, utf8};
use super::manner::{manner, processors};
use super::options::{ContainerOptions, MissingBaseline};
use super::order::{ImageOrder, MEMORY_MB, image_order};
use super::variables::{environment, mask, variables};
use super::{RunOptions, Stop, config, mutants};
use crate::case::{self, Case, Payload, Trust};
use crate::mask::Mask;
use crate::plan::Selection;
use crate::play::Stage;
use crate::run::Manner;
use crate::runtime::Site;
use crate::verdict::{Baseline, Date, TargetInfo};

/// What is checked.
#[derive(Clone, Debug)]
pub enum Target {
    /// A command.
    Process,
    /// An image.
    Image(Box<ImageOrder>),
    /// The reference runtime, or the mutant of it of this name.
    Reference(Option<String>),
}

/// Everything that a run needs to know.
#[derive(Debug)]
pub struct Settings {
    /// What is checked.
    pub target: Target,
    /// Where cases are played.
    pub stage: Arc<Stage>,
    /// All cases, before any selection.
    pub cases: Vec<Case>,
    /// Which of them are wanted.
    pub selection: Selection,
    /// Events for a function that is no fixture; `None` where it is asked whether it is one.
    pub events: Option<Vec<Payload>>,
    /// How the run goes.
    pub manner: Manner,
    /// Known failures.
    pub baseline: Option<Baseline>,
    /// The day on which it runs, for the baseline.
    pub today: Date,
    /// What whoever starts the run must know before it.
    pub notes: Vec<String>,
}

impl Settings {
    /// Reads file, cases and baseline, and checks everything that can be checked before a runtime is started.
    pub fn new(mut options: RunOptions) -> Result<Self, Stop> {
        config::complete(&mut options)?;
        Self::of(options)
    }

    /// As [`Settings::new`], without a configuration file.
    pub(super) fn of(options: RunOptions) -> Result<Self, Stop> {
        let cases = read_cases(&options.cases)?;
        let (baseline, notes) = baseline(&options, &cases)?;
        let shard = options.shard.as_deref().map(shard).transpose()?;
        let today = today();
        let mut manner = manner(&options)?;
        if let Some(baseline) = &baseline {
            manner.known = baseline.known_codes(today);
        }
        if let Some(port) = options.port {
            check_port(port)?;
        }
        let (target, command) = target(&options)?;
        let variables = variables(&options.env)?;
        let mask = match options.show_env {
            true => Mask::default(),
            false => mask(&variables, &cases),
        };
        let events = events(&options)?;
        let stage = Stage {
            command,
            handler: options
                .handler
                .clone()
                .unwrap_or_else(|| "fixture.handler".to_owned()),
            task_root: match &target {
                Target::Image(order) => order.task_root.clone().unwrap_or_default(),
                Target::Process | Target::Reference(_) => task_root(options.task_root.as_deref())?,
            },
            env: environment(variables, &target),
            startup: seconds("--startup-timeout", options.startup_timeout.unwrap_or(30.0))?,
            time_scale: factor(options.time_scale.unwrap_or(1.0))?,
            seed: options.seed.unwrap_or(1),
            boots: Arc::new(Semaphore::new(processors())),
            port: options.port,
            site: Site::Machine,
            memory_mb: options.container.memory.unwrap_or(MEMORY_MB),
            mask: Arc::new(mask),
            hurry: CancellationToken::new(),
        };
        let profiles = match (&target, options.profile.is_empty()) {
            (Target::Image(_), true) => vec!["core".to_owned(), "image".to_owned()],
            (Target::Image(_), false) | (Target::Process | Target::Reference(_), _) => {
                options.profile
            }
        };
        Ok(Self {
            target,
            stage: Arc::new(stage),
            cases,
            events,
            selection: Selection {
                filter: options.filter,
                skip: options.skip,
                profiles,
                again: None,
                shard,
            },
            manner,
            baseline,
            today,
            notes,
        })
    }

    /// The same, with runtimes that are killed once this is cancelled.
    pub(super) fn hurried_by(mut self, hurry: &CancellationToken) -> Self {
        Arc::make_mut(&mut self.stage).hurry = hurry.clone();
        self
    }

    /// What is checked, for reports; the probe adds what it learnt.
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
        };
        let image = match &self.target {
            Target::Image(order) => Some(order.image.clone()),
            Target::Process | Target::Reference(_) => None,
        };
        TargetInfo {
            kind: kind.to_owned(),
            command: image
                .into_iter()
                .chain(self.stage.command.clone())
                .map(|word| self.stage.mask.text(&word))
                .collect(),
            runtime,
            verbs: Vec::new(),
        }
    }
}

/// The built-in cases, and those of the folders.
pub(super) fn read_cases(folders: &[PathBuf]) -> Result<Vec<Case>, Stop> {
    let mut sources = case::embedded();
    let built_in = sources.len();
    for folder in folders {
        utf8("--cases", folder)?;
        if !folder.is_dir() {
            return Err(Stop::bad_input(format!(
                "--cases `{}` is not a folder",
                folder.display()
            )));
        }
        for path in json_files(folder)? {
            utf8("the case file", &path)?;
            let id = path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .with_extension("");
            sources.push(case::Source {
                path: path.display().to_string(),
                id: id.display().to_string(),
                text: text_of(&path)?,
                trust: Trust::Theirs,
            });
        }
        if sources.len() == built_in {
            let folder = folder.display();
            return Err(Stop::bad_input(format!(
                "no case file (AREA/NAME.json) in `{folder}`"
            )));
        }
    }
    case::read(&sources)
        .map_err(|errors| Stop::bad_inputs(errors.iter().map(ToString::to_string).collect()))
}

/// The known failures, and what is to be said of their file.
fn baseline(options: &RunOptions, cases: &[Case]) -> Result<(Option<Baseline>, Vec<String>), Stop> {
    match (&options.baseline, options.missing_baseline) {
        (None, _) => Ok((None, Vec::new())),
        (Some(path), MissingBaseline::IsEmpty) if !is_there(path) => {
            Ok((None, vec![no_baseline_yet(path)]))
        }
        (Some(path), _) => Ok((Some(read_baseline(path, cases)?), Vec::new())),
    }
}

/// Whether something is there to be read, or to be told about.
pub(super) fn is_there(path: &Path) -> bool {
    let found = path.metadata();
    !found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// That the first run comes before the first known failure.
pub(super) fn no_baseline_yet(path: &Path) -> String {
    let path = path.display();
    format!(
        "there is no baseline `{path}` yet, so that no failure is known; `ricspec baseline accept` makes it from a JSON \
         report"
    )
}

pub(super) fn read_baseline(path: &Path, cases: &[Case]) -> Result<Baseline, Stop> {
    let shown = path.display().to_string();
    let text = text_of(path)?;
    let ids: Vec<String> = cases.iter().map(|case| case.id.clone()).collect();
    Baseline::read(&shown, &text, &ids)
        .map_err(|faults| Stop::bad_inputs(faults.iter().map(ToString::to_string).collect()))
}

/// Events are for functions that are no fixture.
fn events(options: &RunOptions) -> Result<Option<Vec<Payload>>, Stop> {
    let is_none = options.no_fixture || !options.event.is_empty();
    // The command line sees to this itself, but not for what the file adds.
    if is_none && options.container.fixture.is_some() {
        return Err(Stop::bad_input(
            "a fixture is to be put in, and yet there is to be none: leave out either `fixture`, or `no-fixture` and `event`",
        ));
    }
    if options.event.is_empty() {
        return Ok(options.no_fixture.then(|| vec![Payload::default()]));
    }
    let events: Result<Vec<Payload>, Stop> = options.event.iter().map(|path| event(path)).collect();
    events.map(Some)
}

fn event(path: &Path) -> Result<Payload, Stop> {
    let text = text_of(path)?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(Payload::Text(text)),
        Err(error) => Err(Stop::bad_input(format!(
            "--event {}:{}: an event is JSON: {error}",
            path.display(),
            error.line()
        ))),
    }
}

fn target(options: &RunOptions) -> Result<(Target, Vec<String>), Stop> {
    if options.image.is_none() && options.container != ContainerOptions::default() {
        return Err(Stop::bad_input(
            "an option for containers stands without --image; see `ricspec run --help`",
        ));
    }
    if options.reference {
        options.mutant.as_deref().map_or(Ok(()), mutants::check)?;
        let own = std::env::current_exe()
            .map_err(|error| Stop::fault(format!("cannot find ricspec itself: {error}")))?;
        let own = utf8("ricspec itself,", &own)?;
        let mut command = vec![own.to_owned(), "reference".to_owned()];
        if let Some(name) = &options.mutant {
            command.extend(["--mutant".to_owned(), name.clone()]);
        }
        return Ok((Target::Reference(options.mutant.clone()), command));
    }
    if let Some(image) = &options.image {
        let order = image_order(image, options)?;
        return Ok((Target::Image(Box::new(order)), options.command.clone()));
    }
    let [program, arguments @ ..] = options.command.as_slice() else {
        return Err(Stop::bad_input(
            "no target: give the command that starts the runtime after `--`, or --image, or --reference",
        ));
    };
    // The runtime has a PATH and a working directory of its own; its program is looked up in ours.
    let program = which::which(program).map_err(|_| no_program(program))?;
    let program = std::path::absolute(&program).unwrap_or(program);
    let program = utf8("the program", &program)?.to_owned();
    let command = std::iter::once(program).chain(arguments.iter().cloned());
    Ok((Target::Process, command.collect()))
}

fn no_program(program: &str) -> Stop {
    let mend = match Path::new(program).is_file() {
        true => format!("the file is there, yet not executable; run `chmod +x {program}`"),
        false => "there is no such program; give a path, or a name in PATH".to_owned(),
    };
    Stop::fault(format!("cannot start `{program}`: {mend}"))
}

fn task_root(given: Option<&Path>) -> Result<PathBuf, Stop> {
    check_surroundings()?;
    let path = given.unwrap_or(Path::new("."));
    match path.canonicalize() {
        Ok(path) if path.is_dir() => {
            utf8("the folder of the function,", &path)?;
            Ok(path)
        }
        Ok(_) => Err(Stop::bad_input(format!(
            "--task-root `{}` is not a folder",
            path.display()
        ))),
        Err(error) => Err(Stop::bad_input(format!(
            "--task-root `{}`: {error}",
            path.display()
        ))),
    }
}

fn seconds(option: &str, seconds: f64) -> Result<Duration, Stop> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| Stop::bad_input(format!("{option} must be a number of seconds above 0")))
}

fn factor(factor: f64) -> Result<f64, Stop> {
    if (0.1..=1000.0).contains(&factor) {
        Ok(factor)
    } else {
        Err(Stop::bad_input("--time-scale must be from 0.1 to 1000"))
    }
}

/// A port that is taken is one message at the start, not a fault of every case.
fn check_port(port: u16) -> Result<(), Stop> {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::fault(format!(
            "cannot listen on 127.0.0.1:{port}: {error}; choose another --port, or none"
        ))),
    }
}

fn shard(text: &str) -> Result<(u32, u32), Stop> {
    text.split_once('/')
        .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)))
        .ok_or_else(|| Stop::bad_input(format!("--shard `{text}`: write I/N, such as 2/5")))
}

pub(super) fn today() -> Date {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Date::from_unix_seconds(now.as_secs())
}
