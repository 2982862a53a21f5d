//! A line of steps: its cursor, and how each kind of step is tried.

use std::collections::VecDeque;
use std::ops::Range;

use super::came::{Report, ReportKind};
use super::command::{Command, Place, Timer};
use super::environment::Environment;
use crate::case::{Ack, Case, Expect, Step, What};
use crate::protocol::Actor;

/// A line of steps.
#[derive(Debug)]
pub(super) struct Track {
    /// Its index among the tracks.
    index: usize,
    /// Its subject.
    pub(super) actor: Actor,
    /// The index of its first step among the steps of the case.
    first: usize,
    steps: Vec<Step>,
    cursor: usize,
    begun: Option<usize>,
    pause: Pause,
    /// An answer that came during a freeze and meets the wait after it.
    early: Option<usize>,
    /// How many polls have met waits.
    polled: usize,
    /// The steps whose batches went out, and still have no answer that was waited for.
    given: VecDeque<usize>,
    /// The exchange of the latest answer to a batch of the service's own that met a wait.
    answered: Option<usize>,
    /// The invocation that it served last, and those that have names.
    latest: Option<usize>,
    named: Vec<(String, usize)>,
}

/// The pause of the current step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pause {
    Ahead,
    Running,
    Over,
}

/// `Some` if a step is met, with the exchange that met it, if one did.
pub(super) type Met = Option<Option<usize>>;

impl Track {
    /// The lines of steps of a case.
    pub(super) fn all(case: &Case) -> Vec<Self> {
        let line = |(index, (actor, steps)): (usize, (Actor, Range<usize>))| {
            let first = steps.start;
            let steps = case.steps.get(steps).unwrap_or_default();
            Self::new(index, actor, first, steps.to_vec())
        };
        case.lines().enumerate().map(line).collect()
    }

    fn new(index: usize, actor: Actor, first: usize, steps: Vec<Step>) -> Self {
        Self {
            index,
            actor,
            first,
            steps,
            cursor: 0,
            begun: None,
            pause: Pause::Ahead,
            early: None,
            polled: 0,
            given: VecDeque::new(),
            answered: None,
            latest: None,
            named: Vec::new(),
        }
    }

    pub(super) fn extend(&mut self, steps: Vec<Step>) {
        self.steps.extend(steps);
    }

    /// The current step; `None` at the end.
    pub(super) fn current(&self) -> Option<&Step> {
        self.steps.get(self.cursor)
    }

    /// The index of this step among the steps of the case.
    pub(super) fn step(&self) -> usize {
        self.first + self.cursor
    }

    pub(super) fn place(&self) -> Place {
        Place {
            track: self.index,
            step: self.cursor,
        }
    }

    /// Notes that the step has begun, if that is new.
    pub(super) fn begin(&mut self) -> bool {
        self.begun.replace(self.cursor) != Some(self.cursor)
    }

    /// The step is met.
    pub(super) fn met(&mut self, exchange: Option<usize>, commands: &mut Vec<Command>) {
        commands.push(Command::Met {
            step: self.step(),
            exchange,
        });
        self.cursor += 1;
        self.pause = Pause::Ahead;
    }

    /// An event of the current step is delivered.
    pub(super) fn serves(&mut self, invocation: usize, name: Option<&str>) {
        self.latest = Some(invocation);
        if let Some(name) = name {
            self.named.push((name.to_owned(), invocation));
        }
    }

    /// The pause of this step is over.
    pub(super) fn end_pause(&mut self, at: Place) {
        if at == self.place() {
            self.pause = Pause::Over;
        }
    }

    /// Whether a pause has not begun yet.
    pub(super) fn is_before_pause(&self) -> bool {
        self.pause == Pause::Ahead
    }

    pub(super) fn is_pausing(&self) -> bool {
        self.pause == Pause::Running
    }

    /// Whether the pause of the current step is over; starts it if it has not begun.
    pub(super) fn paused(&mut self, ms: u64, commands: &mut Vec<Command>) -> bool {
        if ms == 0 {
            return true;
        }
        if self.pause == Pause::Ahead {
            self.pause = Pause::Running;
            commands.push(Command::Arm {
                timer: Timer::Pause(self.place()),
                after_ms: ms,
            });
        }
        self.pause == Pause::Over
    }

    /// What it waits for.
    pub(super) fn waited_for(&self) -> Option<&Expect> {
        self.current()?.expect()
    }

    /// How the case answers a report that this track waits for; the wait is then over.
    pub(super) fn take_report(
        &mut self,
        exchange: usize,
        report: &Report,
        commands: &mut Vec<Command>,
    ) -> Option<Ack> {
        let rest = self.steps.get(self.cursor..).unwrap_or_default();
        match rest {
            [Step::Expect(expect), ..] if self.wants(expect, report) => {
                let ack = expect.ack.clone().unwrap_or_default();
                self.met(Some(exchange), commands);
                Some(ack)
            }
            // A freeze takes effect only after a while, so an answer may come first: it meets the wait that follows.
            [Step::Freeze(_), Step::Expect(expect), ..] if self.wants(expect, report) => {
                let ack = expect.ack.clone().unwrap_or_default();
                self.early = Some(exchange);
                Some(ack)
            }
            _ => None,
        }
    }

    /// Whether a report ends a wait: either kind of answer ends the wait for an answer, if the invocation is the right one.
    fn wants(&self, expect: &Expect, report: &Report) -> bool {
        match expect.call {
            What::Response | What::Error | What::Answer | What::AnswerOrExit => {
                report.kind == ReportKind::Answer && self.means(expect, report.invocation)
            }
            What::InitError => report.kind == ReportKind::InitError,
            What::RestoreError => match report.kind {
                ReportKind::RestoreError | ReportKind::InitError => true,
                ReportKind::Answer => false,
            },
            What::Next
            | What::RestoreNext
            | What::Register
            | What::Subscribe
            | What::Batch
            | What::Exit
            | What::ExitOrNext
            | What::Returned => false,
        }
    }

    /// Whether the case answers this invocation's answer now that so many bytes of it have come.
    pub(super) fn is_answered_after(&self, invocation: Option<usize>, bytes: u64) -> bool {
        let ends_early = |expect: &Expect| {
            let after = expect.ack.as_ref().and_then(|ack| ack.after_bytes);
            let of_answer = expect.call.only().is_some() || expect.call.takes_either_answer();
            of_answer && after.is_some_and(|after| bytes >= after) && self.means(expect, invocation)
        };
        self.waited_for().is_some_and(ends_early)
    }

    /// Whether this is the invocation that a wait is about.
    pub(super) fn means(&self, expect: &Expect, answered: Option<usize>) -> bool {
        let of_name = |name: &String| {
            let mut named = self.named.iter().rev();
            named.find(|(known, _)| known == name)
        };
        match &expect.of {
            Some(name) => of_name(name).is_some_and(|(_, meant)| Some(*meant) == answered),
            // An answer to an unknown id comes only if each answer is refused.
            None => answered.is_none() || answered == self.latest,
        }
    }

    /// Meets a wait without a report.
    pub(super) fn try_expect(&mut self, expect: &Expect, environment: &Environment) -> Met {
        if let Some(exchange) = self.early.take() {
            return Some(Some(exchange));
        }
        let actor = self.actor;
        let exit = || environment.has_ended_itself(actor).then_some(None);
        let mut poll = || self.next_poll(environment).map(Some);
        match expect.call {
            What::Next => poll(),
            What::RestoreNext => environment.awaits_restore().map(Some),
            What::Register => environment.registration_of(actor).map(Some),
            What::Subscribe => environment.telemetry().subscription_of(actor).map(Some),
            What::Batch => self.next_answer(expect, environment).map(Some),
            What::Exit => exit(),
            What::ExitOrNext => exit().or_else(poll),
            What::AnswerOrExit => exit(),
            What::Response
            | What::Error
            | What::Answer
            | What::InitError
            | What::RestoreError
            | What::Returned => None,
        }
    }

    /// The batch of the current step has gone out.
    pub(super) fn gives(&mut self) {
        self.given.push_back(self.step());
    }

    /// The answer that meets a wait: to the first batch of the case that has been waited for by nobody, otherwise to one of
    /// the service's own.
    fn next_answer(&mut self, expect: &Expect, environment: &Environment) -> Option<usize> {
        let telemetry = environment.telemetry();
        if let Some(step) = self.given.front() {
            let answer = telemetry.answer_to(*step)?;
            self.given.pop_front();
            return Some(answer);
        }
        let text = expect.containing.as_deref().unwrap_or_default();
        let answer = telemetry.next_answer(self.actor, text, self.answered)?;
        self.answered = Some(answer);
        Some(answer)
    }

    /// The poll of the actor that meets a wait.
    fn next_poll(&mut self, environment: &Environment) -> Option<usize> {
        if let Some(poll) = environment.poll_of(self.actor, self.polled) {
            self.polled += 1;
            return Some(poll);
        }
        // It waits for its next event, which is not one of invocations.
        let waiting = environment.waiting(self.actor);
        waiting.filter(|_| environment.waits_for_good(self.actor))
    }

    /// The latest poll was answered with something other than an event; it meets no later wait.
    pub(super) fn pass_polls(&mut self, environment: &Environment) {
        self.polled = environment.polls_of(self.actor);
    }

    /// How the case answers a call of an extension that meets the current wait.
    pub(super) fn ack_of(&self, exchange: usize, environment: &Environment) -> Option<&Ack> {
        let expect = self.waited_for()?;
        let came = match expect.call {
            What::Register => environment.registration_of(self.actor),
            What::Next => environment.poll_of(self.actor, self.polled),
            What::Subscribe
            | What::Batch
            | What::Response
            | What::Error
            | What::Answer
            | What::InitError
            | What::RestoreNext
            | What::RestoreError
            | What::Exit
            | What::ExitOrNext
            | What::AnswerOrExit
            | What::Returned => None,
        };
        expect.ack.as_ref().filter(|_| came == Some(exchange))
    }
}
