//! Telemetry: what the subscribers get when something happens in the environment.

use super::command::{Command, Post, Served, Timer};
use super::environment::Environment;
use super::event::News;
use crate::http1::Head;
use crate::protocol::{Actor, AnswerKind, Call, Outcome, Route, Ruling, Task, Telemetry, header};

/// How long the end of the extensions waits until the events before it are taken, in milliseconds.
const DRAIN_MS: u64 = 1000;

impl Environment {
    /// The environment begins.
    pub(super) fn begin(&mut self) {
        let now_ms = self.now_unix_ms;
        self.telemetry_mut().begin(now_ms);
    }

    pub(super) fn telemetry(&self) -> &Telemetry {
        &self.other_apis.telemetry
    }

    pub(super) fn telemetry_mut(&mut self) -> &mut Telemetry {
        &mut self.other_apis.telemetry
    }

    /// Something that only the subscribers hear of.
    pub(super) fn take_news(&mut self, news: News) {
        let now_ms = self.now_unix_ms;
        let telemetry = self.telemetry_mut();
        match news {
            News::Line { actor, text } => telemetry.line(actor, text, now_ms),
            News::Lost { lines, bytes } => telemetry.lost(lines, bytes, now_ms),
            News::Silent => telemetry.flush(),
            News::Used { mb } => telemetry.used(mb),
            News::Posted {
                subscription,
                exchange,
                fault,
            } => {
                telemetry.posted(subscription, exchange, fault, now_ms);
                self.end_drained();
            }
        }
    }

    /// The time of something is up that only the subscribers wait for.
    pub(super) fn take_time(&mut self, timer: Timer) {
        let telemetry = self.telemetry_mut();
        match timer {
            Timer::Batch {
                subscription,
                batch,
            } => telemetry.time_is_up(subscription, batch),
            Timer::Again { subscription } => telemetry.again(subscription),
            Timer::Drain => self.end_drain(),
            Timer::Startup
            | Timer::Case
            | Timer::Step(_)
            | Timer::Pause(_)
            | Timer::Invocation(_)
            | Timer::Shutdown(_)
            | Timer::Reply { .. } => {}
        }
    }

    /// The head of an answer came.
    pub(super) fn note_head(&mut self, route: &Route) {
        let now_ms = self.now_unix_ms;
        let answered = route.endpoint().and_then(|endpoint| endpoint.answers());
        if let Some(request_id) = answered {
            self.telemetry_mut().answer_began(request_id, now_ms);
        }
    }

    /// A report came and was ruled on.
    pub(super) fn note_report(
        &mut self,
        call: &Call<'_>,
        head: &Head,
        ruling: &Ruling,
        bytes: u64,
    ) {
        let now_ms = self.now_unix_ms;
        let said = head.header(header::ERROR_TYPE);
        let telemetry = self.telemetry_mut();
        let outcome = |kind| match kind {
            AnswerKind::Response => Outcome::default(),
            AnswerKind::Error => Outcome::error_of(telemetry.error_type(said)),
        };
        match (call, ruling) {
            (Call::Answer(answer), Ruling::Accept) => {
                let outcome = outcome(answer.kind);
                telemetry.answered(answer.request_id, outcome, bytes, now_ms);
            }
            (Call::Answer(answer), Ruling::Refuse { status: 413, .. }) => {
                let outcome = Outcome::error_of("Function.ResponseSizeTooLarge");
                telemetry.answered(answer.request_id, outcome, bytes, now_ms);
            }
            (Call::InitError | Call::RestoreError, Ruling::Accept) => {
                telemetry.cannot_start(said);
            }
            (Call::Answer(_) | Call::InitError | Call::RestoreError, _)
            | (Call::Next | Call::RestoreNext, _) => {}
        }
    }

    /// The runtime waits for an event, or for its restore.
    pub(super) fn note_poll(&mut self) {
        let now_ms = self.now_unix_ms;
        self.telemetry_mut().polled(now_ms);
    }

    /// An event goes out.
    pub(super) fn note_start(&mut self, served: &Served) {
        let now_ms = self.now_unix_ms;
        let trace = served.reply.header(header::TRACE_ID);
        let trace = trace.filter(|trace| !trace.is_empty());
        let telemetry = self.telemetry_mut();
        telemetry.started(&served.request_id, trace, now_ms);
    }

    /// The environment is restored.
    pub(super) fn note_restore(&mut self) {
        let now_ms = self.now_unix_ms;
        self.telemetry_mut().restore(now_ms);
    }

    /// A process has ended.
    pub(super) fn note_end(&mut self, actor: Actor) {
        let now_ms = self.now_unix_ms;
        let apis = &mut self.other_apis;
        match actor {
            Actor::Runtime => {
                apis.telemetry.exited(&apis.extensions, now_ms);
                // An internal extension ends with the runtime.
                apis.telemetry.gone(actor);
                apis.telemetry.flush();
            }
            Actor::Extension(_) => apis.telemetry.gone(actor),
        }
    }

    /// Whether the extensions have all events of the runtime, which has ended. Otherwise their own end waits for that.
    pub(super) fn is_drained(&mut self) -> bool {
        let is_busy = self.telemetry().is_busy();
        if let Some(ending) = self.ending.as_mut().filter(|_| is_busy) {
            ending.drains = true;
            self.due.push(Command::Arm {
                timer: Timer::Drain,
                after_ms: DRAIN_MS,
            });
        }
        !is_busy
    }

    /// The end of the extensions goes on once they have all events.
    fn end_drained(&mut self) {
        if !self.telemetry().is_busy() {
            self.end_drain();
        }
    }

    /// The end of the extensions waits no longer.
    pub(super) fn end_drain(&mut self) {
        let ending = self.ending.as_mut();
        if ending.is_some_and(|ending| std::mem::take(&mut ending.drains)) {
            self.end_extensions(self.now_unix_ms);
        }
    }

    /// What the world outside must do for the subscribers.
    pub(super) fn take_tasks(&mut self) -> Vec<Command> {
        let now_ms = self.now_unix_ms;
        let apis = &mut self.other_apis;
        apis.telemetry.settle(&apis.extensions, now_ms);
        let tasks = apis.telemetry.take_tasks().into_iter();
        tasks.map(command).collect()
    }
}

fn command(task: Task) -> Command {
    match task {
        Task::Post {
            subscription,
            actor,
            destination,
            body,
        } => Command::Post(Post {
            subscription,
            actor,
            destination,
            body,
        }),
        Task::Flush {
            subscription,
            batch,
            after_ms,
        } => Command::Arm {
            timer: Timer::Batch {
                subscription,
                batch,
            },
            after_ms,
        },
        Task::Again {
            subscription,
            after_ms,
        } => Command::Arm {
            timer: Timer::Again { subscription },
            after_ms,
        },
    }
}
