//! `ricspec matrix`: many runtimes, one after another, and their comparison.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::pin::pin;

use clap::Args;
use globset::{Glob, GlobMatcher};
use tokio_util::sync::CancellationToken;

use super::options::Color;
use super::run::{Checked, Session, console, hold_all, interruptible, publish, select};
use super::settings::{read_baseline, read_cases, today};
use super::{RunOptions, Settings, Stop, event_loop};
use crate::case::Case;
use crate::console::{Console, TICK};
use crate::matrix::{Installing, Network, Places, Subject, read};
use crate::plan::{Selection, plan};
use crate::publish::{Content, Destination};
use crate::report::{Style, human};
use crate::run::chain;
use crate::verdict::{Conclusion, Matrix, Missing, Row, RowState};

pub(super) const HELP: &str = "\
A folder NAME/ with a runtime.toml is a runtime; a baseline.toml beside it has its known failures:
  name = \"awslambdaric 4.2.2\"
  kind = \"official\"                  # or community, or ours, which is the default
  about = \"what a reader should know\"
  language = \"python\"                # its fixture is used, unless a task_root = DIR is given
  requires = [\"python3\"]             # programs that must be in the path
  install = [[\"python3\", \"-m\", \"venv\", \"{root}/venv\"], [\"{root}/venv/bin/pip\", \"install\", \"awslambdaric==4.2.2\"]]
  command = [\"{root}/venv/bin/python3\", \"-m\", \"awslambdaric\", \"fixture.handler\"]
  handler = \"fixture.handler\"        # also: env, baseline, strict, time_scale, startup_timeout
A ricspec.toml has a [[target]] with the same members for each, where nothing is to be installed without `install`.
Paths: {root} the runtime's own folder in the cache, {fixture} the function, {shared} a folder for all, {folder} that of the
file, {ricspec} this program. The commands of `install` are run as they stand: read them before you run those of others.

Exit codes:
  0    every runtime is as its baseline says
  1    a runtime is not
  2    bad usage, case, manifest or baseline
  3    a runtime could not be installed, started or asked (unless --allow-missing), or ricspec or the machine failed
  4    nothing could be judged
  130  interrupted";

/// Which runtimes to compare, and how.
#[derive(Args, Debug)]
pub(super) struct MatrixOptions {
    /// A folder with one folder for each runtime, or a file with [[target]].
    #[arg(value_name = "FOLDER|FILE", default_value = "ricspec.toml")]
    path: PathBuf,
    /// Only these runtimes, by the names of their folders (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Runtimes")]
    runtime: Vec<String>,
    /// Where runtimes are installed [default: ricspec in the cache folder of the user].
    #[arg(long, value_name = "DIR", help_heading = "Runtimes")]
    cache: Option<PathBuf>,
    /// Install nothing: a runtime that is not in the cache is missing.
    #[arg(long, help_heading = "Runtimes")]
    no_install: bool,
    /// Tell installers (cargo, go, mvn, npm, pip) to use no network.
    #[arg(long, help_heading = "Runtimes", conflicts_with = "no_install")]
    offline: bool,
    /// A runtime that cannot be installed, started or asked is no failure.
    #[arg(long, help_heading = "Runtimes")]
    allow_missing: bool,

    /// Only cases of this profile (repeatable) [default: core].
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    profile: Vec<String>,
    /// Only these cases: an area, an id or a glob (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    filter: Vec<String>,
    /// Not these cases (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    skip: Vec<String>,
    /// Further cases: a folder of case files, besides the built-in ones (repeatable).
    #[arg(long, value_name = "DIR", help_heading = "Selection")]
    cases: Vec<PathBuf>,

    /// How many cases are in play at a time [default: four for each processor].
    #[arg(long, short, value_name = "N", help_heading = "Run")]
    jobs: Option<NonZeroUsize>,
    /// Stretch every deadline by this factor, besides that of the runtime [default: 1].
    #[arg(long, value_name = "FACTOR", help_heading = "Run")]
    time_scale: Option<f64>,

    /// Write a report: json=PATH, html=PATH, markdown=PATH or junit=PATH; `-` is standard output (repeatable).
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    report: Vec<Destination>,
    /// Write the transcript of every case into this folder, in one for each runtime.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    transcripts: Option<PathBuf>,
    /// Colour the output.
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    color: Color,
    /// Print every case, and those that are not as expected in full.
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,
}

/// Installs, checks and compares.
pub(super) fn matrix(options: &MatrixOptions) -> Result<Conclusion, Stop> {
    let subjects = subjects(options)?;
    // What is bad is told before anything is installed.
    let cases = read_cases(&options.cases)?;
    for subject in &subjects {
        if let Some(path) = subject.baseline() {
            read_baseline(&path, &cases)?;
        }
    }
    let unmatched = unmatched(options, cases)?;
    let whole = options.outer();
    let held = hold_all(&whole)?;
    let mut console = console(&whole);
    for glob in unmatched {
        console.print(&format!("note: `{glob}` matches no case\n"));
    }
    let event_loop = event_loop()?;
    let cancel = CancellationToken::new();
    let work = rows(options, &subjects, &mut console, &cancel);
    let rows = event_loop.block_on(interruptible(&cancel, work));
    drop(event_loop);
    let Some(rows) = rows? else {
        return Ok(Conclusion::Interrupted);
    };
    let matrix = Matrix {
        tool: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        day: today(),
        rows,
        missing: match options.allow_missing {
            true => Missing::Accepted,
            false => Missing::Counts,
        },
        interrupted: cancel.is_cancelled(),
    };
    let style = console.style();
    console.print(&format!("\n{}", human::matrix(&matrix, style)));
    publish(held, Content::Matrix(&matrix))?;
    Ok(matrix.conclusion())
}

fn subjects(options: &MatrixOptions) -> Result<Vec<Subject>, Stop> {
    let own = std::env::current_exe()
        .map_err(|error| Stop::fault(format!("cannot find ricspec itself: {error}")))?;
    let places = Places {
        cache: cache(options.cache.as_deref())?,
        own,
    };
    let mut subjects =
        read(&options.path, &places).map_err(|error| Stop::bad_input(error.to_string()))?;
    let globs = globs(&options.runtime)?;
    for (text, glob) in &globs {
        if !subjects.iter().any(|subject| glob.is_match(&subject.key)) {
            let keys: Vec<&str> = subjects
                .iter()
                .map(|subject| subject.key.as_str())
                .collect();
            return Err(Stop::bad_input(format!(
                "--runtime `{text}` matches none; the runtimes are {}",
                keys.join(", ")
            )));
        }
    }
    let wanted = |subject: &Subject| {
        globs.is_empty() || globs.iter().any(|(_, glob)| glob.is_match(&subject.key))
    };
    subjects.retain(wanted);
    Ok(subjects)
}

fn globs(texts: &[String]) -> Result<Vec<(&str, GlobMatcher)>, Stop> {
    let mut globs = Vec::new();
    for text in texts {
        let glob = Glob::new(text).map_err(|error| {
            Stop::bad_input(format!(
                "--runtime `{text}` is not a glob: {}",
                error.kind()
            ))
        })?;
        globs.push((text.as_str(), glob.compile_matcher()));
    }
    Ok(globs)
}

fn cache(given: Option<&Path>) -> Result<PathBuf, Stop> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let usual = || {
        let users = variable("XDG_CACHE_HOME").map(PathBuf::from);
        users.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".cache")))
    };
    let path = match given {
        Some(path) => path.to_path_buf(),
        None => usual()
            .ok_or_else(|| Stop::bad_input("no HOME, so no cache folder: give one with --cache"))?
            .join("ricspec"),
    };
    std::path::absolute(&path)
        .map_err(|error| Stop::bad_input(format!("--cache `{}`: {error}", path.display())))
}

/// Globs that match no case; an error if the selection cannot be meant.
fn unmatched(options: &MatrixOptions, cases: Vec<Case>) -> Result<Vec<String>, Stop> {
    let selection = Selection {
        filter: options.filter.clone(),
        skip: options.skip.clone(),
        profiles: options.profile.clone(),
        shard: None,
    };
    let plan = plan(cases, None, &selection).map_err(|error| Stop::bad_input(chain(&error)))?;
    Ok(plan.unmatched)
}

impl MatrixOptions {
    /// What screen and report files need to know.
    fn outer(&self) -> RunOptions {
        RunOptions {
            report: self.report.clone(),
            transcripts: self.transcripts.clone(),
            color: self.color,
            quiet: !self.verbose,
            ..RunOptions::default()
        }
    }

    /// The run of one runtime.
    fn inner(&self, subject: &Subject) -> RunOptions {
        let manifest = &subject.manifest;
        let scale = self.time_scale.unwrap_or(1.0) * manifest.time_scale.unwrap_or(1.0);
        let transcripts = self.transcripts.as_ref();
        RunOptions {
            handler: subject.handler(),
            env: subject.env(),
            task_root: Some(subject.task_root()),
            startup_timeout: manifest.startup_timeout,
            profile: self.profile.clone(),
            filter: self.filter.clone(),
            skip: self.skip.clone(),
            cases: self.cases.clone(),
            jobs: self.jobs.map(NonZeroUsize::get),
            time_scale: Some(scale),
            baseline: subject.baseline(),
            strict: manifest.strict,
            transcripts: transcripts.map(|folder| folder.join(&subject.key)),
            command: subject.command(),
            ..RunOptions::default()
        }
    }

    fn installing(&self) -> Installing {
        match (self.no_install, self.offline) {
            (true, _) => Installing::Forbidden,
            (false, true) => Installing::Allowed(Network::Offline),
            (false, false) => Installing::Allowed(Network::Online),
        }
    }
}

/// One runtime after another: side by side they would disturb each other, as would an installation.
async fn rows(
    options: &MatrixOptions,
    subjects: &[Subject],
    console: &mut Console,
    cancel: &CancellationToken,
) -> Result<Vec<Row>, Stop> {
    let mut rows = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        let name = &subject.manifest.name;
        let title = format!("{name} ({} of {})", index + 1, subjects.len());
        let state = if cancel.is_cancelled() {
            RowState::Missing("interrupted before its turn".to_owned())
        } else {
            state(options, subject, &title, console, cancel)
                .await
                .unwrap_or_else(RowState::Missing)
        };
        let row = Row {
            name: name.clone(),
            kind: subject.manifest.kind,
            language: subject.manifest.language.clone(),
            about: subject.manifest.about.clone(),
            state,
        };
        let style = console.style();
        if options.verbose {
            console.print(&failures(&row, style));
        }
        console.print(&human::row(&row, style));
        rows.push(row);
    }
    Ok(rows)
}

/// Every case by which the runtime is not as expected.
fn failures(row: &Row, style: Style) -> String {
    let reports = row.report().into_iter();
    reports
        .flat_map(|report| {
            let mut cases = report.by_id();
            cases.retain(|case| case.counts(report.strictness));
            cases
        })
        .map(|case| format!("\n{}\n", human::failure(case, style).trim_end()))
        .collect()
}

/// What comes of one runtime; the error says why it is missing.
async fn state(
    options: &MatrixOptions,
    subject: &Subject,
    title: &str,
    console: &mut Console,
    cancel: &CancellationToken,
) -> Result<RowState, String> {
    install(options, subject, title, console, cancel).await?;
    let run_options = options.inner(subject);
    let check = || {
        let settings = Settings::of(run_options.clone())?;
        let whole = select(&settings, None)?;
        Ok((settings, whole))
    };
    let (settings, whole) = check().map_err(|stop: Stop| stop.words())?;
    console.print(&format!("{title}: checking\n"));
    console.part(title);
    let session = Session {
        settings: &settings,
        options: &run_options,
        console,
    };
    let checked = session.check(whole, cancel).await;
    match checked.map_err(|stop| stop.words())? {
        Checked {
            trouble: Some(trouble),
            ..
        } => Err(trouble),
        Checked { report, .. } => Ok(RowState::Judged(Box::new(report))),
    }
}

async fn install(
    options: &MatrixOptions,
    subject: &Subject,
    title: &str,
    console: &mut Console,
    cancel: &CancellationToken,
) -> Result<(), String> {
    let console = RefCell::new(console);
    let on = |what: &str| {
        let mut console = console.borrow_mut();
        console.print(&format!("{title}: installing: {what}\n"));
        console.part(&format!("{title}: installing"));
    };
    let mut tick = tokio::time::interval(TICK);
    let mut work = pin!(subject.prepare(options.installing(), cancel, on));
    loop {
        tokio::select! {
            done = &mut work => return done.map_err(|error| error.to_string()),
            _ = tick.tick() => console.borrow_mut().draw(),
        }
    }
}
