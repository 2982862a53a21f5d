//! An environment tells what has happened to it, and has it audited.

use std::time::Duration;

use tokio::time::Instant;

use super::current::{Current, since};
use super::day::Day;
use super::happening::{Happening, Measured};
use super::untold::Past;
use crate::protocol::Actor;
use crate::runtime::{Heard, Running, Sound};
use crate::service::News;
use crate::transcript::{EndReason, Offset};

/// So many invocations are audited together at most, while one comes right after the other.
const TOGETHER_MAX: usize = 32;

/// So many exchanges are on record before some are forgotten.
const EXCHANGES_MAX: usize = 64;

/// The same where the record is kept: as many as one part of it has.
const PART_EXCHANGES_MAX: usize = 1000;

/// So many bytes of answers are audited together at most, about.
const TOGETHER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// After this time without an invocation, those that are over are audited: before, a caller may want the processor.
const REST: Duration = Duration::from_millis(5);

impl Day<'_> {
    /// An invocation is over.
    pub(super) fn over(&mut self, invocation: Current) {
        let duration = since(invocation.at, self.clock.now());
        let init = self.init.take();
        self.untold.push(Past::Over {
            invocation,
            duration,
            init,
        });
        self.unaudited += 1;
        self.audit = Some(Instant::now() + REST);
    }

    /// Tells what has happened.
    pub(super) fn catch_up(&mut self) {
        while let Some(past) = self.untold.next() {
            match past {
                Past::Began { request_id, event } => (self.tell)(Happening::Started {
                    request_id: &request_id,
                    event: &event,
                }),
                Past::Over {
                    invocation,
                    duration,
                    init,
                } => self.tell_over(&invocation, duration, init),
            }
        }
        let (_, bytes) = self.recorder.size();
        if self.unaudited >= TOGETHER_MAX || bytes >= TOGETHER_BYTES_MAX {
            self.audit();
        }
    }

    fn tell_over(&mut self, over: &Current, duration: Duration, init: Option<Duration>) {
        let running = self.cast.all().map(|(_, running)| running);
        let memory_kib = running
            .filter_map(Running::peak_kib)
            .reduce(|sum, peak| sum + peak);
        let measured = Measured {
            request_id: &over.request_id,
            duration,
            init,
            memory_kib,
        };
        if let Some(invocation) = self.recorder.invocation(over.number) {
            (self.tell)(Happening::Over {
                measured,
                returned: over.returned.as_ref(),
                transcript: self.recorder.record(),
                invocation,
            });
        }
    }

    /// A process has printed something.
    pub(super) fn take_heard(&mut self, heard: Heard) {
        let news = match heard.what {
            Sound::Line(text) => {
                self.tell_line(&text);
                let actor = Actor::at(heard.whose);
                News::Line { actor, text }
            }
            Sound::Lost { lines, bytes } => News::Lost { lines, bytes },
            Sound::End => News::Silent,
        };
        if self.desk.wants_lines() {
            self.news.push(news);
        }
    }

    /// Tells a line, after what has not been told.
    fn tell_line(&mut self, line: &str) {
        self.catch_up();
        if let Some(current) = &mut self.current {
            current.print(line);
        }
        let current = self.current.as_ref();
        let request_id = current.map(|current| current.request_id.as_str());
        (self.tell)(Happening::Printed { line, request_id });
    }

    /// The invocations that are over are audited, and what is long over is forgotten.
    pub(super) fn audit(&mut self) {
        self.audit = None;
        if std::mem::take(&mut self.unaudited) == 0 {
            return;
        }
        self.catch_up();
        let now = self.clock.now();
        self.recorder.end(EndReason::Complete, now);
        (self.tell)(Happening::Due {
            transcript: self.recorder.record(),
            window: (self.since, now),
        });
        self.since = now;
        self.forget(now);
    }

    fn forget(&mut self, now: Offset) {
        let (exchanges, bytes) = self.recorder.size();
        let most = match self.records {
            true => PART_EXCHANGES_MAX,
            false => EXCHANGES_MAX,
        };
        if exchanges < most && bytes < TOGETHER_BYTES_MAX {
            return;
        }
        if self.records {
            let transcript = self.recorder.record();
            (self.tell)(Happening::Recorded { transcript });
            self.recorder.go_on_from(now);
        }
        self.recorder.forget();
        self.service.forget();
    }
}
