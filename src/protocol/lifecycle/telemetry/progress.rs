//! How far the environment has come: from this the service makes the events of the platform.

use super::happening::{Run, Span, Status};
use super::{Happening, Outcome, Telemetry};
use crate::protocol::{Extensions, Mode};

impl Telemetry {
    /// The environment begins.
    pub fn begin(&mut self, now_ms: u64) {
        self.course.began_ms = now_ms;
        self.tell(Happening::InitStart, now_ms);
    }

    /// The runtime says that it cannot start, or cannot be restored.
    pub fn cannot_start(&mut self, error_type: Option<&str>) {
        let known = self.error_type(error_type);
        self.course.failed.get_or_insert(known);
    }

    /// The runtime asks for its first or next event, or for its restore; it has answered what it had.
    pub fn polled(&mut self, now_ms: u64) {
        let is_first = !std::mem::replace(&mut self.course.is_ready, true);
        if is_first && self.setting.mode.is_concurrent() {
            self.tell(Happening::InitRuntimeDone(Outcome::default()), now_ms);
        }
        if let Some(began_ms) = self.course.restoring_since.take() {
            self.restored(Outcome::default(), began_ms, now_ms);
        }
        let answered = |run: &&mut Run| run.answer.is_some() && run.done_ms.is_none();
        let Some(run) = self.course.runs.iter_mut().find(answered) else {
            return;
        };
        run.done_ms = Some(now_ms);
        run.overhead = run
            .answer
            .map(|answer| Span::between(answer.end_ms(), now_ms));
        // The service counts an error that is reported as a success of the runtime.
        let done = Run {
            outcome: Outcome::default(),
            ..run.clone()
        };
        self.tell(Happening::RuntimeDone(done), now_ms);
    }

    /// Tells what is over once the extensions wait for events.
    pub fn settle(&mut self, extensions: &Extensions, now_ms: u64) {
        if !extensions.are_ready() {
            return;
        }
        if self.course.is_ready && !self.course.is_initialised {
            self.initialised(Outcome::default(), extensions, now_ms);
        }
        let is_over = |run: &mut Run| run.done_ms.is_some();
        let over: Vec<Run> = self.course.runs.extract_if(.., is_over).collect();
        for mut run in over {
            let since = run.done_ms.filter(|_| extensions.have_invoke());
            run.extensions = since.map(|since| Span::between(since, now_ms));
            self.report(run, now_ms);
        }
    }

    /// The initialisation is over, and nobody can subscribe any more.
    fn initialised(&mut self, outcome: Outcome, extensions: &Extensions, now_ms: u64) {
        self.course.is_initialised = true;
        let ms = now_ms.saturating_sub(self.course.began_ms);
        self.course.init_ms = Some(ms);
        let is_told = self.setting.mode.is_concurrent() && outcome.status == Status::Success;
        if !is_told {
            self.tell(Happening::InitRuntimeDone(outcome.clone()), now_ms);
        }
        for (name, state, events) in extensions.states() {
            let name = name.to_owned();
            self.tell(
                Happening::Extension {
                    name,
                    state,
                    events,
                },
                now_ms,
            );
        }
        self.tell(Happening::InitReport(outcome, ms), now_ms);
        self.close();
    }

    /// The environment is restored, and the runtime goes on.
    pub fn restore(&mut self, now_ms: u64) {
        self.course.restoring_since = Some(now_ms);
        self.tell(Happening::RestoreStart, now_ms);
    }

    fn restored(&mut self, outcome: Outcome, began_ms: u64, now_ms: u64) {
        let ms = now_ms.saturating_sub(began_ms);
        // An initialisation before a restore is not part of the first invocation.
        (self.course.init_ms, self.course.restore_ms) = (None, Some(ms));
        self.tell(Happening::RestoreRuntimeDone(outcome.clone()), now_ms);
        self.tell(Happening::RestoreReport(outcome, ms), now_ms);
    }

    /// An event goes out.
    pub fn started(&mut self, request_id: &str, trace: Option<&str>, now_ms: u64) {
        let run = Run {
            request_id: request_id.to_owned(),
            trace: trace.map(str::to_owned),
            began_ms: now_ms,
            init_ms: self.course.init_ms.take(),
            restore_ms: self.course.restore_ms.take(),
            ..Run::default()
        };
        self.tell(Happening::Start(run.clone()), now_ms);
        self.course.runs.push(run);
    }

    fn open(&mut self, request_id: &str) -> Option<&mut Run> {
        let mut runs = self.course.runs.iter_mut();
        runs.find(|run| run.request_id == request_id && run.answer.is_none())
    }

    /// The first bytes of an answer came.
    pub fn answer_began(&mut self, request_id: &str, now_ms: u64) {
        if let Some(run) = self.open(request_id) {
            run.latency = Some(Span::between(run.began_ms, now_ms));
        }
    }

    /// The answer is whole, and the service took it: so many bytes. An error has its type from the header.
    pub fn answered(&mut self, request_id: &str, outcome: Outcome, bytes: u64, now_ms: u64) {
        let is_managed = self.setting.mode.is_concurrent();
        let Some(run) = self.open(request_id) else {
            return;
        };
        let began_ms = run.latency.map_or(now_ms, Span::end_ms);
        run.answer = Some(Span::between(began_ms, now_ms));
        run.outcome = outcome;
        run.produced_bytes = bytes;
        if is_managed {
            run.done_ms = Some(now_ms);
            let done = |run: &mut Run| run.done_ms.is_some();
            let done: Vec<Run> = self.course.runs.extract_if(.., done).collect();
            for run in done {
                self.report(run, now_ms);
            }
        }
    }

    fn report(&mut self, run: Run, now_ms: u64) {
        self.tell(Happening::Report(run), now_ms);
    }

    /// The runtime has ended: what it had begun has failed.
    pub fn exited(&mut self, extensions: &Extensions, now_ms: u64) {
        let failed = self.course.failed.take();
        let error_type = failed.unwrap_or_else(|| "Runtime.ExitError".to_owned());
        let outcome = Outcome::error_of(error_type);
        if !self.course.is_initialised {
            self.initialised(outcome.clone(), extensions, now_ms);
        }
        if let Some(began_ms) = self.course.restoring_since.take() {
            self.restored(outcome.clone(), began_ms, now_ms);
        }
        self.fail_all(&outcome, now_ms);
    }

    /// The time of the invocations is up.
    pub fn timed_out(&mut self, now_ms: u64) {
        let outcome = Outcome {
            status: Status::Timeout,
            error_type: None,
        };
        self.fail_all(&outcome, now_ms);
    }

    fn fail_all(&mut self, outcome: &Outcome, now_ms: u64) {
        for run in std::mem::take(&mut self.course.runs) {
            let run = Run {
                outcome: outcome.clone(),
                done_ms: Some(now_ms),
                ..run
            };
            self.tell(Happening::RuntimeDone(run.clone()), now_ms);
            if outcome.status == Status::Error {
                self.tell(Happening::Fault(run.clone()), now_ms);
            }
            self.report(run, now_ms);
        }
    }

    /// The service's error type for what the header of a report says. It takes types of two forms only.
    pub fn error_type(&self, said: Option<&str>) -> String {
        let said = said.unwrap_or_default();
        let is_known = match self.setting.mode {
            Mode::OnDemand | Mode::SnapStart => has_type(said),
            Mode::ManagedInstances { .. } => is_type(said),
        };
        match is_known {
            true => said.to_owned(),
            false => "Runtime.Unknown".to_owned(),
        }
    }
}

/// `Runtime.` or `Function.`, a capital, and at least one more letter.
fn is_type(text: &str) -> bool {
    let rest = text
        .strip_prefix("Runtime.")
        .or_else(|| text.strip_prefix("Function."));
    rest.is_some_and(|rest| {
        begins_with_name(rest) && rest.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether such a type stands anywhere in a text.
fn has_type(text: &str) -> bool {
    let mut places = text
        .match_indices("Runtime.")
        .chain(text.match_indices("Function."));
    places.any(|(at, word)| text.get(at + word.len()..).is_some_and(begins_with_name))
}

fn begins_with_name(text: &str) -> bool {
    let mut letters = text.bytes();
    let first = letters.next().is_some_and(|byte| byte.is_ascii_uppercase());
    first
        && letters
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic())
}
