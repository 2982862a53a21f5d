//! `ricspec baseline`: rewrites the file of known failures by what a report shows.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::print::say;
use super::report::read_report;
use crate::files::Outlet;
use crate::session::{CliError, is_there, read_cases, text_of, today};
use crate::verdict::{
    Accepted, Baseline, BaselineFault, Conclusion, Date, EditFault, Known, Removed, Report, Terms,
};

/// What to do with the file.
#[derive(Args, Debug)]
pub(super) struct BaselineOptions {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add every failure of the report that the file does not know; create the file if there is none.
    Accept(AcceptOptions),
    /// Remove the entries that no longer fit: their case passes, fails in another way, or is unknown (give your own cases
    /// with --cases), or their day is past.
    Prune(FileOptions),
}

#[derive(Args, Debug)]
struct AcceptOptions {
    #[command(flatten)]
    files: FileOptions,
    /// Why they are accepted, best with a link to an issue [default: what the runtime did].
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The last day on which they are accepted, such as 2027-01-31 [default: none].
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

#[derive(Args, Debug)]
struct FileOptions {
    /// A report, as `run --report json=REPORT` writes it.
    report: PathBuf,
    /// The file of known failures.
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// A folder with more cases, in addition to the built-in ones (repeatable).
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
}

/// Rewrites the file, and says what has changed.
pub(super) fn baseline(options: &BaselineOptions) -> Result<Conclusion, CliError> {
    match &options.command {
        Command::Accept(options) => accept(options),
        Command::Prune(options) => prune(options),
    }
}

fn accept(options: &AcceptOptions) -> Result<Conclusion, CliError> {
    let terms = Terms {
        reason: options.reason.as_deref().map(reason).transpose()?,
        until: options.until.as_deref().map(until).transpose()?,
        today: today(),
    };
    let desk = Desk::lay(&options.files, Purpose::Accept)?;
    let (text, accepted) = desk
        .baseline
        .accept(&desk.text, &desk.report, &desk.cases, &terms)
        .map_err(stop)?;
    desk.write(&text)?;
    for entry in &accepted {
        let (
            did,
            Known {
                case,
                code,
                reason,
                until,
                ..
            },
        ) = match entry {
            Accepted::Added(known) => ("added", known),
            Accepted::Prolonged(known) => ("gave a new day to", known),
        };
        let until = until.map(|day| format!(" until {day}")).unwrap_or_default();
        say(&format!("{did} {case} {code}{until}: {reason}"));
    }
    if accepted.is_empty() {
        say("nothing to add: the file knows every failure of the report");
    }
    Ok(Conclusion::AsExpected)
}

fn prune(options: &FileOptions) -> Result<Conclusion, CliError> {
    let desk = Desk::lay(options, Purpose::Prune)?;
    let (text, removed) = desk
        .baseline
        .prune(&desk.text, &desk.report, &desk.cases, today())
        .map_err(stop)?;
    desk.write(&text)?;
    for Removed { entry, why } in &removed {
        say(&format!("removed {} {}: {why}", entry.case, entry.code));
    }
    if removed.is_empty() {
        say("nothing to remove: every entry fits the report, or its case is not in the report");
    }
    Ok(Conclusion::AsExpected)
}

fn reason(text: &str) -> Result<String, CliError> {
    match text.trim() {
        "" => Err(CliError::bad_input(
            "--reason is empty; say why the failures are accepted",
        )),
        text => Ok(text.to_owned()),
    }
}

fn until(text: &str) -> Result<Date, CliError> {
    match Date::parse(text) {
        Some(day) if day < today() => Err(CliError::bad_input(format!(
            "--until {day} is past; give a day in the future"
        ))),
        Some(day) => Ok(day),
        None => Err(CliError::bad_input(format!(
            "--until `{text}` is not a date; write one such as 2027-01-31"
        ))),
    }
}

/// Why the file is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    /// To add entries: a file that does not exist counts as empty.
    Accept,
    /// To remove entries: an entry of an unknown case is not an error; it is removed.
    Prune,
}

/// Reads and compares report and baseline.
struct Desk {
    path: PathBuf,
    outlet: Outlet,
    text: String,
    baseline: Baseline,
    report: Report,
    cases: Vec<String>,
}

impl Desk {
    fn lay(options: &FileOptions, purpose: Purpose) -> Result<Self, CliError> {
        let report = read_report(&options.report)?;
        let cases = read_cases(&options.cases)?;
        let mut cases: Vec<String> = cases.into_iter().map(|case| case.id).collect();
        let path = options.baseline.clone();
        let (text, baseline) = match purpose {
            Purpose::Accept => {
                let text = match is_there(&path) {
                    true => text_of(&path)?,
                    false => String::new(),
                };
                let baseline = read_baseline(&path, &text, &cases)?;
                (text, baseline)
            }
            Purpose::Prune => {
                // A case that was played exists, wherever its file is.
                cases.extend(report.cases.iter().map(|case| case.id.clone()));
                let text = text_of(&path)?;
                let baseline = Baseline::read_any(&path.display().to_string(), &text);
                (text, baseline.map_err(unreadable)?)
            }
        };
        let outlet = Outlet::open(&path)?;
        Ok(Self {
            path,
            outlet,
            text,
            baseline,
            report,
            cases,
        })
    }

    /// Writes the new text, but only if it can be read again.
    fn write(&self, text: &str) -> Result<(), CliError> {
        if text == self.text {
            return Ok(());
        }
        if let Err(fault) = read_baseline(&self.path, text, &self.cases) {
            let what = fault.to_string().replace('\n', "; ");
            return Err(CliError::fault(format!(
                "the new text is not a valid baseline, so nothing is written: {what}"
            )));
        }
        let written = self.outlet.write(text);
        written.map_err(|error| CliError::fault(error.to_string()))
    }
}

fn read_baseline(path: &Path, text: &str, cases: &[String]) -> Result<Baseline, CliError> {
    Baseline::read(&path.display().to_string(), text, cases).map_err(unreadable)
}

fn unreadable(faults: Vec<BaselineFault>) -> CliError {
    CliError::bad_inputs(faults.iter().map(ToString::to_string).collect())
}

fn stop(faults: Vec<EditFault>) -> CliError {
    CliError::bad_inputs(faults.iter().map(ToString::to_string).collect())
}
