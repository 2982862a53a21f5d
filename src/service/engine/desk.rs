//! The desk: the director that serves callers, one invocation after the other.
//!
//! It knows one environment, from its start to its end. What callers bring waits outside until [`Desk::is_free`], or starts a
//! fresh environment.

use super::came::Came;
use super::command::{Command, Served, Timer};
use super::environment::Environment;
use super::event::{Event, Invoke};
use crate::protocol::{ForExtensions, Function, LogFormat, Mode, Returned};
use crate::service::Outgoing;
use crate::transcript::EndReason;

/// What the desk needs to know.
#[derive(Clone, Debug)]
pub struct DeskOptions {
    /// How the service runs the function.
    pub mode: Mode,
    /// The function.
    pub function: Function,
    /// The format in which it logs.
    pub log_format: LogFormat,
    /// The names of the external extensions.
    pub extensions: Vec<String>,
    /// How long an invocation may take, in milliseconds.
    pub timeout_ms: u64,
    /// How long a start may take until the first poll, in milliseconds.
    pub init_ms: u64,
}

/// The director of one environment that serves callers.
#[derive(Debug)]
pub struct Desk {
    environment: Environment,
    options: DeskOptions,
    /// The invocation that has not ended: the runtime has not asked for the next event.
    current: Option<usize>,
    /// Whether the runtime has asked for its first event.
    is_up: bool,
    ended: bool,
}

impl Desk {
    /// The director of a fresh environment.
    pub fn new(options: DeskOptions) -> Self {
        let function = options.function.clone();
        let offered = ForExtensions::Offered;
        Self {
            environment: Environment::new(
                options.mode,
                function,
                options.log_format,
                offered,
                &options.extensions,
            ),
            options,
            current: None,
            is_up: false,
            ended: false,
        }
    }

    /// What to do at the start.
    pub fn begin(&mut self, now_unix_ms: u64) -> Vec<Command> {
        let (timer, after_ms) = (Timer::Startup, self.options.init_ms);
        self.environment.now_unix_ms = now_unix_ms;
        self.environment.begin();
        let mut commands = vec![Command::Arm { timer, after_ms }];
        self.advance(now_unix_ms, &mut commands);
        commands
    }

    /// Whether the runtime waits for an event, and nobody has brought one.
    pub fn is_free(&self) -> bool {
        self.is_idle() && self.environment.first_poll().is_some() && self.environment.may_invoke()
    }

    /// Whether no caller waits for this environment, which is not ending.
    pub fn is_idle(&self) -> bool {
        self.current.is_none()
            && self.environment.first_queued().is_none()
            && self.environment.ending.is_none()
    }

    /// Whether the runtime has asked for its first event.
    pub fn is_up(&self) -> bool {
        self.is_up
    }

    /// Whether an invocation is in progress.
    pub fn is_busy(&self) -> bool {
        self.current.is_some()
    }

    /// Who reads the answer that this exchange brings as it comes.
    pub fn reader_of(&self, exchange: usize) -> Option<usize> {
        self.environment.reader_of(exchange)
    }

    /// Whether somebody may want to hear what the processes print.
    pub fn wants_lines(&self) -> bool {
        self.environment.telemetry().wants_lines()
    }

    /// Whether somebody has subscribed to telemetry.
    pub fn is_watched(&self) -> bool {
        self.environment.telemetry().has_subscribers()
    }

    /// What to do now that this has happened.
    pub fn on(&mut self, event: Event, now_unix_ms: u64) -> Vec<Command> {
        let mut commands = Vec::new();
        self.environment.now_unix_ms = now_unix_ms;
        match event {
            Event::Timer(timer) => self.on_timer(timer, now_unix_ms),
            Event::Excess => self.shut_down("failure", now_unix_ms),
            event @ (Event::Head(_)
            | Event::Data { .. }
            | Event::End { .. }
            | Event::Broken { .. }
            | Event::Dropped { .. }
            | Event::Written { .. }
            | Event::Exited(_)
            | Event::Invoke(_)
            | Event::Telemetry(_)
            | Event::Visited { .. }) => {
                let came = self.environment.take(event);
                if let Some((exchange, came)) = came {
                    commands.extend(answer(exchange, came));
                }
            }
        }
        self.advance(now_unix_ms, &mut commands);
        commands
    }

    fn on_timer(&mut self, timer: Timer, now_unix_ms: u64) {
        match timer {
            Timer::Startup if !self.is_up => self.time_out(self.options.init_ms, now_unix_ms),
            Timer::Invocation(invocation) if self.current == Some(invocation) => {
                self.time_out(self.options.timeout_ms, now_unix_ms);
            }
            Timer::Shutdown(actor) => self.environment.is_late(actor),
            Timer::Batch { .. } | Timer::Again { .. } | Timer::Drain => {
                self.environment.take_time(timer);
            }
            Timer::Startup
            | Timer::Invocation(_)
            | Timer::Case
            | Timer::Step(_)
            | Timer::Pause(_) => {}
            Timer::Reply { exchange } => self.environment.refuse_poll(exchange),
        }
    }

    /// The callers are told, and the environment ends.
    fn time_out(&mut self, after_ms: u64, now_unix_ms: u64) {
        self.environment
            .give_up(|request_id| Returned::timed_out(request_id, after_ms));
        self.shut_down("timeout", now_unix_ms);
    }

    /// The environment is no longer needed: its extensions are told, and end.
    pub fn retire(&mut self, now_unix_ms: u64) -> Vec<Command> {
        let mut commands = Vec::new();
        self.environment.now_unix_ms = now_unix_ms;
        self.shut_down("spindown", now_unix_ms);
        self.advance(now_unix_ms, &mut commands);
        commands
    }

    fn shut_down(&mut self, reason: &'static str, now_unix_ms: u64) {
        if self.environment.ending.is_none() {
            let budget_ms = self.environment.extensions().shutdown_ms();
            self.environment.shut_down(reason, budget_ms, now_unix_ms);
        }
    }

    /// Does what follows from the state.
    fn advance(&mut self, now_unix_ms: u64, commands: &mut Vec<Command>) {
        if self.environment.has_exited() || self.environment.crashed.is_some() {
            self.shut_down("failure", now_unix_ms);
        }
        if self.environment.first_poll().is_some() {
            self.is_up = true;
            self.current = self.current.filter(|_| !self.environment.may_invoke());
        }
        if self.current.is_none() {
            commands.extend(self.deliver(now_unix_ms).into_iter().flatten());
        }
        let returned = self.environment.take_returned().into_iter();
        commands.extend(returned.map(|(caller, returned)| Command::Return { caller, returned }));
        commands.extend(self.environment.take_tasks());
        commands.extend(self.environment.take_due());
        if self.environment.is_over() && !self.ended {
            self.ended = true;
            commands.push(Command::End(EndReason::Exited));
        }
    }

    /// Delivers the first event that waits, if the runtime waits for one.
    fn deliver(&mut self, now_unix_ms: u64) -> Option<[Command; 2]> {
        self.environment
            .first_poll()
            .filter(|_| self.environment.may_invoke() && self.environment.ending.is_none())?;
        let invoke = self.environment.take_first_queued()?;
        let served = self.served(invoke, now_unix_ms);
        let exchange = self.environment.deliver(&served)?;
        self.current = Some(served.invocation);
        let timer = Timer::Invocation(served.invocation);
        let after_ms = self.options.timeout_ms;
        Some([
            Command::Deliver { exchange, served },
            Command::Arm { timer, after_ms },
        ])
    }

    fn served(&self, invoke: Invoke, now_unix_ms: u64) -> Served {
        let deadline_ms = now_unix_ms.saturating_add(self.options.timeout_ms);
        let deadline_ms = i64::try_from(deadline_ms).unwrap_or(i64::MAX);
        let request_id = invoke.request_id.clone().unwrap_or_default();
        let headers = self
            .environment
            .headers(&request_id, deadline_ms, Some(&invoke));
        Served {
            invocation: self.environment.served(),
            name: None,
            step: 0,
            request_id,
            caller: Some(invoke.caller),
            reads: invoke.reads,
            reply: Outgoing::event(headers, invoke.event, crate::case::Shape::default()),
        }
    }
}

/// The service's own answer to a call.
fn answer(exchange: usize, came: Came) -> Option<Command> {
    match came {
        Came::Held => None,
        Came::Nowhere(reply) => Some(Command::Reply { exchange, reply }),
        Came::Again(served) => Some(Command::Deliver { exchange, served }),
        Came::Report(report) => Some(Command::Reply {
            exchange,
            reply: report.reply,
        }),
        Came::Other(reply) => reply.map(|reply| Command::Reply { exchange, reply }),
    }
}

#[cfg(test)]
mod tests;
