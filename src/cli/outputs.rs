//! Where the outputs of a run go: the screen and the report files.

use std::path::PathBuf;

use super::interrupt::unless_signalled;
use crate::console::{Console, Stream, Telling};
use crate::files::hold_folder;
use crate::publish::{Destination, Held, Place, PublishError, hold};
use crate::report::Content;
use crate::session::{CliError, Color, RunOptions, utf8};

/// Makes sure, before any case is played, that all outputs can be written.
pub(super) fn hold_all(options: &RunOptions) -> Result<Vec<Held>, CliError> {
    if let Some(folder) = &options.transcripts {
        utf8("--transcripts", folder)?;
        hold_folder(folder)?;
    }
    let read = [&options.baseline, &options.config].into_iter().flatten();
    hold_beside(&options.report, read.chain(&options.event))
}

/// Makes sure that all reports can be written, and that none of them overwrites what is read.
pub(super) fn hold_beside<'a>(
    reports: &[Destination],
    read: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<Vec<Held>, CliError> {
    let held = hold(reports)?;
    for path in read {
        if let Some(held) = held.iter().find(|held| held.is_at(path)) {
            let path = path.display();
            return Err(CliError::bad_input(format!(
                "--report `{}` would overwrite `{path}`, which is read; give another path",
                held.destination()
            )));
        }
    }
    Ok(held)
}

/// Writes every report, even after one that cannot be written; reports that wait for nobody come first. Gives the reasons of
/// those that could not be written. A signal gives up on a reader that does not read.
pub(super) fn publish(held: Vec<Held>, content: Content<'_>) -> Vec<String> {
    let (waiting, others): (Vec<Held>, Vec<Held>) = held.into_iter().partition(Held::may_wait);
    let failed = |done: Result<(), PublishError>| done.err().map(|error| error.to_string());
    let others = others.into_iter().map(|held| held.rendered(content)());
    let mut lost: Vec<String> = others.filter_map(failed).collect();
    for held in waiting {
        let destination = held.destination().to_string();
        let work = held.rendered(content);
        lost.extend(match unless_signalled(work) {
            Ok(Some(done)) => failed(done),
            Ok(None) => Some(format!("`{destination}` is not written: interrupted")),
            Err(error) => Some(format!("`{destination}` is not written: {error}")),
        });
    }
    lost
}

/// The screen of a run.
pub(super) fn console(options: &RunOptions) -> Console {
    shown_on(
        &options.report,
        options.color.unwrap_or_default(),
        options.quiet,
    )
}

/// If a report goes to standard output, text for people goes to standard error.
pub(super) fn shown_on(reports: &[Destination], color: Color, quiet: bool) -> Console {
    let taken = |destination: &Destination| destination.place == Place::Stdout;
    let stream = match reports.iter().any(taken) {
        true => Stream::Err,
        false => Stream::Out,
    };
    let telling = match quiet {
        true => Telling::Trouble,
        false => Telling::All,
    };
    Console::new(stream, color.look(stream), telling)
}
