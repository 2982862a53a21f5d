//! `ricspec run`: the main job, from settings to exit code.

use tokio_util::sync::CancellationToken;

use super::again::LastRun;
use super::github;
use super::interrupt::{interruptible, unless_signalled};
use super::outputs::{console, hold_all, publish};
use crate::console::{Console, complain};
use crate::publish::Live;
use crate::report::Content;
use crate::report::{Detail, Failures, human};
use crate::session::{
    Checked, CliError, RunOptions, Session, Settings, event_loop, fill_from_config, select,
};
use crate::verdict::{Conclusion, Report};

/// Runs the cases, shows and writes the reports.
pub(super) fn run(
    given: &RunOptions,
    step: &mut Option<github::Step>,
) -> Result<Conclusion, CliError> {
    let mut options = given.clone();
    fill_from_config(&mut options)?;
    let mut settings = Settings::of(options.clone())?;
    let options = &options;
    let last = LastRun::of(&settings, options);
    let (again, unknown) = last.choose(options);
    settings.selection.again = again;
    settings.notes.extend(unknown);
    // A selection that makes no sense is reported before anything is started.
    let whole = select(&settings, None)?;
    let held = hold_all(options)?;
    let (mut live, held) = Live::take(held, settings.run_config.strictness);
    let mut console = console(options);
    if let Some(step) = step {
        step.hush(&mut console);
    }
    for note in &settings.notes {
        console.note(note);
    }
    for unmatched in &whole.unmatched {
        console.note(&unmatched.to_string());
    }
    let event_loop = event_loop()?;
    let cancel = CancellationToken::new();
    let session = Session {
        settings: &settings,
        options,
        given,
        console: &mut console,
        live: &mut live,
    };
    let hurry = &settings.stage.hurry;
    let work = session.check(whole, &cancel);
    let checked = event_loop.block_on(interruptible(&cancel, hurry, work));
    // Cases still in play end with the event loop, and their process groups with them.
    drop(event_loop);
    let Checked {
        mut report,
        trouble,
    } = checked?;
    // The summary mentions a report that could not be written.
    let mut unwritten = publish(held, Content::Run(&report, settings.report_day));
    unwritten.extend(end(live, &report));
    report.notes.extend(unwritten.iter().cloned());
    report.lost.extend(unwritten);
    match trouble {
        Some(message) => complain(&message),
        None => show(&report, options, &mut console),
    }
    if let Some(step) = step {
        step.tell(&report, &mut console);
    }
    let remembered = last.remember(&report.cases);
    if !report.lost.is_empty() {
        return Err(CliError::faults(report.lost));
    }
    let relied_on = options.last_failed || options.failed_first || options.verbose;
    if let Some(why) = remembered.err().filter(|_| relied_on) {
        console.note(&format!("cannot remember what failed: {why}"));
    }
    Ok(report.conclusion())
}

/// Writes the last events. Gives the reasons of those that could not be written.
fn end(live: Live, report: &Report) -> Vec<String> {
    if live.is_empty() {
        return Vec::new();
    }
    match unless_signalled(live.finish(report)) {
        Ok(Some(lost)) => lost,
        Ok(None) => vec!["the last events are not written: interrupted".to_owned()],
        Err(error) => vec![format!("the last events are not written: {error}")],
    }
}

/// Prints what went wrong, then the summary.
fn show(report: &Report, options: &RunOptions, console: &mut Console) {
    let failures = match options.all {
        true => Failures::All,
        false => Failures::ByCause,
    };
    let detail = match options.verbose {
        true => Detail::Verbose,
        false => Detail::Usual,
    };
    console.print(&human::report(report, console.look(), failures, detail));
}
