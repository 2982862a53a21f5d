//! The steps that involve the environment.

use super::{Script, Visited};
use crate::case::{Close, Deliver, Freeze, Origin, Refuse, Serve, Shutdown};
use crate::protocol::Actor;
use crate::service::Outgoing;
use crate::service::engine::command::{Command, Served, Visit};
use crate::service::engine::reads::Reads;
use crate::service::engine::track::{Met, Track};
use crate::service::outgoing::override_headers;

impl Script {
    /// Whether lines of output matter.
    pub fn wants_lines(&self) -> bool {
        self.environment.telemetry().wants_lines()
    }

    /// Whether somebody has subscribed to telemetry.
    pub fn is_watched(&self) -> bool {
        self.environment.telemetry().has_subscribers()
    }

    pub(super) fn try_serve(
        &mut self,
        track: &mut Track,
        serve: &Serve,
        now_unix_ms: u64,
        commands: &mut Vec<Command>,
    ) -> Met {
        if serve.from == Origin::Caller && !self.has_come_in(track.step(), serve, commands) {
            return None;
        }
        if self.environment.first_poll().is_none() {
            // An event for a version that was published, and is not restored yet.
            self.restore(Close::Never, commands);
        }
        self.environment
            .first_poll()
            .filter(|_| self.environment.may_invoke())?;
        if !track.paused(serve.hold_ms, commands) {
            return None;
        }
        let served = self.make(track.step(), serve, now_unix_ms);
        let exchange = self.environment.deliver(&served)?;
        if let Some(visit) = self.visits.get_mut(&served.step) {
            visit.invocation = Some(served.invocation);
        }
        track.serves(served.invocation, serve.name.as_deref());
        self.do_due(commands);
        commands.push(Command::Deliver { exchange, served });
        Some(Some(exchange))
    }

    /// Whether the event of a step has come in by the invoke door; brings it there first.
    fn has_come_in(&mut self, step: usize, serve: &Serve, commands: &mut Vec<Command>) -> bool {
        if let Some(visit) = self.visits.get(&step) {
            return self.environment.is_queued(&visit.request_id);
        }
        let request_id = self.request_id(serve);
        commands.push(Command::Visit(Visit {
            name: serve.name.clone(),
            request_id: request_id.clone(),
            event: serve.event.bytes().unwrap_or_default().into(),
        }));
        let visit = Visited {
            request_id,
            invocation: None,
            returned: false,
        };
        self.visits.insert(step, visit);
        false
    }

    /// The request id of the next event. Those that wait at the invoke door have theirs.
    fn request_id(&self, serve: &Serve) -> String {
        let waiting = self.visits.values();
        let waiting = waiting.filter(|visit| visit.invocation.is_none()).count();
        let number = self.served() + waiting;
        serve
            .request_id
            .clone()
            .or_else(|| self.options.request_ids.get(number).cloned())
            .unwrap_or_else(|| format!("ricspec-{number}"))
    }

    fn make(&mut self, step: usize, serve: &Serve, now_unix_ms: u64) -> Served {
        let invocation = self.served();
        let visit = self.visits.get(&step);
        let request_id =
            visit.map_or_else(|| self.request_id(serve), |visit| visit.request_id.clone());
        let invoke = self.environment.take_queued(&request_id);
        let deadline_ms = i64::try_from(now_unix_ms)
            .unwrap_or(i64::MAX)
            .saturating_add(serve.timeout_ms);
        let mut headers = self
            .environment
            .headers(&request_id, deadline_ms, invoke.as_ref());
        override_headers(&mut headers, &serve.headers);
        let caller = invoke.as_ref().map(|invoke| invoke.caller);
        let event = match invoke {
            Some(invoke) => invoke.event,
            None => serve.event.bytes().unwrap_or_default().into(),
        };
        Served {
            invocation,
            name: serve.name.clone(),
            step,
            request_id,
            caller,
            reads: match serve.streams {
                true => Reads::Stream,
                false => Reads::Whole,
            },
            reply: Outgoing::event(headers, event, serve.shape.clone()),
        }
    }

    pub(super) fn try_refuse(
        &mut self,
        track: &mut Track,
        refuse: &Refuse,
        commands: &mut Vec<Command>,
    ) -> Met {
        if let Some(ms) = refuse.for_ms {
            return self.refuse_all(track, refuse, ms, commands);
        }
        self.environment.waiting(track.actor)?;
        if !track.paused(refuse.hold_ms, commands) {
            return None;
        }
        let exchange = self.environment.take_poll_of(track.actor)?;
        track.pass_polls(&self.environment);
        commands.push(Command::Reply {
            exchange,
            reply: Outgoing::refusal(refuse),
        });
        Some(Some(exchange))
    }

    /// Refuses every poll, for a time from the first one, or until the process has ended.
    fn refuse_all(
        &mut self,
        track: &mut Track,
        refuse: &Refuse,
        ms: u64,
        commands: &mut Vec<Command>,
    ) -> Met {
        let exited = match track.actor {
            Actor::Runtime => self.environment.has_exited(),
            actor @ Actor::Extension(_) => self.environment.has_ended_itself(actor),
        };
        if track.is_before_pause() && self.environment.waiting(track.actor).is_none() {
            return exited.then_some(None);
        }
        let over = track.paused(ms, commands);
        while let Some(exchange) = self.environment.take_poll_of(track.actor) {
            track.pass_polls(&self.environment);
            self.waste(exchange, Outgoing::refusal(refuse), commands);
        }
        (over || exited).then_some(None)
    }

    /// Sends a batch of a case, once there is a subscription.
    pub(super) fn try_deliver(
        &mut self,
        track: &mut Track,
        deliver: &Deliver,
        commands: &mut Vec<Command>,
    ) -> Met {
        let batch = deliver.batch.bytes().unwrap_or_default();
        let telemetry = self.environment.telemetry_mut();
        if !telemetry.give(track.actor, &batch, track.step()) {
            return None;
        }
        track.gives();
        self.do_due(commands);
        Some(None)
    }

    /// Ends the environment, in the time that the service gives or the case.
    pub(super) fn shut_down(
        &mut self,
        shutdown: &Shutdown,
        now_unix_ms: u64,
        commands: &mut Vec<Command>,
    ) {
        let usual = || self.environment.extensions().shutdown_ms();
        let budget_ms = self.scaled(shutdown.budget_ms.unwrap_or_else(usual));
        let reason = shutdown.reason.word();
        self.environment.shut_down(reason, budget_ms, now_unix_ms);
        self.do_due(commands);
    }

    /// Stops all processes for a time. A call that waits for the restore is answered before they go on.
    pub(super) fn try_freeze(
        &mut self,
        track: &mut Track,
        freeze: &Freeze,
        commands: &mut Vec<Command>,
    ) -> Met {
        if track.is_before_pause() {
            // The start is over, and a copy is made, when all extensions have asked for an event, too.
            let copies = self.environment.awaits_restore().is_some();
            if copies && !self.environment.may_invoke() {
                return None;
            }
            commands.push(Command::Freeze);
            if freeze.close != Close::Never {
                commands.push(Command::HangUp);
            }
        }
        if !track.paused(freeze.ms, commands) {
            return None;
        }
        // The processes go on once the reply has been written, and with it the end of its connection.
        if self.restore(freeze.close, commands) {
            return None;
        }
        commands.push(Command::Thaw);
        Some(None)
    }

    /// Answers the call that waits for a restore, if there is one.
    fn restore(&mut self, close: Close, commands: &mut Vec<Command>) -> bool {
        let restored = self.environment.restore();
        commands.extend(restored.map(|exchange| Command::Reply {
            exchange,
            reply: Outgoing::restored(close),
        }));
        restored.is_some()
    }

    /// Answers the call that waits for a restore as the case refuses it.
    pub(super) fn deny_restore(&mut self, commands: &mut Vec<Command>) {
        let Some(ack) = self.restore_denied.clone() else {
            return;
        };
        if let Some(exchange) = self.environment.refuse_restore() {
            self.reply(exchange, Outgoing::restored(Close::Never), &ack, commands);
            self.count_wasted(commands);
        }
    }
}
