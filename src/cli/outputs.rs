//! Where the outputs of a run go: the screen and the report files.

use crate::console::{Console, Stream, Telling};
use crate::files::hold_folder;
use crate::publish::{Destination, Held, Place, hold};
use crate::report::Content;
use crate::session::{CliError, RunOptions, utf8};

/// Makes sure, before any case is played, that all outputs can be written.
pub(super) fn hold_all(options: &RunOptions) -> Result<Vec<Held>, CliError> {
    if let Some(folder) = &options.transcripts {
        utf8("--transcripts", folder)?;
        hold_folder(folder)?;
    }
    let held = hold(&options.report)?;
    let read = [&options.baseline, &options.config].into_iter().flatten();
    for path in read.chain(&options.event) {
        if let Some(held) = held.iter().find(|held| held.is_at(path)) {
            let path = path.display();
            return Err(CliError::bad_input(format!(
                "--report `{}` would overwrite `{path}`, which this run reads; give another path",
                held.destination()
            )));
        }
    }
    Ok(held)
}

/// Writes every report, even after one that cannot be written. Gives the reasons of those that could not be written.
pub(super) fn publish(held: Vec<Held>, content: Content<'_>) -> Vec<String> {
    let written = held.into_iter().map(|place| place.publish(content));
    let failed = written.filter_map(Result::err);
    failed.map(|error| error.to_string()).collect()
}

/// If a report goes to standard output, text for people goes to standard error.
pub(super) fn console(options: &RunOptions) -> Console {
    let taken = |destination: &Destination| destination.place == Place::Stdout;
    let stream = match options.report.iter().any(taken) {
        true => Stream::Err,
        false => Stream::Out,
    };
    let telling = match options.quiet {
        true => Telling::Trouble,
        false => Telling::All,
    };
    let color = options.color.unwrap_or_default();
    Console::new(stream, color.look(stream), telling)
}
