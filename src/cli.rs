//! The command line: the commands, and who answers each.
//!
//! I/O. Only this file reads the arguments; only this file prints errors, once.

mod again;
mod baseline;
mod case;
mod compare;
mod explain;
mod fixture;
mod github;
mod interrupt;
mod judge;
mod list;
#[cfg(feature = "cli")]
mod manual;
mod matrix;
mod merge;
#[cfg(feature = "mutants")]
mod mutants;
#[cfg(not(feature = "mutants"))]
#[path = "cli/no_mutants.rs"]
mod mutants;
mod outputs;
mod print;
mod recorded;
mod report;
mod run;
mod serve;
#[cfg(feature = "cli")]
mod trend;

use std::process::ExitCode;

#[cfg(feature = "cli")]
use clap::CommandFactory;
use clap::{Args, Parser, Subcommand};

use crate::console::{Stream, exit_code};
use crate::report::{Printable, Style};
use crate::session::{CliError, Color, RunOptions};
use crate::verdict::Conclusion;

/// Checks a Lambda runtime against the AWS Lambda Runtime API by playing the service.
#[derive(Debug, Parser)]
#[command(name = "ricspec", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    all results are as expected
  1    a MUST is broken, or the baseline no longer fits; with --strict also a broken SHOULD, a flaky case or an
       inconclusive case
  2    bad usage, case, baseline or configuration
  3    ricspec or the machine failed, an output could not be written, or the runtime could not be started (or deleted
       itself); for matrix, a runtime is missing
  4    nothing was selected, or nothing could be judged
  130  interrupted; the results so far are written";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a runtime: run the cases against it and report each as a test result.
    #[command(after_help = RUN_HELP)]
    Run(Box<RunOptions>),
    /// Serve a function to callers as Lambda does, and check every call of its runtime meanwhile.
    #[command(after_help = serve::HELP)]
    Serve(Box<serve::ServeOptions>),
    /// Check many runtimes, each as `run` does, and compare them in one table, page or file.
    #[command(after_help = matrix::HELP)]
    Matrix(Box<matrix::MatrixOptions>),
    /// List cases, requirements, or mutants and variants.
    List(list::ListOptions),
    /// Explain a requirement, a case, a code of findings or an area, and say which runtimes fail it.
    #[command(after_help = EXPLAIN_HELP)]
    Explain(explain::ExplainOptions),
    /// Judge recorded transcripts again, without a runtime.
    Judge(judge::JudgeOptions),
    /// Write reports in other formats, from a JSON report of an earlier run.
    #[command(after_help = report::HELP)]
    Report(report::ReportOptions),
    /// Merge the JSON reports of all shards of a run into the report of the whole run.
    #[command(after_help = merge::HELP)]
    Merge(merge::MergeOptions),
    /// Compare two JSON reports: what is better, worse, new and gone.
    #[command(after_help = compare::HELP)]
    Compare(compare::CompareOptions),
    /// Begin a case of your own, or check case files.
    #[command(after_help = case::HELP)]
    Case(case::CaseOptions),
    #[cfg(feature = "cli")]
    /// Show what changed over many JSON reports, as a table and a page.
    #[command(after_help = trend::HELP)]
    Trend(trend::TrendOptions),
    /// Rewrite a file of known failures by what a JSON report shows.
    #[command(after_help = BASELINE_HELP)]
    Baseline(baseline::BaselineOptions),
    /// Run the cases as a libtest binary does, for cargo-nextest and others; ricspec.toml names the target.
    Test(TestOptions),
    /// List the functions under test (fixtures), print one, or write its files to a folder.
    Fixture(fixture::FixtureOptions),
    /// Run as the embedded reference runtime, or as the reference extension.
    Reference(ReferenceOptions),
    /// Hand out the sockets of a network on standard input: ricspec starts this itself.
    #[command(hide = true)]
    HandOutSockets,
    #[cfg(feature = "cli")]
    /// Print a script that completes this command line: for bash, elvish, fish, powershell or zsh.
    Completions(manual::CompletionsOptions),
    #[cfg(feature = "cli")]
    /// Print the manual page of ricspec, or of one of its commands.
    Man(manual::ManOptions),
}

const RUN_HELP: &str = "\
Examples:
  ricspec run --reference
  ricspec run -- python3 -m awslambdaric fixture.handler
  ricspec run --filter 'init/*' --report junit=report.xml -- ./bootstrap
  ricspec run --extension ./my-extension
  ricspec run --image my-function --memory 1024
  ricspec run --image my-function --network host -- fixture.handler
ricspec.toml may hold options under the same names; the command line wins over the file.
In a step of GitHub Actions, ricspec annotates failures and adds a summary to the step.
Exit codes: see `ricspec --help`.";

const EXPLAIN_HELP: &str = "\
Examples:
  ricspec explain NEXT-03
  ricspec explain next/poll_held_again exit-in-health
  ricspec explain response
Exit codes: 0, or 2 for an unknown id.";

const BASELINE_HELP: &str = "\
Examples:
  ricspec run --baseline known.toml --report json=report.json -- ./bootstrap
  ricspec baseline accept report.json --baseline known.toml --reason 'issue 12' --until 2027-06-30
  ricspec baseline prune report.json --baseline known.toml
Exit codes: 0, or 2 for a bad report or baseline.";

#[derive(Args, Debug)]
struct TestOptions {
    /// Arguments as a libtest binary takes them: a filter, --exact, --skip, --list, --format terse.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

#[derive(Args, Debug)]
struct ReferenceOptions {
    /// Run as this mutant (one fault) or variant (no fault) of it; see `ricspec list --mutants`.
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,

    /// Run as an external extension, which registers under its file name for INVOKE and SHUTDOWN.
    #[arg(long)]
    extension: bool,
}

/// Runs the command.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit_code(tell_usage(&error)),
    };
    let mut step = cli
        .command
        .shows_the_target()
        .then(github::Step::found)
        .flatten();
    let step = &mut step;
    let done = match cli.command {
        Command::Run(options) => run::run(&options, step),
        Command::Serve(options) => serve::run(&options),
        Command::Matrix(options) => matrix::matrix(&options, step),
        Command::List(options) => list::list(&options),
        Command::Explain(options) => explain::explain(&options),
        Command::Judge(options) => judge::judge(&options, step),
        Command::Report(options) => report::report(&options),
        Command::Merge(options) => merge::merge_all(&options),
        Command::Compare(options) => compare::compare_two(&options),
        Command::Case(options) => case::case(&options),
        #[cfg(feature = "cli")]
        Command::Trend(options) => trend::trend_of(&options),
        Command::Baseline(options) => baseline::baseline(&options),
        Command::Test(options) => return crate::harness::test(&options.arguments),
        Command::Fixture(options) => fixture::fixture(&options),
        #[cfg(feature = "cli")]
        Command::Completions(options) => Ok(manual::completions(&options, Cli::command())),
        #[cfg(feature = "cli")]
        Command::Man(options) => manual::man(&options, Cli::command()),
        Command::HandOutSockets => return crate::runtime::hand_out_sockets(),
        Command::Reference(options) if options.extension && options.mutant.is_none() => {
            return crate::reference::external::external();
        }
        Command::Reference(options) => match mutants::be(options.mutant.as_deref()) {
            Ok(code) => return code,
            Err(stop) => Err(stop),
        },
    };
    let conclusion = done.unwrap_or_else(CliError::tell);
    if let Some(step) = step.take() {
        step.end();
    }
    exit_code(conclusion.exit_code())
}

impl Command {
    /// Whether text of the target may be printed.
    fn shows_the_target(&self) -> bool {
        match self {
            Self::Run(_) | Self::Serve(_) | Self::Matrix(_) | Self::Judge(_) => true,
            #[cfg(feature = "cli")]
            Self::Man(_) | Self::Completions(_) | Self::Trend(_) => false,
            // The last two are read by programs, line by line.
            Self::List(_)
            | Self::Explain(_)
            | Self::Baseline(_)
            | Self::Case(_)
            | Self::Report(_)
            | Self::Merge(_)
            | Self::Compare(_)
            | Self::Fixture(_)
            | Self::Test(_)
            | Self::HandOutSockets
            | Self::Reference(_) => false,
        }
    }
}

/// Prints help, version, or what is wrong with the arguments.
fn tell_usage(error: &clap::Error) -> u8 {
    let stream = match error.use_stderr() {
        true => Stream::Err,
        false => Stream::Out,
    };
    let styled = error.render();
    let plain = stream.terminal().is_none() || Color::Auto.style(true) == Style::Plain;
    stream.print(&match plain {
        true => Printable::of(&styled.to_string()),
        false => Printable::coloured(&styled.ansi().to_string()),
    });
    u8::try_from(error.exit_code()).unwrap_or(Conclusion::BadInput.exit_code())
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use clap::ValueEnum;
    use clap_complete::Shell;

    use super::*;

    #[test]
    fn printing_changes_no_script() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "ricspec", &mut script);
            let script = String::from_utf8(script).expect("UTF-8");
            assert_eq!(Printable::of(&script).to_string(), script, "{shell}");
        }
    }
}
