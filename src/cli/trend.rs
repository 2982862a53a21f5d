//! `ricspec trend`: what changed over many reports.

use std::path::PathBuf;

use clap::Args;

use super::print::print;
use super::report::read_report;
use crate::files::Outlet;
use crate::report::trend;
use crate::session::{CliError, json_files};
use crate::verdict::{Conclusion, Report, trend as courses};

/// Which reports, and where to.
#[derive(Args, Debug)]
pub(super) struct TrendOptions {
    /// Reports, as `run --report json=FILE` writes them, or folders of them.
    #[arg(required = true, value_name = "REPORT|DIR")]
    paths: Vec<PathBuf>,
    /// Write a page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(super) const HELP: &str = "\
Examples:
  ricspec trend results/
  ricspec trend results/ --html trend.html
Reports of one target, whatever its version, are one course, in the order of their days.
Exit codes: 0, 2 for a bad report, or 3 if the page cannot be written.";

/// Shows the courses.
pub(super) fn trend_of(options: &TrendOptions) -> Result<Conclusion, CliError> {
    let html = options.html.as_deref().map(Outlet::open).transpose()?;
    let mut files = Vec::new();
    for path in &options.paths {
        files.extend(json_files(path)?);
    }
    if files.is_empty() {
        return Err(CliError::bad_input("no report (.json) there"));
    }
    let reports: Vec<Report> = files
        .iter()
        .map(|file| read_report(file))
        .collect::<Result<_, _>>()?;
    let courses = courses(&reports);
    print(trend::text(&courses));
    if let Some(html) = html {
        let written = html.write(&trend::page(&courses));
        written.map_err(|error| CliError::fault(error.to_string()))?;
    }
    Ok(Conclusion::AsExpected)
}
