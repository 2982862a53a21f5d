//! `ricspec compare`: what has changed from one report to another.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::print::{print, say, say_json};
use super::report::read_report;
use crate::console::Stream;
use crate::report::comparison;
use crate::session::{CliError, Color};
use crate::verdict::{Conclusion, compare};

/// What to compare.
#[derive(Args, Debug)]
pub(super) struct CompareOptions {
    /// The report before, as `run --report json=FILE` writes it.
    before: PathBuf,
    /// The report now.
    now: PathBuf,
    /// The form of the answer.
    #[arg(long, value_enum, value_name = "FORM", default_value = "human")]
    format: Form,
    /// Colour the output.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For people.
    Human,
    /// For machines.
    Json,
    /// For a comment.
    Markdown,
}

pub(super) const HELP: &str = "\
A case is worse if it breaks more than before, or no longer shows anything.
Exit codes: 0 if nothing is worse, 1 if something is, 2 for a bad report.";

/// Compares the reports.
pub(super) fn compare_two(options: &CompareOptions) -> Result<Conclusion, CliError> {
    let before = read_report(&options.before)?;
    let now = read_report(&options.now)?;
    let found = compare(&before, &now);
    match options.format {
        Form::Human => print(comparison::text(
            &found,
            options.color.look(Stream::Out).style,
        )),
        Form::Json => say_json(&comparison::json(&found)),
        Form::Markdown => say(&comparison::markdown(&found)),
    }
    Ok(match found.is_worse() {
        true => Conclusion::Failed,
        false => Conclusion::AsExpected,
    })
}
