//! How each kind of step is tried: `Some` when it is met, with the exchange that met it, if one did.

use super::{Pause, ProcessState, Script};
use crate::case::{Expect, Refuse, Serve, What};
use crate::protocol::{Invocation, header};
use crate::service::outgoing::{Outgoing, override_headers, own};
use crate::service::stimulus::{Action, Served};
use crate::transcript::on_the_wire;

impl Script {
    pub(super) fn try_serve(
        &mut self,
        serve: &Serve,
        now_unix_ms: u64,
        actions: &mut Vec<Action>,
    ) -> Option<Option<usize>> {
        if self.polls.is_empty() || !self.paused(serve.hold_ms, actions) {
            return None;
        }
        let exchange = self.polls.pop_front()?;
        let served = self.make(serve, now_unix_ms);
        let invocation_id =
            value_of(&served.reply.headers, header::INVOCATION_ID).map(|value| on_the_wire(&value));
        // An empty one is none, so that no echo of it is looked at.
        let invocation_id = invocation_id.filter(|id| !id.is_empty());
        self.lifecycle.dispatch(Invocation {
            request_id: served.request_id.clone(),
            invocation_id,
        });
        let reply = served.reply.clone();
        self.latest = Some(served);
        let invocation = self.served;
        self.served += 1;
        self.delivering = Some(exchange);
        actions.push(Action::Deliver {
            exchange,
            invocation,
            step: self.cursor,
            reply,
        });
        Some(Some(exchange))
    }

    fn make(&self, serve: &Serve, now_unix_ms: u64) -> Served {
        let index = self.served;
        let request_id = serve
            .request_id
            .clone()
            .or_else(|| self.options.request_ids.get(index).cloned())
            .unwrap_or_else(|| format!("ricspec-{index}"));
        let deadline_ms = i64::try_from(now_unix_ms)
            .unwrap_or(i64::MAX)
            .saturating_add(serve.timeout_ms);
        let trace = format!(
            "Root=1-5759e988-{:024x};Parent=53995c3f42cd8ad8;Sampled=1",
            0xbd86_2e3f_e1be_u64 + index as u64
        );
        let mut headers = vec![
            own(("Content-Type", "application/json")),
            own((header::REQUEST_ID, &request_id)),
            own((header::DEADLINE_MS, &deadline_ms.to_string())),
            own((header::FUNCTION_ARN, &self.options.function.arn())),
            own((header::TRACE_ID, &trace)),
        ];
        override_headers(&mut headers, &serve.headers);
        let event = serve.event.bytes().unwrap_or_default();
        Served {
            name: serve.name.clone(),
            request_id,
            reply: Outgoing::event(headers, event, serve.shape.clone()),
        }
    }

    pub(super) fn try_refuse(
        &mut self,
        refuse: &Refuse,
        actions: &mut Vec<Action>,
    ) -> Option<Option<usize>> {
        if let Some(ms) = refuse.for_ms {
            return self.refuse_all(refuse, ms, actions);
        }
        if self.polls.is_empty() || !self.paused(refuse.hold_ms, actions) {
            return None;
        }
        let exchange = self.polls.pop_front()?;
        actions.push(Action::Reply {
            exchange,
            reply: Outgoing::refusal(refuse),
        });
        Some(Some(exchange))
    }

    /// Refuses every poll, for a time from the first one, or until the process has ended.
    fn refuse_all(
        &mut self,
        refuse: &Refuse,
        ms: u64,
        actions: &mut Vec<Action>,
    ) -> Option<Option<usize>> {
        let exited = self.process == ProcessState::Exited;
        if self.pause == Pause::Ahead && self.polls.is_empty() {
            return exited.then_some(None);
        }
        let over = self.paused(ms, actions);
        while let Some(exchange) = self.polls.pop_front() {
            self.waste(exchange, Outgoing::refusal(refuse), actions);
        }
        (over || exited).then_some(None)
    }

    pub(super) fn try_expect(&mut self, expect: &Expect) -> Option<Option<usize>> {
        if let Some(exchange) = self.early.take() {
            return Some(Some(exchange));
        }
        let poll = || self.polls.front().map(|exchange| Some(*exchange));
        let exit = || (self.process == ProcessState::Exited).then_some(None);
        match expect.call {
            What::Next => poll(),
            What::Exit => exit(),
            What::ExitOrNext => exit().or_else(poll),
            What::AnswerOrExit => exit(),
            What::Response | What::Error | What::Answer | What::InitError => None,
        }
    }

    pub(super) fn try_freeze(
        &mut self,
        ms: u64,
        actions: &mut Vec<Action>,
    ) -> Option<Option<usize>> {
        if self.pause == Pause::Ahead {
            actions.push(Action::Freeze);
        }
        let over = self.paused(ms, actions);
        if over {
            actions.push(Action::Thaw);
        }
        over.then_some(None)
    }
}

fn value_of(headers: &[(String, String)], name: &str) -> Option<String> {
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.clone())
}
