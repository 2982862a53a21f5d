//! The script: the director that acts a case.
//!
//! [`Script::on`] takes what happened and gives what to do. The environment answers every call as the service would; the
//! steps of the case say when events are delivered, what is waited for, and where the service misbehaves.

mod crash;
mod halted;
mod limits;
mod log_format;
mod steps;

use std::collections::BTreeMap;

use super::came::{Came, Report};
use super::command::{Command, Served, Timer};
use super::environment::Environment;
use super::event::Event;
use super::track::Track;
use crate::case::{Ack, Case, Reason, Shape, Signal, Step, What};
use crate::protocol::{Actor, Companion, ForExtensions, Function, Moment};
use crate::service::Outgoing;
use crate::transcript::EndReason;
use log_format::log_format;

/// Calls that lead nowhere (refused, or a redelivery) before the script gives up; a hot loop makes hundreds a second.
const WASTED_CALLS_MAX: usize = 30;

/// What the script needs in addition to the case.
#[derive(Clone, Debug)]
pub struct ScriptOptions {
    /// How long the runtime may take until its first call, in milliseconds.
    pub startup_ms: u64,
    /// Multiplies deadlines, not pauses.
    pub time_scale: f64,
    /// The function.
    pub function: Function,
    /// A fresh request id for each invocation.
    pub request_ids: Vec<String>,
}

/// An event that the script brought to the invoke door.
#[derive(Debug)]
struct Visited {
    request_id: String,
    /// Once the event has gone out.
    invocation: Option<usize>,
    /// Whether it has its answer.
    returned: bool,
}

/// The script of one case, as far as it has come.
#[derive(Debug)]
pub struct Script {
    environment: Environment,
    /// The process under test.
    target: Actor,
    /// What each extension does.
    companions: Vec<Companion>,
    tracks: Vec<Track>,
    /// Held replies.
    kept_back: BTreeMap<usize, Outgoing>,
    /// How the case answers polls of extensions that have met a wait.
    overruled: BTreeMap<usize, Ack>,
    /// How the case answers the registrations of an actor from now on.
    denied: BTreeMap<Actor, Ack>,
    /// How the case answers each call that waits for a restore from now on.
    restore_denied: Option<Ack>,
    /// Events that it brought to the invoke door, by their steps.
    visits: BTreeMap<usize, Visited>,
    wasted: usize,
    ended: bool,
    deadline_ms: u64,
    options: ScriptOptions,
}

impl Script {
    /// The script of a case, before anything has happened.
    pub fn new(case: &Case, options: ScriptOptions) -> Self {
        let for_extensions = match (case.extensions, case.service_fails_at, case.telemetry) {
            (true, Some(call), _) => ForExtensions::Failing(call),
            (true, None, true) => ForExtensions::Offered,
            (true, None, false) => ForExtensions::WithoutTelemetry,
            (false, ..) => ForExtensions::Missing,
        };
        let format = log_format(case);
        let names = case.actors.iter().map(|actor| actor.name.clone());
        let extensions: Vec<String> = names.collect();
        let function = options.function.clone();
        Self {
            environment: Environment::new(case.mode, function, format, for_extensions, &extensions),
            target: case.target(),
            companions: case.actors.iter().map(|actor| actor.does).collect(),
            tracks: Track::all(case),
            kept_back: BTreeMap::new(),
            overruled: BTreeMap::new(),
            denied: BTreeMap::new(),
            restore_denied: None,
            visits: BTreeMap::new(),
            wasted: 0,
            ended: false,
            deadline_ms: case.deadline_ms,
            options,
        }
    }

    /// How many events have gone out.
    pub fn served(&self) -> usize {
        self.environment.served()
    }

    /// What to do at the start.
    pub fn begin(&mut self, now_unix_ms: u64) -> Vec<Command> {
        let mut commands = Vec::new();
        self.environment.now_unix_ms = now_unix_ms;
        self.environment.begin();
        self.do_due(&mut commands);
        self.advance(now_unix_ms, &mut commands);
        commands
    }

    /// Does what the environment wants beyond answers.
    fn do_due(&mut self, commands: &mut Vec<Command>) {
        commands.extend(self.environment.take_tasks());
        for command in self.environment.take_due() {
            let is_start = matches!(command, Command::Launch(_));
            if let Command::Reply { exchange, reply } = command {
                let ack = self.overruled.remove(&exchange).unwrap_or_default();
                self.reply(exchange, reply, &ack, commands);
            } else {
                commands.push(command);
            }
            if is_start {
                let after_ms = self.scaled(self.options.startup_ms);
                let timer = Timer::Startup;
                commands.push(Command::Arm { timer, after_ms });
            }
        }
    }

    /// Continues with more steps after the last one was met; `ids` are for their events.
    pub fn go_on(&mut self, steps: Vec<Step>, ids: Vec<String>, now_unix_ms: u64) -> Vec<Command> {
        if let Some(track) = self.tracks.last_mut() {
            track.extend(steps);
        }
        self.options.request_ids.truncate(self.served());
        self.options.request_ids.extend(ids);
        self.ended = false;
        self.environment.now_unix_ms = now_unix_ms;
        let mut commands = Vec::new();
        self.advance(now_unix_ms, &mut commands);
        commands
    }

    /// What to do now that this has happened.
    pub fn on(&mut self, event: Event, now_unix_ms: u64) -> Vec<Command> {
        let mut commands = Vec::new();
        self.environment.now_unix_ms = now_unix_ms;
        match event {
            Event::Excess => self.end(EndReason::Excess, &mut commands),
            Event::Timer(timer) => self.on_timer(timer, &mut commands),
            Event::Visited { request_id } => {
                let mut visits = self.visits.values_mut();
                let visit = visits.find(|visit| visit.request_id == request_id);
                visit.into_iter().for_each(|visit| visit.returned = true);
            }
            event @ (Event::Head(_)
            | Event::Data { .. }
            | Event::End { .. }
            | Event::Broken { .. }
            | Event::Dropped { .. }
            | Event::Written { .. }
            | Event::Exited(_)
            | Event::Invoke(_)
            | Event::Telemetry(_)) => {
                let calls = self.environment.calls();
                let data = event.brings_data();
                let came = self.environment.take(event);
                let came = came.or_else(|| self.answered_early(data?));
                if calls == 0 && self.environment.calls() > 0 {
                    self.begin_time(&mut commands);
                }
                if let Some((exchange, came)) = came {
                    self.on_call(exchange, came, &mut commands);
                }
                self.end_after_crash(now_unix_ms, &mut commands);
                let returned = self.environment.take_returned().into_iter();
                commands.extend(
                    returned.map(|(caller, returned)| Command::Return { caller, returned }),
                );
            }
        }
        self.do_due(&mut commands);
        self.advance(now_unix_ms, &mut commands);
        commands
    }

    /// An answer whose end the case does not wait for, once enough of it has come.
    fn answered_early(&mut self, exchange: usize) -> Option<(usize, Came)> {
        let (invocation, bytes) = self.environment.arriving_answer(exchange)?;
        let mut tracks = self.tracks.iter().filter(|_| !self.ended);
        tracks.find(|track| track.is_answered_after(invocation, bytes))?;
        self.environment.end_early(exchange)
    }

    fn end(&mut self, reason: EndReason, commands: &mut Vec<Command>) {
        if !self.ended {
            self.ended = true;
            commands.push(Command::End(reason));
        }
    }

    fn on_call(&mut self, exchange: usize, came: Came, commands: &mut Vec<Command>) {
        match came {
            Came::Held => self.deny_restore(commands),
            Came::Nowhere(reply) => self.waste(exchange, reply, commands),
            Came::Again(served) => {
                let reply = Outgoing {
                    shape: Shape::default(),
                    ..served.reply
                };
                commands.push(Command::Deliver {
                    exchange,
                    served: Served { reply, ..served },
                });
                self.count_wasted(commands);
            }
            Came::Report(report) => self.on_report(exchange, report, commands),
            // It changes nothing else: no step or time limit depends on it, and it never counts as too many calls.
            Came::Other(None) => {}
            Came::Other(Some(reply)) => self.on_other(exchange, reply, commands),
        }
    }

    /// A call that leads nowhere is answered, up to a limit.
    fn waste(&mut self, exchange: usize, reply: Outgoing, commands: &mut Vec<Command>) {
        commands.push(Command::Reply { exchange, reply });
        self.count_wasted(commands);
    }

    fn count_wasted(&mut self, commands: &mut Vec<Command>) {
        self.wasted += 1;
        if self.wasted > WASTED_CALLS_MAX {
            self.end(EndReason::Flood, commands);
        }
    }

    /// Answers a call of an extension as the case demands. A registration that was refused is refused again.
    fn on_other(&mut self, exchange: usize, reply: Outgoing, commands: &mut Vec<Command>) {
        let registered = |actor: Actor| self.environment.registration_of(actor) == Some(exchange);
        let mut tracks = self.tracks.iter().filter(|_| !self.ended);
        let meant = tracks.find_map(|track| {
            let ack = track.ack_of(exchange, &self.environment)?;
            Some((track.actor, ack.clone()))
        });
        let again = || {
            let mut denied = self.denied.iter();
            let (actor, ack) = denied.find(|(actor, _)| registered(**actor))?;
            Some((*actor, ack.clone()))
        };
        let (actor, ack) = meant
            .or_else(again)
            .unwrap_or((Actor::Runtime, Ack::default()));
        if ack.denies() {
            self.environment.forget(actor);
        }
        if ack.status.is_some_and(|status| status >= 400) {
            self.denied.insert(actor, ack.clone());
        }
        let is_refused = ack.status.unwrap_or(reply.status) >= 400;
        self.reply(exchange, reply, &ack, commands);
        if is_refused && self.target != Actor::Runtime {
            self.count_wasted(commands);
        }
    }

    /// Answers a report as the track demands that waits for it, if one does.
    fn on_report(&mut self, exchange: usize, report: Report, commands: &mut Vec<Command>) {
        let mut tracks = self.tracks.iter_mut().filter(|_| !self.ended);
        let ack = tracks.find_map(|track| track.take_report(exchange, &report, commands));
        let ack = ack.unwrap_or_default();
        if let Some(status) = ack.status {
            self.environment.overrule(status);
        }
        self.reply(exchange, report.reply, &ack, commands);
    }

    /// Answers a call as the case demands.
    fn reply(&mut self, exchange: usize, reply: Outgoing, ack: &Ack, commands: &mut Vec<Command>) {
        let reply = reply.overridden(ack);
        match ack.hold_ms {
            0 => commands.push(Command::Reply { exchange, reply }),
            after_ms => {
                self.kept_back.insert(exchange, reply);
                commands.push(Command::Arm {
                    timer: Timer::Reply { exchange },
                    after_ms,
                });
            }
        }
    }

    /// Advances the steps of all tracks as far as possible without waiting.
    fn advance(&mut self, now_unix_ms: u64, commands: &mut Vec<Command>) {
        let mut tracks = std::mem::take(&mut self.tracks);
        // What a poll of an extension is answered with must be known before an event goes out.
        let (of_runtime, beside): (Vec<&mut Track>, Vec<&mut Track>) = tracks
            .iter_mut()
            .partition(|track| track.actor == Actor::Runtime);
        for track in beside.into_iter().chain(of_runtime) {
            while !self.ended && self.step(track, now_unix_ms, commands) {}
        }
        self.tracks = tracks;
        let pausing = self.tracks.iter().any(Track::is_pausing);
        if self.tracks.iter().all(|track| track.current().is_none()) {
            self.wind_up(commands);
        } else if self.is_at_end() && !pausing {
            self.end(EndReason::Exited, commands);
        }
    }

    /// Tries the current step of a track; says whether it was met.
    fn step(&mut self, track: &mut Track, now_unix_ms: u64, commands: &mut Vec<Command>) -> bool {
        let Some(step) = track.current().cloned() else {
            return false;
        };
        if track.begin() {
            commands.push(Command::Began { step: track.step() });
            self.arm_step(track, commands);
        }
        let met = match &step {
            Step::Serve(serve) => self.try_serve(track, serve, now_unix_ms, commands),
            Step::Refuse(refuse) => self.try_refuse(track, refuse, commands),
            Step::Expect(expect) if expect.call == What::Returned => {
                let mut visits = self.visits.values().filter(|visit| visit.returned);
                let meant = visits.any(|visit| track.means(expect, visit.invocation));
                meant.then_some(None)
            }
            Step::Expect(expect) => {
                let met = track.try_expect(expect, &self.environment);
                let poll = met.flatten().filter(|_| track.actor != Actor::Runtime);
                self.overruled.extend(poll.zip(expect.ack.clone()));
                if expect.call == What::RestoreNext && met.is_some() && expect.ack.is_some() {
                    self.restore_denied.clone_from(&expect.ack);
                    self.deny_restore(commands);
                }
                met
            }
            Step::Quiet(quiet) => track.paused(quiet.ms, commands).then_some(None),
            // A signal must not come before the event.
            Step::Signal(_) | Step::Freeze(_) | Step::Shutdown(_)
                if self.environment.is_delivering() =>
            {
                None
            }
            Step::Signal(signal) => {
                match **signal {
                    Signal::Term => commands.push(Command::Terminate(track.actor)),
                }
                Some(None)
            }
            Step::Freeze(freeze) => self.try_freeze(track, freeze, commands),
            Step::Measure(_) => {
                commands.push(Command::Measure);
                Some(None)
            }
            // An environment that is not needed any more has no invocation.
            Step::Shutdown(shutdown)
                if shutdown.reason == Reason::Spindown && !self.environment.is_idle() =>
            {
                None
            }
            Step::Shutdown(shutdown)
                if shutdown.reason == Reason::Failure && self.awaits_crash() =>
            {
                None
            }
            Step::Deliver(deliver) => self.try_deliver(track, deliver, commands),
            Step::Shutdown(shutdown) => {
                self.shut_down(shutdown, now_unix_ms, commands);
                Some(None)
            }
        };
        if let Some(exchange) = met {
            track.met(exchange, commands);
        }
        met.is_some()
    }

    /// All steps are met: an invocation ends only at the following poll (NEXT-11).
    fn wind_up(&mut self, commands: &mut Vec<Command>) {
        let owes_poll = self.environment.moment() == Moment::OwesPoll;
        let waits = owes_poll || !self.kept_back.is_empty() || self.environment.is_ending();
        if self.environment.is_over() || !waits {
            self.end(EndReason::Complete, commands);
        }
    }
}

#[cfg(test)]
mod tests;
