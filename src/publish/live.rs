//! Events of a run, written as they happen: a run never waits for their reader.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::Held;
use crate::files::Outlet;
use crate::report::{Format, ndjson};
use crate::verdict::{CaseResult, Report, Strictness};

/// How long a reader may take for what is left at the end.
const REST_WAIT: Duration = Duration::from_secs(60);

/// The places to which events go.
#[derive(Debug, Default)]
pub struct Live {
    sinks: Vec<Sink>,
    /// The cases that have ended.
    ended: BTreeSet<String>,
    strictness: Strictness,
}

/// A place, written to by a thread of its own.
#[derive(Debug)]
struct Sink {
    shown: String,
    lines: Sender<String>,
    done: Receiver<io::Result<()>>,
}

impl Live {
    /// Takes the places of events out of those of reports, and writes the first line to each.
    pub fn take(held: Vec<Held>, strictness: Strictness) -> (Self, Vec<Held>) {
        let (live, others): (Vec<Held>, Vec<Held>) = held
            .into_iter()
            .partition(|held| held.destination.format == Format::Ndjson);
        let live = Self {
            sinks: live.into_iter().map(Sink::open).collect(),
            ended: BTreeSet::new(),
            strictness,
        };
        live.tell(&ndjson::run_began(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
        ));
        (live, others)
    }

    /// Whether nobody wants events.
    pub fn is_empty(&self) -> bool {
        self.sinks.is_empty()
    }

    /// A case is in play.
    pub fn began(&self, id: &str) {
        self.tell(&ndjson::case_began(id));
    }

    /// A case has ended.
    pub fn ended(&mut self, result: &CaseResult) {
        if !self.sinks.is_empty() && self.ended.insert(result.id.clone()) {
            self.tell(&ndjson::case_ended(result, self.strictness));
        }
    }

    /// The run has ended: writes what was not told, and waits for the readers. Gives the reasons of what could not be
    /// written.
    pub fn finish(mut self, report: &Report) -> impl FnOnce() -> Vec<String> + Send + use<> {
        for case in report.by_id() {
            self.ended(case);
        }
        self.tell(&ndjson::run_ended(report));
        move || self.sinks.into_iter().filter_map(Sink::close).collect()
    }

    fn tell(&self, line: &str) {
        for sink in &self.sinks {
            // A place that cannot be written to says so at the end.
            let _ = sink.lines.send(line.to_owned());
        }
    }
}

impl Sink {
    fn open(held: Held) -> Self {
        let shown = held.destination.to_string();
        let (lines, all) = channel();
        let (told, done) = channel();
        std::thread::spawn(move || {
            let _ = told.send(write(held.outlet.as_ref(), &all));
        });
        Self { shown, lines, done }
    }

    /// Why not all is written, if so.
    fn close(self) -> Option<String> {
        let Self { shown, lines, done } = self;
        drop(lines);
        let why = match done.recv_timeout(REST_WAIT) {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => error.to_string(),
            Err(RecvTimeoutError::Timeout) => {
                format!(
                    "its reader did not take the rest within {} s",
                    REST_WAIT.as_secs()
                )
            }
            Err(RecvTimeoutError::Disconnected) => "its writer has gone".to_owned(),
        };
        Some(format!("cannot write `{shown}`: {why}"))
    }
}

fn write(outlet: Option<&Outlet>, lines: &Receiver<String>) -> io::Result<()> {
    let mut file = outlet.map(Outlet::lines).transpose()?;
    for line in lines {
        let written = match &mut file {
            Some(file) => file.write_all(line.as_bytes()),
            None => {
                let mut out = io::stdout().lock();
                out.write_all(line.as_bytes()).and_then(|()| out.flush())
            }
        };
        match written {
            // A reader that has gone, as `head` does, is no fault.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            done => done?,
        }
    }
    Ok(())
}
