//! `ricspec judge`: judges recordings again, without a runtime.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::github::Step;
use super::outputs::{hold_beside, publish, shown_on};
use super::recorded::{Recorded, subject_of};
use super::report::day_of;
use crate::case::{Case, Ordinary, blackbox};
use crate::files::Outlet;
use crate::law::Set;
use crate::publish::Destination;
use crate::report::har::Archive;
use crate::report::{Content, human, sha256};
use crate::run::result_of;
use crate::serve;
use crate::session::{
    CliError, Color, chosen_set, json_files, read_cases, recorded_text_of, report_help,
};
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
    /// Report files.
    #[arg(long, value_name = "FORMAT=PATH", help = report_help())]
    report: Vec<Destination>,
    /// Write the calls of all transcripts as an HTTP archive (HAR 1.2).
    #[arg(long, value_name = "FILE")]
    har: Option<PathBuf>,
    /// Measure by this set of requirements only: its name, or a file (.json).
    #[arg(long, value_name = "NAME")]
    set: Option<String>,
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
    let mut console = shown_on(&options.report, options.color, false);
    let look = console.look();
    if let Some(step) = step {
        step.hush(&mut console);
    }
    let mut cases = read_cases(&options.cases)?;
    let mut files = Vec::new();
    for path in &options.paths {
        files.extend(json_files(path)?);
    }
    let strictness = match options.strict {
        true => Strictness::Strict,
        false => Strictness::Usual,
    };
    let set = set_of(options, &files)?;
    cases.iter_mut().for_each(|case| case.set = set.clone());
    let held = hold_beside(&options.report, &files)?;
    let har = options.har.as_deref().map(Outlet::open).transpose()?;
    let mut archive = Archive::default();
    let mut recorded = Recorded::default();
    let mut results = Vec::new();
    for file in &files {
        let (transcript, digest) = read(file)?;
        let is_newer = |set: &Arc<Set>| !set.has_case(&transcript.case);
        if transcript.case != serve::case().id && set.as_ref().is_some_and(is_newer) {
            continue;
        }
        let mut result = judge_one(file, &transcript, &cases)?;
        result.transcript = Some(digest);
        recorded.take(&transcript);
        if har.is_some() {
            archive.add(&transcript);
        }
        // Printed at once, so that an interruption loses nothing.
        console.print(&human::line(&result, look.style));
        results.push(result);
    }
    console.print(&match options.all {
        true => human::all_of(&results, look),
        false => human::causes_of(&results, look),
    });
    let conclusion = conclusion(&results, strictness);
    if let Some(har) = har {
        let text = archive.text(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        har.write_private(&text)?;
    }
    if held.is_empty() {
        return Ok(conclusion);
    }
    let mut report = recorded.report(results, &cases, set.as_ref(), strictness)?;
    let day = day_of(&mut report)?;
    match publish(held, Content::Run(&report, day)) {
        lost if lost.is_empty() => Ok(conclusion),
        lost => Err(CliError::faults(lost)),
    }
}

/// The chosen set, which must bind what the recordings are about.
fn set_of(options: &JudgeOptions, files: &[PathBuf]) -> Result<Option<Arc<Set>>, CliError> {
    let Some((name, first)) = options.set.as_deref().zip(files.first()) else {
        return Ok(None);
    };
    let (transcript, _) = read(first)?;
    chosen_set(Some(name), subject_of(&transcript))
}

fn conclusion(results: &[CaseResult], strictness: Strictness) -> Conclusion {
    let mut errors = results.iter();
    if results.is_empty() {
        Conclusion::NothingJudged
    } else if errors.any(|result| result.verdict == Verdict::Error) {
        Conclusion::OurFault
    } else if results.iter().any(|result| result.counts(strictness)) {
        Conclusion::Failed
    } else {
        Conclusion::AsExpected
    }
}

/// A recording, and its digest.
fn read(path: &Path) -> Result<(Transcript, String), CliError> {
    let shown = path.display();
    let text = recorded_text_of(path)?;
    let transcript = transcript::read(&text).map_err(|error| {
        let place = error
            .line()
            .map_or_else(String::new, |line| format!(":{line}"));
        CliError::bad_input(format!("{shown}{place}: {error}"))
    })?;
    Ok((transcript, sha256(&text)))
}

fn judge_one(path: &Path, transcript: &Transcript, cases: &[Case]) -> Result<CaseResult, CliError> {
    let shown = path.display();
    let served = serve::case();
    if transcript.case == served.id {
        return Ok(result_of(&served, transcript, transcript.end.at.ms()));
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
    Ok(result_of(case, transcript, transcript.end.at.ms()))
}
