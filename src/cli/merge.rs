//! `ricspec merge`: one report of all shards of a run.

use std::path::PathBuf;

use clap::Args;

use super::outputs::{hold_beside, publish, shown_on};
use super::report::{day_of, read_report};
use crate::publish::Destination;
use crate::report::{Content, Detail, Failures, human};
use crate::session::{CliError, Color, report_help};
use crate::verdict::{Conclusion, Report, merge};

/// What to merge, and what to write.
#[derive(Args, Debug)]
pub(super) struct MergeOptions {
    /// The reports of all shards, as `run --shard I/N --report json=FILE` writes them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Report files.
    #[arg(long, value_name = "FORMAT=PATH", help = report_help())]
    report: Vec<Destination>,
    /// Colour the output.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

pub(super) const HELP: &str = "\
Examples:
  ricspec run --shard 1/2 --report json=1.json -- ./bootstrap
  ricspec run --shard 2/2 --report json=2.json -- ./bootstrap
  ricspec merge 1.json 2.json --report junit=report.xml
Exit codes: as those of the whole run; 3 if a shard is missing.";

/// Merges the shards, and shows the whole run.
pub(super) fn merge_all(options: &MergeOptions) -> Result<Conclusion, CliError> {
    let reports: Result<Vec<Report>, CliError> =
        options.files.iter().map(|file| read_report(file)).collect();
    let mut whole = merge(reports?).map_err(|fault| CliError::bad_input(fault.to_string()))?;
    let day = day_of(&mut whole)?;
    let held = hold_beside(&options.report, &options.files)?;
    let mut console = shown_on(&options.report, options.color, false);
    let look = console.look();
    console.print(&human::report(
        &whole,
        look,
        Failures::ByCause,
        Detail::Usual,
    ));
    match publish(held, Content::Run(&whole, day)) {
        lost if lost.is_empty() => Ok(whole.conclusion()),
        lost => Err(CliError::faults(lost)),
    }
}
