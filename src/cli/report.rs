//! `ricspec report`: every format later, from saved JSON reports.

use std::path::{Path, PathBuf};

use clap::Args;

use super::outputs::{hold_beside, publish, shown_on};
use crate::publish::Destination;
use crate::report::{Content, Detail, Failures, ReportError, human, json};
use crate::session::{
    CliError, Color, artifacts, chosen_set, given_day, recorded_text_of, report_help, today,
};
use crate::verdict::{Conclusion, Date, Report};

/// What to write, and from what.
#[derive(Args, Debug)]
pub(super) struct ReportOptions {
    /// A report, as `run --report json=FILE` writes it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Report files.
    #[arg(long, value_name = "FORMAT=PATH", help = report_help())]
    report: Vec<Destination>,
    /// A file that was checked, such as a package: reports and attestations name it with its digest (repeatable).
    #[arg(long, value_name = "FILE")]
    artifact: Vec<PathBuf>,
    /// Measure by this set of requirements only: its name, or a file (.json).
    #[arg(long, value_name = "NAME")]
    set: Option<String>,
    /// Colour the output.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

pub(super) const HELP: &str = "\
Examples:
  ricspec report report.json --report html=report.html --report junit=report.xml
  ricspec report report.json --report compliance=compliance.html
Without --report, the report is printed. The date is that of the run, or of SOURCE_DATE_EPOCH.
Exit codes: 0, 2 for a bad report or set, or 3 if a file cannot be written.";

/// Writes the formats, or prints the report.
pub(super) fn report(options: &ReportOptions) -> Result<Conclusion, CliError> {
    let mut report = read_report(&options.file)?;
    report
        .target
        .artifacts
        .extend(artifacts(&options.artifact)?);
    let set = chosen_set(options.set.as_deref(), report.subject())?;
    if let Some(set) = &set {
        let rule = report.under(set);
        rule.map_err(|fault| CliError::bad_input(format!("{}: {fault}", options.file.display())))?;
    }
    let day = day_of(&mut report)?;
    let held = hold_beside(&options.report, [&options.file])?;
    if held.is_empty() {
        let mut console = shown_on(&options.report, options.color, false);
        let look = console.look();
        console.print(&human::report(
            &report,
            look,
            Failures::ByCause,
            Detail::Usual,
        ));
    }
    match publish(held, Content::Run(&report, day)) {
        lost if lost.is_empty() => Ok(Conclusion::AsExpected),
        lost => Err(CliError::faults(lost)),
    }
}

/// The day of a report; SOURCE_DATE_EPOCH gives it another.
pub(super) fn day_of(report: &mut Report) -> Result<Date, CliError> {
    report.day = given_day()?.or(report.day);
    Ok(report.day.unwrap_or_else(today))
}

/// Reads a JSON report.
pub(super) fn read_report(path: &Path) -> Result<Report, CliError> {
    let shown = path.display();
    json::read(&recorded_text_of(path)?).map_err(|error| {
        CliError::bad_input(match &error {
            ReportError::Shape(fault) => format!(
                "{shown}:{}: {error}; give a file that `ricspec run --report json={shown}` wrote",
                fault.line()
            ),
            ReportError::Version { .. } => format!("{shown}: {error}"),
        })
    })
}
