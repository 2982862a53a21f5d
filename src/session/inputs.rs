//! What a run reads before it starts: cases, known failures, and events for a function that is not a fixture.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::files::{json_files, text_of, utf8};
use super::{CliError, MissingBaseline, RunOptions};
use crate::case::{self, Case, Payload, Trust};
use crate::verdict::{Baseline, Date};

/// The built-in cases, and those of the folders.
pub(crate) fn read_cases(folders: &[PathBuf]) -> Result<Vec<Case>, CliError> {
    let mut sources = case::embedded();
    let built_in = sources.len();
    for folder in folders {
        utf8("--cases", folder)?;
        if !folder.is_dir() {
            return Err(CliError::bad_input(format!(
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
                text: text_of(&path)?.into(),
                trust: Trust::Theirs,
            });
        }
        if sources.len() == built_in {
            let folder = folder.display();
            return Err(CliError::bad_input(format!(
                "no case file (AREA/NAME.json) in `{folder}`"
            )));
        }
    }
    case::read(&sources)
        .map_err(|errors| CliError::bad_inputs(errors.iter().map(ToString::to_string).collect()))
}

/// The known failures, and a note about their file if there is one to give.
pub(super) fn baseline(
    options: &RunOptions,
    cases: &[Case],
) -> Result<(Option<Baseline>, Vec<String>), CliError> {
    match (&options.baseline, options.missing_baseline) {
        (None, _) => Ok((None, Vec::new())),
        (Some(path), MissingBaseline::IsEmpty) if !is_there(path) => {
            Ok((None, vec![no_baseline_yet(path)]))
        }
        (Some(path), _) => Ok((Some(read_baseline(path, cases)?), Vec::new())),
    }
}

/// Whether there is something to read, or something to report.
pub(crate) fn is_there(path: &Path) -> bool {
    let found = path.metadata();
    !found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The first run comes before the first known failure, so the file may be missing.
pub(crate) fn no_baseline_yet(path: &Path) -> String {
    let path = path.display();
    format!(
        "there is no baseline `{path}` yet, so that no failure is known; `ricspec baseline accept` makes it from a JSON \
         report"
    )
}

pub(crate) fn read_baseline(path: &Path, cases: &[Case]) -> Result<Baseline, CliError> {
    let shown = path.display().to_string();
    let text = text_of(path)?;
    let ids: Vec<String> = cases.iter().map(|case| case.id.clone()).collect();
    Baseline::read(&shown, &text, &ids)
        .map_err(|faults| CliError::bad_inputs(faults.iter().map(ToString::to_string).collect()))
}

/// Events are for functions that are not fixtures.
pub(super) fn events(options: &RunOptions) -> Result<Option<Vec<Payload>>, CliError> {
    let is_none = options.no_fixture || !options.event.is_empty();
    // The command line checks this itself, but not for options of the file.
    if is_none && options.container.fixture.is_some() {
        return Err(CliError::bad_input(
            "`fixture` conflicts with `no-fixture` and `event`: leave out one side",
        ));
    }
    if options.event.is_empty() {
        return Ok(options.no_fixture.then(|| vec![Payload::default()]));
    }
    let events: Result<Vec<Payload>, CliError> =
        options.event.iter().map(|path| event(path)).collect();
    events.map(Some)
}

fn event(path: &Path) -> Result<Payload, CliError> {
    let text = text_of(path)?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(Payload::Text(text)),
        Err(error) => Err(CliError::bad_input(format!(
            "--event {}:{}: an event must be JSON: {error}",
            path.display(),
            error.line()
        ))),
    }
}

/// The variable that gives reports their date, so that they can be made again byte for byte.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The day that SOURCE_DATE_EPOCH gives, if it is set.
pub(crate) fn given_day() -> Result<Option<Date>, CliError> {
    let Some(value) = std::env::var_os(EPOCH).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let seconds = value.to_str().and_then(|text| text.parse().ok());
    match seconds {
        Some(seconds) => Ok(Some(Date::from_unix_seconds(seconds))),
        None => Err(CliError::bad_input(format!(
            "{EPOCH} must be a number of seconds since 1970, not {value:?}"
        ))),
    }
}

/// The day that a report names.
pub(crate) fn report_day() -> Result<Date, CliError> {
    Ok(given_day()?.unwrap_or_else(today))
}

/// The day of this machine's clock, in UTC.
pub(crate) fn today() -> Date {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Date::from_unix_seconds(now.as_secs())
}
