//! `ricspec matrix`: many runtimes, one after another, and their comparison.

mod options;

pub(super) use options::{HELP, MatrixOptions};

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::pin::pin;

use globset::{Glob, GlobMatcher};
use tokio_util::sync::CancellationToken;

use super::again::cache_folder;
use super::github::Step;
use super::interrupt::interruptible;
use super::outputs::{console, hold_all, publish};
use crate::case::Case;
use crate::console::{Console, TICK};
use crate::matrix::{Places, Subject, read};
use crate::plan::{Selection, Unmatched, plan};
use crate::publish::Live;
use crate::report::Content;
use crate::report::{Look, Printable, human};
use crate::run::chain;
use crate::session::{
    Checked, CliError, Session, Settings, event_loop, is_there, no_baseline_yet, read_baseline,
    read_cases, report_day, select, utf8,
};
use crate::verdict::{Conclusion, Matrix, Missing, Report, Row, RowState};

/// Installs, checks and compares.
pub(super) fn matrix(
    options: &MatrixOptions,
    step: &mut Option<Step>,
) -> Result<Conclusion, CliError> {
    let subjects = subjects(options)?;
    // Bad input is reported before anything is installed.
    let cases = read_cases(&options.cases)?;
    let mut notes = Vec::new();
    for subject in &subjects {
        match subject.baseline() {
            Some(path) if is_there(&path) => drop(read_baseline(&path, &cases)?),
            Some(path) => notes.push(format!("{}: {}", subject.place, no_baseline_yet(&path))),
            None => {}
        }
        if subject.manifest.image.is_some() {
            let fault = Settings::of(options.inner(subject)).err();
            if let Some(error) = fault {
                let place = &subject.place;
                return Err(CliError::bad_input(format!("{place}: {error}")));
            }
        }
    }
    let unmatched = unmatched(options, cases)?;
    let whole = options.outer();
    let held = hold_all(&whole)?;
    let mut console = console(&whole);
    if let Some(step) = step {
        step.hush(&mut console);
    }
    notes.extend(unmatched.iter().map(ToString::to_string));
    for note in notes {
        console.note(&note);
    }
    let event_loop = event_loop()?;
    let stop = Stopping::default();
    let Stopping { cancel, hurry } = &stop;
    let work = rows(options, &subjects, &mut console, &stop);
    let rows = event_loop.block_on(interruptible(cancel, hurry, work));
    drop(event_loop);
    let rows = rows?;
    let mut matrix = Matrix {
        tool: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        day: report_day()?,
        rows,
        missing: match options.allow_missing {
            true => Missing::Accepted,
            false => Missing::Counts,
        },
        interrupted: cancel.is_cancelled(),
        lost: Vec::new(),
    };
    // The last line tells of a report that could not be written.
    matrix.lost = publish(held, Content::Matrix(&matrix));
    let style = console.look().style;
    console.print(&(Printable::of("\n") + human::matrix(&matrix, style)));
    match lost(&matrix) {
        lost if lost.is_empty() => Ok(matrix.conclusion()),
        lost => Err(CliError::faults(lost)),
    }
}

/// What could not be written, or not be played, in all runtimes.
fn lost(matrix: &Matrix) -> Vec<String> {
    let of_row = |row: &Row| {
        let lost = row.report().map(|report| report.lost.as_slice());
        let lost = lost.unwrap_or_default().iter();
        lost.map(|what| format!("{}: {what}", row.name))
            .collect::<Vec<_>>()
    };
    let of_rows = matrix.rows.iter().flat_map(of_row);
    of_rows.chain(matrix.lost.iter().cloned()).collect()
}

fn subjects(options: &MatrixOptions) -> Result<Vec<Subject>, CliError> {
    let own = std::env::current_exe()
        .map_err(|error| CliError::fault(format!("cannot find ricspec itself: {error}")))?;
    let places = Places {
        cache: cache(options.cache.as_deref())?,
        own,
    };
    let mut subjects =
        read(&options.path, &places).map_err(|error| CliError::bad_input(error.to_string()))?;
    let globs = globs(&options.runtime)?;
    for (text, glob) in &globs {
        if !subjects.iter().any(|subject| glob.is_match(&subject.key)) {
            let keys: Vec<&str> = subjects
                .iter()
                .map(|subject| subject.key.as_str())
                .collect();
            return Err(CliError::bad_input(format!(
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

fn globs(texts: &[String]) -> Result<Vec<(&str, GlobMatcher)>, CliError> {
    let mut globs = Vec::new();
    for text in texts {
        let glob = Glob::new(text).map_err(|error| {
            CliError::bad_input(format!(
                "--runtime `{text}` is not a glob: {}",
                error.kind()
            ))
        })?;
        globs.push((text.as_str(), glob.compile_matcher()));
    }
    Ok(globs)
}

fn cache(given: Option<&Path>) -> Result<PathBuf, CliError> {
    let path = match given {
        Some(path) => path.to_path_buf(),
        None => cache_folder().ok_or_else(|| {
            CliError::bad_input("no HOME, so no cache folder: give one with --cache")
        })?,
    };
    let path = std::path::absolute(&path)
        .map_err(|error| CliError::bad_input(format!("--cache `{}`: {error}", path.display())))?;
    utf8("the cache", &path)?;
    Ok(path)
}

/// Globs that choose no case; an error if the selection makes no sense.
fn unmatched(options: &MatrixOptions, cases: Vec<Case>) -> Result<Vec<Unmatched>, CliError> {
    let selection = Selection {
        filter: options.filter.clone(),
        skip: options.skip.clone(),
        profiles: options.profile.clone(),
        ..Selection::default()
    };
    let plan = plan(cases, None, &selection).map_err(|error| CliError::bad_input(chain(&error)))?;
    Ok(plan.unmatched)
}

/// Stops a comparison.
#[derive(Default)]
struct Stopping {
    /// Stops new cases and ends those in play.
    cancel: CancellationToken,
    /// Kills the runtimes that have not ended.
    hurry: CancellationToken,
}

/// Checks one runtime after another: in parallel they would disturb each other, and so would an installation.
async fn rows(
    options: &MatrixOptions,
    subjects: &[Subject],
    console: &mut Console,
    stop: &Stopping,
) -> Result<Vec<Row>, CliError> {
    let mut rows = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        let name = &subject.manifest.name;
        let title = format!("{name} ({} of {})", index + 1, subjects.len());
        let state = if stop.cancel.is_cancelled() {
            RowState::Missing("interrupted before its turn".to_owned())
        } else {
            state(options, subject, &title, console, stop)
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
        let look = console.look();
        if options.verbose {
            console.print(&failures(&row, look));
        }
        console.print(&human::row(&row, look.style));
        rows.push(row);
    }
    Ok(rows)
}

/// What went wrong in the cases that make the runtime fail.
fn failures(row: &Row, look: Look) -> Printable {
    let Some(report) = row.report() else {
        return Printable::default();
    };
    let mut cases = report.by_id();
    cases.retain(|case| case.counts(report.strictness));
    match cases.is_empty() {
        true => Printable::default(),
        false => human::causes_of(cases, look) + "\n",
    }
}

/// Installs and checks one runtime; the error says why it is missing.
async fn state(
    options: &MatrixOptions,
    subject: &Subject,
    title: &str,
    console: &mut Console,
    stop: &Stopping,
) -> Result<RowState, String> {
    let cancel = &stop.cancel;
    install(options, subject, title, console, cancel).await?;
    let run_options = options.inner(subject);
    let check = || {
        let settings = Settings::of(run_options.clone())?.hurried_by(&stop.hurry);
        let whole = select(&settings, None)?;
        Ok((settings, whole))
    };
    let (settings, whole) = check().map_err(|error: CliError| error.to_string())?;
    console.print(&Printable::whole_line(&format!("{title}: checking")));
    console.part(title);
    let mut live = Live::default();
    let session = Session {
        settings: &settings,
        options: &run_options,
        given: &run_options,
        console,
        live: &mut live,
    };
    let checked = session.check(whole, cancel).await;
    match checked.map_err(|error| error.to_string())? {
        Checked {
            trouble: Some(trouble),
            ..
        } => Err(trouble),
        Checked { report, .. } => Ok(RowState::Judged(Box::new(Report {
            // Others have no such cache.
            reproduce: options.reproduce(subject),
            ..report
        }))),
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
        console.print(&Printable::whole_line(&format!(
            "{title}: installing: {what}"
        )));
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
