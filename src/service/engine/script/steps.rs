//! How the steps are tried that the environment takes part in.

use super::Script;
use crate::case::{Freeze, Refuse, Serve, Shutdown};
use crate::service::Outgoing;
use crate::service::engine::command::{Command, Served};
use crate::service::engine::track::{Met, Track};
use crate::service::outgoing::override_headers;

impl Script {
    pub(super) fn try_serve(
        &mut self,
        track: &mut Track,
        serve: &Serve,
        now_unix_ms: u64,
        commands: &mut Vec<Command>,
    ) -> Met {
        self.environment
            .first_poll()
            .filter(|_| self.environment.may_invoke())?;
        if !track.paused(serve.hold_ms, commands) {
            return None;
        }
        let served = self.make(track.step(), serve, now_unix_ms);
        let exchange = self.environment.deliver(&served)?;
        track.serves(served.invocation, serve.name.as_deref());
        self.do_due(commands);
        commands.push(Command::Deliver { exchange, served });
        Some(Some(exchange))
    }

    fn make(&self, step: usize, serve: &Serve, now_unix_ms: u64) -> Served {
        let invocation = self.served();
        let request_id = serve
            .request_id
            .clone()
            .or_else(|| self.options.request_ids.get(invocation).cloned())
            .unwrap_or_else(|| format!("ricspec-{invocation}"));
        let deadline_ms = i64::try_from(now_unix_ms)
            .unwrap_or(i64::MAX)
            .saturating_add(serve.timeout_ms);
        let mut headers = self.environment.headers(&request_id, deadline_ms);
        override_headers(&mut headers, &serve.headers);
        let event = serve.event.bytes().unwrap_or_default();
        Served {
            invocation,
            name: serve.name.clone(),
            step,
            request_id,
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
        self.environment.first_poll()?;
        if !track.paused(refuse.hold_ms, commands) {
            return None;
        }
        let exchange = self.environment.take_poll()?;
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
        let exited = self.environment.has_exited();
        if track.is_before_pause() && self.environment.first_poll().is_none() {
            return exited.then_some(None);
        }
        let over = track.paused(ms, commands);
        while let Some(exchange) = self.environment.take_poll() {
            self.waste(exchange, Outgoing::refusal(refuse), commands);
        }
        (over || exited).then_some(None)
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

    /// Stops all processes for a time. A call that waits for the environment to be restored is let go after it.
    pub(super) fn try_freeze(
        &mut self,
        track: &mut Track,
        freeze: &Freeze,
        commands: &mut Vec<Command>,
    ) -> Met {
        if track.is_before_pause() {
            commands.push(Command::Freeze);
        }
        if !track.paused(freeze.ms, commands) {
            return None;
        }
        commands.push(Command::Thaw);
        let restored = self.environment.restore();
        commands.extend(restored.map(|exchange| Command::Reply {
            exchange,
            reply: Outgoing::restored(),
        }));
        Some(None)
    }
}
