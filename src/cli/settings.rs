//! What a run is made of, checked and complete: options, file and defaults together.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Semaphore;

use super::files::{json_files, text_of};
use super::{RunOptions, Stop, config, mutant};
use crate::case::{self, Case, Trust};
use crate::plan::Selection;
use crate::play::Stage;
use crate::reference;
use crate::run::Manner;
use crate::verdict::{Baseline, Date, Strictness, TargetInfo};

/// What is checked.
#[derive(Clone, Debug)]
pub enum Target {
    /// A command.
    Process,
    /// The reference runtime, or a mutant of it.
    Reference(Option<&'static reference::Mutant>),
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
    /// How the run goes.
    pub manner: Manner,
    /// Known failures.
    pub baseline: Option<Baseline>,
    /// The day on which it runs, for the baseline.
    pub today: Date,
}

/// Cases mostly wait, so more of them than processors can be in play.
const JOBS_PER_PROCESSOR: usize = 4;

/// Variables that ricspec itself sets, and that tell a runtime who it is.
const RESERVED: [&str; 2] = ["AWS_LAMBDA_RUNTIME_API", "_HANDLER"];

impl Settings {
    /// Reads file, cases and baseline, and checks everything that can be checked before a runtime is started.
    pub fn new(mut options: RunOptions) -> Result<Self, Stop> {
        config::complete(&mut options)?;
        let cases = read_cases(&options.cases)?;
        let baseline = match &options.baseline {
            Some(path) => Some(read_baseline(path, &cases)?),
            None => None,
        };
        let shard = match &options.shard {
            Some(text) => Some(shard(text)?),
            None => None,
        };
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        let jobs = match (options.port, options.jobs) {
            (Some(_), _) => 1,
            (None, Some(0)) => return Err(Stop::bad_input("--jobs must be at least 1")),
            (None, Some(jobs)) => jobs,
            (None, None) => JOBS_PER_PROCESSOR * processors,
        };
        if let Some(port) = options.port {
            check_port(port)?;
        }
        let (target, command) = target(&options)?;
        let stage = Stage {
            command,
            handler: options
                .handler
                .clone()
                .unwrap_or_else(|| "fixture.handler".to_owned()),
            task_root: task_root(options.task_root.as_deref())?,
            env: environment(&options.env)?,
            startup: seconds("--startup-timeout", options.startup_timeout.unwrap_or(30.0))?,
            time_scale: factor(options.time_scale.unwrap_or(1.0))?,
            seed: options.seed.unwrap_or(1),
            boots: Arc::new(Semaphore::new(processors)),
            port: options.port,
        };
        Ok(Self {
            target,
            stage: Arc::new(stage),
            cases,
            selection: Selection {
                filter: options.filter,
                skip: options.skip,
                profiles: options.profile,
                shard,
            },
            manner: Manner {
                jobs,
                repeat: options.repeat.unwrap_or(1).max(1),
                fail_fast: options.fail_fast,
                strictness: match options.strict {
                    true => Strictness::Strict,
                    false => Strictness::Usual,
                },
            },
            baseline,
            today: today(),
        })
    }

    /// What is checked, for reports; the probe adds what it learnt.
    pub fn target_info(&self) -> TargetInfo {
        let (kind, runtime) = match self.target {
            Target::Process => ("process", None),
            Target::Reference(mutant) => {
                let name = match mutant {
                    None => "the reference runtime".to_owned(),
                    Some(mutant) => format!("the mutant {}", mutant.name),
                };
                ("reference", Some(name))
            }
        };
        TargetInfo {
            kind: kind.to_owned(),
            command: self.stage.command.clone(),
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
        if !folder.is_dir() {
            return Err(Stop::bad_input(format!(
                "--cases `{}` is not a folder",
                folder.display()
            )));
        }
        for path in json_files(folder)? {
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

fn read_baseline(path: &Path, cases: &[Case]) -> Result<Baseline, Stop> {
    let shown = path.display().to_string();
    let text = text_of(path)?;
    let ids: Vec<String> = cases.iter().map(|case| case.id.clone()).collect();
    Baseline::read(&shown, &text, &ids)
        .map_err(|faults| Stop::bad_inputs(faults.iter().map(ToString::to_string).collect()))
}

fn target(options: &RunOptions) -> Result<(Target, Vec<String>), Stop> {
    if options.reference {
        let mutant = mutant(options.mutant.as_deref())?;
        let own = std::env::current_exe()
            .map_err(|error| Stop::fault(format!("cannot find ricspec itself: {error}")))?;
        let mut command = vec![own.display().to_string(), "reference".to_owned()];
        if let Some(mutant) = mutant {
            command.extend(["--mutant".to_owned(), mutant.name.to_owned()]);
        }
        return Ok((Target::Reference(mutant), command));
    }
    let [program, arguments @ ..] = options.command.as_slice() else {
        return Err(Stop::bad_input(
            "no target: give the command that starts the runtime after `--`, or --reference",
        ));
    };
    // The runtime has a PATH and a working directory of its own; its program is looked up in ours.
    let program = which::which(program).map_err(|_| {
        Stop::fault(format!(
            "cannot start `{program}`: there is no such program; give a path, or a name in PATH"
        ))
    })?;
    let program = std::path::absolute(&program).unwrap_or(program);
    let command = std::iter::once(program.display().to_string()).chain(arguments.iter().cloned());
    Ok((Target::Process, command.collect()))
}

fn task_root(given: Option<&Path>) -> Result<PathBuf, Stop> {
    let path = given.unwrap_or(Path::new("."));
    match path.canonicalize() {
        Ok(path) if path.is_dir() => Ok(path),
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

/// Variables on top of the documented ones. PATH is the machine's, so a process keeps ours.
fn environment(given: &[String]) -> Result<BTreeMap<String, String>, Stop> {
    let mut env = BTreeMap::new();
    if let Ok(path) = std::env::var("PATH") {
        env.insert("PATH".to_owned(), path);
    }
    for text in given {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Stop::bad_input(format!("--env `{text}`: write NAME=VALUE")));
        };
        if RESERVED.contains(&name) {
            return Err(Stop::bad_input(format!(
                "--env {name}: ricspec sets this variable itself, for each case"
            )));
        }
        env.insert(name.to_owned(), value.to_owned());
    }
    Ok(env)
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

impl Settings {
    /// A shell command that plays one case again.
    pub fn reproduce(&self, options: &RunOptions, id: &str) -> String {
        let mut words: Vec<String> = vec!["ricspec".to_owned(), "run".to_owned()];
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        option("--filter", Some(id.to_owned()));
        option("--handler", options.handler.clone());
        option(
            "--task-root",
            options
                .task_root
                .as_ref()
                .map(|path| path.display().to_string()),
        );
        for pair in &options.env {
            option("--env", Some(pair.clone()));
        }
        for folder in &options.cases {
            option("--cases", Some(folder.display().to_string()));
        }
        match self.target {
            Target::Reference(mutant) => {
                words.push("--reference".to_owned());
                words.extend(
                    mutant
                        .into_iter()
                        .flat_map(|mutant| ["--mutant".to_owned(), mutant.name.to_owned()]),
                );
            }
            Target::Process => {
                words.push("--".to_owned());
                words.extend(options.command.iter().cloned());
            }
        }
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
    }
}
