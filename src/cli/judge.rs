//! `ricspec judge`: judges recordings again, without a runtime.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::Args;

use super::github::Step;
use crate::case::{Case, Ordinary, blackbox};
use crate::console::{Console, Stream, Telling};
use crate::report::human;
use crate::run::result_of;
use crate::serve;
use crate::session::{CliError, Color, json_files, read_cases, recorded_text_of};
use crate::transcript::{self, Transcript};
use crate::verdict::{CaseResult, Conclusion, Strictness, Verdict};

/// What to judge.
#[derive(Args, Debug)]
pub(super) struct JudgeOptions {
    /// Transcripts, or folders of them, as `run --transcripts` and `serve --transcript` write them.
    #[arg(required = true, value_name = "TRANSCRIPT|DIR")]
    paths: Vec<PathBuf>,
    /// A folder with more cases, in addition to the built-in ones (repeatable).
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
    /// A broken SHOULD fails as well.
    #[arg(long)]
    strict: bool,
    /// Print every case that is not as expected in full [default: each broken requirement once, with its cases].
    #[arg(long)]
    all: bool,
    /// Colour the output.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

/// Judges the recordings and shows the result.
pub(super) fn judge(
    options: &JudgeOptions,
    step: &mut Option<Step>,
) -> Result<Conclusion, CliError> {
    let look = options.color.look(Stream::Out);
    let mut console = Console::new(Stream::Out, look, Telling::All);
    if let Some(step) = step {
        step.hush(&mut console);
    }
    let cases = read_cases(&options.cases)?;
    let mut files = Vec::new();
    for path in &options.paths {
        files.extend(json_files(path)?);
    }
    let strictness = match options.strict {
        true => Strictness::Strict,
        false => Strictness::Usual,
    };
    let mut results = Vec::new();
    for file in &files {
        let result = judge_file(file, &cases)?;
        // Printed at once, so that an interruption loses nothing.
        console.print(&human::line(&result, look.style));
        results.push(result);
    }
    console.print(&match options.all {
        true => human::all_of(&results, look),
        false => human::causes_of(&results, look),
    });
    Ok(if results.is_empty() {
        Conclusion::NothingJudged
    } else if results
        .iter()
        .any(|result| result.verdict == Verdict::Error)
    {
        Conclusion::OurFault
    } else if results.iter().any(|result| result.counts(strictness)) {
        Conclusion::Failed
    } else {
        Conclusion::AsExpected
    })
}

fn read(path: &Path) -> Result<Transcript, CliError> {
    let shown = path.display();
    let text = recorded_text_of(path)?;
    transcript::read(&text).map_err(|error| {
        let place = error
            .line()
            .map_or_else(String::new, |line| format!(":{line}"));
        CliError::bad_input(format!("{shown}{place}: {error}"))
    })
}

fn judge_file(path: &Path, cases: &[Case]) -> Result<CaseResult, CliError> {
    let shown = path.display();
    let transcript = read(path)?;
    let served = serve::case();
    if transcript.case == served.id {
        return Ok(result_of(&served, &transcript, transcript.end.at.ms()));
    }
    let Some(case) = cases.iter().find(|case| case.id == transcript.case) else {
        return Err(CliError::bad_input(format!(
            "{shown}: its case `{}` is unknown; give the case's folder with --cases",
            transcript.case
        )));
    };
    let rewritten = match transcript.blackbox {
        true => blackbox(case, &Ordinary::unknown()).map(Cow::Owned),
        false => Ok(Cow::Borrowed(case)),
    };
    let Ok(case) = &rewritten else {
        return Err(CliError::bad_input(format!(
            "{shown}: the case `{}` now needs a fixture; record it again",
            case.id
        )));
    };
    if case.steps.len() != transcript.steps.len() {
        return Err(CliError::bad_input(format!(
            "{shown}: the case `{}` has changed since it was recorded; record it again",
            case.id
        )));
    }
    Ok(result_of(case, &transcript, transcript.end.at.ms()))
}
