//! The screen during a run: a line as each case ends, and on a terminal a live line below.
//!
//! I/O. Results go to one stream, the live line to standard error.

mod relay;
mod scribe;
mod stream;

pub use relay::Relay;
pub use scribe::Scribe;
pub use stream::{Print, Stream, complain, exit_code, note, tell};

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::report::{Look, Printable, human};
use crate::verdict::{CaseResult, Verdict};

/// How often the live line is drawn.
pub const TICK: Duration = Duration::from_millis(250);

/// A case in play for longer is named in the live line.
const SLOW: Duration = Duration::from_secs(2);

/// How many slow cases are named.
const NAMED_MAX: usize = 3;

/// Which results are shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Telling {
    /// All.
    #[default]
    All,
    /// Only failures.
    Trouble,
}

/// The screen.
pub struct Console {
    out: Stream,
    look: Look,
    telling: Telling,
    /// How many columns the live line has; `None` without a terminal.
    live: Option<usize>,
    drawn: bool,
    /// The part of the work being done, if there is more than one, and since when.
    part: Option<(String, Instant)>,
    total: usize,
    ended: usize,
    failed: usize,
    running: BTreeMap<String, Instant>,
}

impl Console {
    /// A screen on a stream. If a report goes to standard output, text for people goes to standard error.
    pub fn new(out: Stream, look: Look, telling: Telling) -> Self {
        if out == Stream::Err {
            stream::take_output();
        }
        let capable = std::env::var_os("TERM").is_none_or(|name| name != "dumb");
        Self {
            out,
            look,
            telling,
            live: Stream::Err.terminal().filter(|_| capable),
            drawn: false,
            part: None,
            total: 0,
            ended: 0,
            failed: 0,
            running: BTreeMap::new(),
        }
    }

    /// The stream for results.
    pub fn out(&self) -> Stream {
        self.out
    }

    /// The look of its texts.
    pub fn look(&self) -> Look {
        self.look
    }

    /// Starts a part of the work whose cases are not known yet.
    pub fn part(&mut self, what: &str) {
        self.part = Some((what.to_owned(), Instant::now()));
        (self.total, self.ended, self.failed) = (0, 0, 0);
        self.running.clear();
    }

    /// Sets the number of cases.
    pub fn expect(&mut self, total: usize) {
        self.total = total;
    }

    /// A case has begun.
    pub fn began(&mut self, id: &str) {
        self.running.insert(id.to_owned(), Instant::now());
    }

    /// A case has ended.
    pub fn ended(&mut self, result: &CaseResult) {
        self.running.remove(&result.id);
        self.ended += 1;
        let trouble = match result.verdict {
            Verdict::Pass | Verdict::Skip | Verdict::ExpectedFailure => false,
            Verdict::Flaky
            | Verdict::Fail
            | Verdict::UnexpectedPass
            | Verdict::Inconclusive
            | Verdict::Error => true,
        };
        self.failed += usize::from(trouble);
        if trouble || self.telling == Telling::All {
            self.print(&human::line(result, self.look.style));
        }
    }

    /// Prints text for people, or commands for GitHub. If its reader has gone, the run goes on.
    pub fn print(&mut self, text: &impl Print) {
        self.wipe();
        self.out.print(text);
    }

    /// Prints a note on its own lines.
    pub fn note(&mut self, text: &str) {
        self.print(&(Printable::of("note: ") + text + "\n"));
    }

    /// Draws the live line, on a terminal.
    pub fn draw(&mut self) {
        let idle = self.ended == self.total && self.part.is_none();
        if self.live.is_none() || idle {
            return;
        }
        // The width of the terminal may have changed. A line that reaches the last column may take two lines.
        let columns = Stream::Err.terminal().unwrap_or_default();
        let line = self.live_line(Instant::now());
        let line = Printable::line(&line).start(columns.saturating_sub(1));
        Stream::Err.redraw(&line);
        self.drawn = true;
    }

    fn live_line(&self, now: Instant) -> String {
        let mut slow: Vec<(Duration, &str)> = self
            .running
            .iter()
            .map(|(id, began)| (now.saturating_duration_since(*began), id.as_str()))
            .filter(|(time, _)| *time >= SLOW)
            .collect();
        slow.sort_by(|one, other| other.cmp(one));
        let names: Vec<String> = slow
            .iter()
            .take(NAMED_MAX)
            .map(|(time, id)| format!("{id} {} s", time.as_secs()))
            .collect();
        let more = slow.len().saturating_sub(NAMED_MAX);
        let mut line = match &self.part {
            Some((what, since)) if self.total == 0 => {
                let time = now.saturating_duration_since(*since).as_secs();
                return format!("{what}, {time} s");
            }
            Some((what, _)) => format!("{what}: "),
            None => String::new(),
        };
        line.push_str(&format!(
            "{}/{} cases, {} not green, {} in play",
            self.ended,
            self.total,
            self.failed,
            self.running.len()
        ));
        if !names.is_empty() {
            line.push_str(&format!("; slow: {}", names.join(", ")));
        }
        if more > 0 {
            line.push_str(&format!(" and {more} more"));
        }
        line
    }

    /// Removes the live line.
    pub fn wipe(&mut self) {
        if std::mem::take(&mut self.drawn) {
            Stream::Err.redraw(&Printable::default());
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Style;

    #[test]
    fn the_live_line_names_what_is_slow() {
        let mut console = Console::new(Stream::Out, Style::Plain.into(), Telling::All);
        console.expect(9);
        let now = Instant::now();
        for (id, seconds) in [("a/a", 1), ("a/b", 3), ("a/c", 9), ("a/d", 4), ("a/e", 5)] {
            let began = now.checked_sub(Duration::from_secs(seconds)).expect("time");
            console.running.insert(id.to_owned(), began);
        }
        assert_eq!(
            console.live_line(now),
            "0/9 cases, 0 not green, 5 in play; slow: a/c 9 s, a/e 5 s, a/d 4 s and 1 more"
        );
    }
}
