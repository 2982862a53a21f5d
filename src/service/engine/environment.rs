//! One execution environment as the service runs it: it answers each call, and knows no steps.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::came::{Blocked, Came, Report, ReportKind};
use super::command::{Command, Served};
use super::event::{Arrival, Event, Invoke};
use super::life::{Ending, Life};
use super::reads::Reads;
use crate::http1::Head;
use crate::protocol::{
    Actor, Answer, AnswerKind, Call, Endpoint, ForExtensions, Function, HEAD_BYTES_MAX, Invocation,
    Lifecycle, LogFormat, Mode, Moment, OtherApis, OtherCall, OtherRuling, Returned, Route, Ruling,
    header, lifecycle,
};
use crate::service::Outgoing;
use crate::service::outgoing::own;
use crate::transcript::on_the_wire;

/// One execution environment.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) mode: Mode,
    function: Function,
    pub(super) lifecycle: Box<dyn Lifecycle>,
    pub(super) other_apis: OtherApis,
    /// Requests that are not complete, each with the bytes of its body so far.
    pub(super) arriving: BTreeMap<usize, (Arrival, u64)>,
    /// Reports that wait for the end of an answer.
    pub(super) blocked: Vec<Blocked>,
    /// The polls that wait for events, in the order in which they came.
    polls: VecDeque<usize>,
    /// The call that waits for the environment to be restored.
    restore: Option<usize>,
    /// The replies with events that are still being written.
    delivering: BTreeSet<usize>,
    /// What callers brought that has not gone out.
    pub(super) queue: VecDeque<Invoke>,
    /// The invocations that may be in progress.
    pub(super) in_flight: Vec<Served>,
    /// What callers get.
    pub(super) returned: Vec<(usize, Returned)>,
    /// The answers that callers get when the invocation is over for the extensions as well.
    pub(super) kept: Vec<(usize, Returned)>,
    /// The error document of a start that failed.
    pub(super) init_failure: Option<Vec<u8>>,
    served: usize,
    calls: usize,
    /// The processes that were started.
    pub(super) lives: BTreeMap<Actor, Life>,
    pub(super) ending: Option<Ending>,
    /// An extension that has ended by itself before the environment ended.
    pub(super) crashed: Option<Actor>,
    /// What must be done in addition to the answer to the current call.
    pub(super) due: Vec<Command>,
    /// The time of what happens now, in milliseconds since the Unix epoch.
    pub(super) now_unix_ms: u64,
}

impl Environment {
    /// A fresh one, where these extensions are started, by the names of their files.
    pub(super) fn new(
        mode: Mode,
        function: Function,
        format: LogFormat,
        for_extensions: ForExtensions,
        extensions: &[String],
    ) -> Self {
        let named = function.clone();
        let mut fresh = Self {
            mode,
            lifecycle: lifecycle(mode),
            other_apis: OtherApis::new(mode, named, format, for_extensions, extensions),
            function,
            arriving: BTreeMap::new(),
            blocked: Vec::new(),
            polls: VecDeque::new(),
            restore: None,
            delivering: BTreeSet::new(),
            queue: VecDeque::new(),
            in_flight: Vec::new(),
            returned: Vec::new(),
            kept: Vec::new(),
            init_failure: None,
            served: 0,
            calls: 0,
            lives: BTreeMap::new(),
            ending: None,
            crashed: None,
            due: Vec::new(),
            now_unix_ms: 0,
        };
        for place in 0..extensions.len() {
            fresh.launch(Actor::Extension(place));
        }
        fresh.launch_runtime();
        fresh
    }

    /// Takes an event; gives the call that is now complete, and its meaning.
    pub(super) fn take(&mut self, event: Event) -> Option<(usize, Came)> {
        match event {
            Event::Head(arrival) => {
                self.note_head(&arrival.route);
                self.arriving.insert(arrival.exchange, (arrival, 0));
            }
            Event::Data { exchange, bytes } => {
                let (_, body_bytes) = self.arriving.get_mut(&exchange)?;
                *body_bytes += bytes;
            }
            Event::End { exchange, body } => {
                let arrived = self.arriving.remove(&exchange)?;
                return self.complete(arrived, body);
            }
            Event::Broken { exchange } | Event::Dropped { exchange } => {
                self.cut_off(exchange);
                self.polls.retain(|poll| *poll != exchange);
                self.restore.take_if(|held| *held == exchange);
                self.delivering.remove(&exchange);
                return self.break_off(exchange);
            }
            Event::Written { exchange } => {
                self.delivering.remove(&exchange);
            }
            Event::Exited(actor) => {
                if actor == Actor::Runtime {
                    self.polls.clear();
                    self.restore = None;
                    self.delivering.clear();
                    self.abandon();
                }
                self.has_ended(actor, self.now_unix_ms);
            }
            Event::Invoke(invoke) => self.queue.push_back(invoke),
            Event::Telemetry(news) => self.take_news(news),
            Event::Excess | Event::Timer(_) | Event::Visited { .. } => {}
        }
        None
    }

    pub(super) fn call(&mut self, arrival: Arrival, body: Vec<u8>, body_bytes: u64) -> Came {
        let exchange = arrival.exchange;
        if let Route::Other(endpoint) = &arrival.route {
            let head = arrival.head;
            let call = OtherCall {
                exchange,
                at_unix_ms: self.now_unix_ms,
                head,
                body,
            };
            let ruling = self.other_apis.answer(endpoint.as_ref(), &call);
            self.launch_runtime();
            return Came::Other(match ruling {
                OtherRuling::Hold => None,
                OtherRuling::Reply(reply) => Some(reply.into()),
            });
        }
        self.calls += 1;
        if arrival.head.bytes.bytes > HEAD_BYTES_MAX {
            return Came::Nowhere(Outgoing::head_too_large());
        }
        let endpoint = match arrival.route {
            Route::Known(endpoint) => endpoint,
            Route::NotFound | Route::Other(_) => return Came::Nowhere(Outgoing::not_found()),
            Route::WrongMethod { allow, .. } => {
                return Came::Nowhere(Outgoing::wrong_method(allow));
            }
        };
        let streams = endpoint
            .answers()
            .is_some_and(|id| self.streams(id, &arrival.head));
        let most = endpoint.body_bytes_max(self.mode).filter(|_| !streams);
        let answer = |kind, request_id| {
            Call::Answer(Answer {
                kind,
                request_id,
                headers: &arrival.head.headers,
                is_too_large: most.is_some_and(|most| body_bytes > most),
            })
        };
        let (call, kind) = match &endpoint {
            Endpoint::Next => return self.poll(exchange),
            Endpoint::RestoreNext => return self.restore_next(exchange),
            Endpoint::Response(id) => (answer(AnswerKind::Response, id), ReportKind::Answer),
            Endpoint::Error(id) => (answer(AnswerKind::Error, id), ReportKind::Answer),
            Endpoint::InitError => (Call::InitError, ReportKind::InitError),
            Endpoint::RestoreError => (Call::RestoreError, ReportKind::RestoreError),
            Endpoint::Ping
            | Endpoint::Register
            | Endpoint::EventNext
            | Endpoint::ExtensionInitError
            | Endpoint::ExtensionExitError
            | Endpoint::Telemetry
            | Endpoint::Logs
            | Endpoint::Metadata
            | Endpoint::Credentials => return Came::Nowhere(Outgoing::pong()),
        };
        let ruling = self.lifecycle.take(call);
        self.note_report(&call, &arrival.head, &ruling, body_bytes);
        match call {
            Call::Answer(answer) => self.give_back(answer, &ruling, body),
            Call::InitError if ruling == Ruling::Accept && !body.is_empty() => {
                self.init_failure = Some(body);
            }
            Call::Next | Call::InitError | Call::RestoreNext | Call::RestoreError => {}
        }
        self.report(kind, endpoint.answers(), ruling)
    }

    fn poll(&mut self, exchange: usize) -> Came {
        self.other_apis.close_registration();
        match self.lifecycle.take(Call::Next) {
            Ruling::Redeliver => match self.in_flight.last() {
                Some(served) => Came::Again(served.clone()),
                None => Came::Held,
            },
            Ruling::Refuse { status, error } => Came::Nowhere(Outgoing::error(status, &error)),
            Ruling::Hold | Ruling::Accept => {
                self.note_poll();
                self.polls.push_back(exchange);
                Came::Held
            }
        }
    }

    fn restore_next(&mut self, exchange: usize) -> Came {
        self.other_apis.close_registration();
        match self.lifecycle.take(Call::RestoreNext) {
            Ruling::Refuse { status, error } => Came::Nowhere(Outgoing::error(status, &error)),
            Ruling::Hold | Ruling::Accept | Ruling::Redeliver => {
                self.note_poll();
                self.restore = Some(exchange);
                Came::Held
            }
        }
    }

    /// A refused report also counts if nothing else can come any more.
    fn report(&self, kind: ReportKind, request_id: Option<&str>, ruling: Ruling) -> Came {
        let reply = match ruling {
            Ruling::Refuse {
                status: status @ (400 | 403 | 410),
                error,
            } if self.moment() != Moment::Wedged => {
                return Came::Nowhere(Outgoing::error(status, &error));
            }
            Ruling::Refuse { status, error } => Outgoing::error(status, &error),
            Ruling::Accept | Ruling::Hold | Ruling::Redeliver => Outgoing::accepted(),
        };
        Came::Report(Report {
            kind,
            invocation: request_id.and_then(|id| self.invocation_of(id)),
            reply,
        })
    }

    pub(super) fn meant(&self, request_id: &str) -> Option<&Served> {
        let mut open = self.in_flight.iter().rev();
        open.find(|served| served.request_id == request_id)
    }

    /// The invocation of this request id, if it may be in progress.
    pub(super) fn invocation_of(&self, request_id: &str) -> Option<usize> {
        self.meant(request_id).map(|served| served.invocation)
    }

    /// Whether its caller reads this answer as it comes.
    pub(super) fn streams(&self, request_id: &str, answer: &Head) -> bool {
        let meant = self.meant(request_id);
        meant.is_some_and(|served| match served.reads {
            Reads::Whole => false,
            Reads::Stream => true,
            Reads::AsSent => answer.header(header::RESPONSE_MODE) == Some("streaming"),
        })
    }

    /// The latest report was answered with this status instead of the service's own.
    pub(super) fn overrule(&mut self, status: u16) {
        self.lifecycle.overrule(status);
    }

    /// The headers of an event, as the service sends it; of one that a caller brought, with what the caller said.
    pub(super) fn headers(
        &self,
        request_id: &str,
        deadline_ms: i64,
        invoke: Option<&Invoke>,
    ) -> Vec<(String, String)> {
        let trace = format!(
            "Root=1-5759e988-{:024x};Parent=53995c3f42cd8ad8;Sampled=1",
            0xbd86_2e3f_e1be_u64 + self.served as u64
        );
        let mut headers = vec![
            own(("Content-Type", "application/json")),
            own((header::REQUEST_ID, request_id)),
            own((header::DEADLINE_MS, &deadline_ms.to_string())),
            own((header::FUNCTION_ARN, &self.function.arn())),
            own((header::TRACE_ID, &trace)),
        ];
        let context = invoke.and_then(|invoke| invoke.client_context.as_deref());
        headers.extend(context.map(|text| own((header::CLIENT_CONTEXT, text))));
        headers
    }

    /// Delivers an event on the poll that has waited longest; gives the exchange.
    pub(super) fn deliver(&mut self, served: &Served) -> Option<usize> {
        let exchange = self.polls.pop_front()?;
        let invocation_id = served.reply.header(header::INVOCATION_ID);
        let invocation_id = invocation_id.map(on_the_wire);
        let lifecycle = &self.lifecycle;
        self.in_flight
            .retain(|known| lifecycle.is_open(&known.request_id));
        self.lifecycle.dispatch(Invocation {
            request_id: served.request_id.clone(),
            // An empty one counts as absent, so its echo is not checked.
            invocation_id: invocation_id.filter(|id| !id.is_empty()),
        });
        self.tell_of(served);
        self.note_start(served);
        self.in_flight.push(served.clone());
        self.served += 1;
        self.delivering.insert(exchange);
        Some(exchange)
    }

    /// What must be done in addition to the answer to the current call.
    pub(super) fn take_due(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.due)
    }

    /// The environment is restored: the call that waited for this gets an empty 200.
    pub(super) fn restore(&mut self) -> Option<usize> {
        let held = self.restore.take();
        let held = held.filter(|_| self.lifecycle.restore());
        if let Some(exchange) = held {
            self.note_restore();
            self.other_apis.restore();
            self.delivering.insert(exchange);
        }
        held
    }

    /// The call that waits for this is refused: the environment is not copied.
    pub(super) fn refuse_restore(&mut self) -> Option<usize> {
        let held = self.restore.take()?;
        self.lifecycle.refuse_restore();
        Some(held)
    }

    /// Takes the poll that has waited longest, to answer it with something other than an event.
    pub(super) fn take_poll(&mut self) -> Option<usize> {
        self.polls.pop_front()
    }

    /// The poll that has waited longest.
    pub(super) fn first_poll(&self) -> Option<usize> {
        self.polls.front().copied()
    }

    /// The call that waits for the environment to be restored.
    pub(super) fn awaits_restore(&self) -> Option<usize> {
        self.restore
    }

    /// Whether an event is on its way.
    pub(super) fn is_delivering(&self) -> bool {
        !self.delivering.is_empty()
    }

    /// How many events have gone out.
    pub(super) fn served(&self) -> usize {
        self.served
    }

    /// How many calls of the Runtime API came.
    pub(super) fn calls(&self) -> usize {
        self.calls
    }

    /// What the runtime does next.
    pub(super) fn moment(&self) -> Moment {
        self.lifecycle.moment()
    }
}
