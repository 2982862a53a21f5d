//! The script: what the service does, decided without sockets or clocks.
//!
//! [`Script::on`] takes what happened and gives what to do. The lifecycle of the environment answers every call as the
//! service would; the steps of the case say when events go out, what is waited for, and where the service misbehaves.

mod steps;

use std::collections::{BTreeMap, VecDeque};

use super::outgoing::Outgoing;
use super::stimulus::{Action, Arrival, ScriptOptions, Served, Stimulus, Timer};
use crate::case::{Ack, Case, Expect, Signal, Step, What};
use crate::protocol::{
    Answer, AnswerKind, Call, Endpoint, ForExtensions, HEAD_BYTES_MAX, Lifecycle, Mode, Moment,
    OtherApis, OtherCall, OtherRuling, Route, Ruling, lifecycle,
};
use crate::transcript::EndReason;

/// Calls that lead nowhere (refused, or handed the same event again) before the script gives up: a runtime that spins
/// makes thousands a second, on a busy machine hundreds.
const WASTED_CALLS_MAX: usize = 30;

/// The script of one case, as far as it has come.
#[derive(Debug)]
pub struct Script {
    steps: Vec<Step>,
    cursor: usize,
    begun: Option<usize>,
    /// The pause of the current step: not begun, running, over.
    pause: Pause,
    mode: Mode,
    lifecycle: Box<dyn Lifecycle>,
    other_apis: OtherApis,
    polls: VecDeque<usize>,
    /// The poll whose event is still on its way.
    delivering: Option<usize>,
    kept_back: BTreeMap<usize, Outgoing>,
    /// An answer that meets the wait after the freeze in which it came.
    early: Option<usize>,
    /// How many invocations have gone out.
    served: usize,
    /// The latest of them, which may have to go out again.
    latest: Option<Served>,
    process: ProcessState,
    calls: usize,
    wasted: usize,
    ended: bool,
    deadline_ms: u64,
    options: ScriptOptions,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pause {
    Ahead,
    Running,
    Over,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ProcessState {
    Alive,
    Exited,
}

impl Script {
    /// The script of a case, before anything has happened.
    pub fn new(case: &Case, options: ScriptOptions) -> Self {
        let for_extensions = match case.extensions {
            true => ForExtensions::Offered,
            false => ForExtensions::Missing,
        };
        Self {
            other_apis: OtherApis::new(options.function.clone(), for_extensions),
            steps: case.steps.clone(),
            cursor: 0,
            begun: None,
            pause: Pause::Ahead,
            mode: case.mode,
            lifecycle: lifecycle(case.mode),
            polls: VecDeque::new(),
            delivering: None,
            kept_back: BTreeMap::new(),
            early: None,
            served: 0,
            latest: None,
            process: ProcessState::Alive,
            calls: 0,
            wasted: 0,
            ended: false,
            deadline_ms: case.deadline_ms,
            options,
        }
    }

    /// How many invocations have gone out.
    pub fn served(&self) -> usize {
        self.served
    }

    /// The latest of them.
    pub fn latest(&self) -> Option<&Served> {
        self.latest.as_ref()
    }

    /// What to do as the runtime is started.
    pub fn begin(&mut self, now_unix_ms: u64) -> Vec<Action> {
        let after_ms = self.scaled(self.options.startup_ms);
        let mut actions = vec![Action::Arm {
            timer: Timer::Startup,
            after_ms,
        }];
        self.advance(now_unix_ms, &mut actions);
        actions
    }

    /// Goes on with further steps after the last one was met; `ids` are for their events.
    pub fn go_on(&mut self, steps: Vec<Step>, ids: Vec<String>, now_unix_ms: u64) -> Vec<Action> {
        self.steps.extend(steps);
        self.options.request_ids.truncate(self.served);
        self.options.request_ids.extend(ids);
        self.ended = false;
        let mut actions = Vec::new();
        self.advance(now_unix_ms, &mut actions);
        actions
    }

    /// What to do now that this has happened.
    pub fn on(&mut self, stimulus: Stimulus, now_unix_ms: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        match stimulus {
            Stimulus::Request(arrival) => self.on_request(&arrival, &mut actions),
            Stimulus::Dropped { exchange } => {
                self.polls.retain(|poll| *poll != exchange);
                self.delivered(exchange);
            }
            Stimulus::Replied { exchange } => self.delivered(exchange),
            Stimulus::Exited => {
                self.process = ProcessState::Exited;
                self.polls.clear();
                self.delivering = None;
            }
            Stimulus::Excess => self.end(EndReason::Excess, &mut actions),
            Stimulus::Timer(timer) => self.on_timer(timer, &mut actions),
        }
        self.advance(now_unix_ms, &mut actions);
        actions
    }

    /// The event for this poll is on its way no more.
    fn delivered(&mut self, exchange: usize) {
        self.delivering.take_if(|poll| *poll == exchange);
    }

    fn scaled(&self, ms: u64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "deadlines are small"
        )]
        let scaled = (ms as f64 * self.options.time_scale) as u64;
        scaled.max(1)
    }

    /// Whether a timer is a limit that is long for any runtime that gets to run, and is still waited for. That of a step is
    /// tight, for the step is about time.
    pub fn is_patient(&self, timer: Timer) -> bool {
        match timer {
            Timer::Startup => self.calls == 0,
            Timer::Case => true,
            Timer::Step(_) | Timer::Pause(_) | Timer::Reply { .. } => false,
        }
    }

    fn on_timer(&mut self, timer: Timer, actions: &mut Vec<Action>) {
        match timer {
            Timer::Startup if self.calls == 0 => self.end(EndReason::NeverCalled, actions),
            Timer::Case => self.end(EndReason::Deadline, actions),
            Timer::Step(step) if step == self.cursor => self.end(EndReason::Deadline, actions),
            Timer::Pause(step) if step == self.cursor => self.pause = Pause::Over,
            Timer::Reply { exchange } => {
                if let Some(reply) = self.kept_back.remove(&exchange) {
                    actions.push(Action::Reply { exchange, reply });
                }
            }
            Timer::Startup | Timer::Step(_) | Timer::Pause(_) => {}
        }
    }

    fn end(&mut self, reason: EndReason, actions: &mut Vec<Action>) {
        if !self.ended {
            self.ended = true;
            actions.push(Action::End(reason));
        }
    }

    /// A call that is none of the Runtime API is answered, and changes nothing else: no step waits for it, no time limit
    /// begins with it, and it is never too much.
    fn on_other(
        &mut self,
        endpoint: Option<&Endpoint>,
        call: &OtherCall,
        exchange: usize,
        actions: &mut Vec<Action>,
    ) {
        match self.other_apis.answer(endpoint, call) {
            OtherRuling::Hold => {}
            OtherRuling::Reply(reply) => actions.push(Action::Reply {
                exchange,
                reply: reply.into(),
            }),
        }
    }

    fn on_request(&mut self, arrival: &Arrival, actions: &mut Vec<Action>) {
        if let (Route::Other(endpoint), Some(call)) = (&arrival.route, &arrival.other) {
            return self.on_other(endpoint.as_ref(), call, arrival.exchange, actions);
        }
        self.calls += 1;
        if self.calls == 1 {
            actions.push(Action::Arm {
                timer: Timer::Case,
                after_ms: self.scaled(self.deadline_ms),
            });
            self.arm_step(actions);
        }
        let exchange = arrival.exchange;
        if arrival.head_bytes > HEAD_BYTES_MAX {
            return self.waste(exchange, Outgoing::head_too_large(), actions);
        }
        match &arrival.route {
            Route::NotFound | Route::Other(_) => {
                self.waste(exchange, Outgoing::not_found(), actions)
            }
            Route::WrongMethod { allow, .. } => {
                self.waste(exchange, Outgoing::wrong_method(allow), actions)
            }
            Route::Known(Endpoint::Ping) => self.waste(exchange, Outgoing::pong(), actions),
            Route::Known(Endpoint::Next) => self.on_next(exchange, actions),
            Route::Known(Endpoint::InitError) => {
                let ruling = self.lifecycle.take(Call::InitError);
                self.answer(exchange, ruling, Came::InitError, actions);
            }
            Route::Known(endpoint) => {
                let kind = match endpoint {
                    Endpoint::Error(_) => AnswerKind::Error,
                    _ => AnswerKind::Response,
                };
                let most = endpoint.body_bytes_max(self.mode);
                let ruling = self.lifecycle.take(Call::Answer(Answer {
                    kind,
                    request_id: endpoint.answers().unwrap_or_default(),
                    invocation_id: arrival.invocation_id.as_deref(),
                    response_mode: arrival.response_mode.as_deref(),
                    is_too_large: most.is_some_and(|most| arrival.body_bytes > most),
                }));
                self.answer(exchange, ruling, Came::Answer, actions);
            }
        }
    }

    /// A call that leads nowhere is answered, up to a bound.
    fn waste(&mut self, exchange: usize, reply: Outgoing, actions: &mut Vec<Action>) {
        self.wasted += 1;
        actions.push(Action::Reply { exchange, reply });
        if self.wasted > WASTED_CALLS_MAX {
            self.end(EndReason::Flood, actions);
        }
    }

    fn on_next(&mut self, exchange: usize, actions: &mut Vec<Action>) {
        self.other_apis.close_registration();
        match self.lifecycle.take(Call::Next) {
            Ruling::Redeliver => {
                let (Some(served), Some(latest)) = (&self.latest, self.served.checked_sub(1))
                else {
                    return;
                };
                let reply = Outgoing {
                    shape: crate::case::Shape::default(),
                    ..served.reply.clone()
                };
                actions.push(Action::Deliver {
                    exchange,
                    invocation: latest,
                    step: self.cursor,
                    reply,
                });
                self.wasted += 1;
                if self.wasted > WASTED_CALLS_MAX {
                    self.end(EndReason::Flood, actions);
                }
            }
            Ruling::Refuse { status, error } => {
                self.waste(exchange, Outgoing::error(status, &error), actions)
            }
            Ruling::Hold | Ruling::Accept => self.polls.push_back(exchange),
        }
    }

    /// Answers a POST that came in a state; what the current step waits for is met by it, whichever of the two endpoints it
    /// came to.
    fn answer(&mut self, exchange: usize, ruling: Ruling, report: Came, actions: &mut Vec<Action>) {
        let own = match &ruling {
            Ruling::Refuse {
                status: status @ (400 | 403 | 410),
                error,
            } if !self.wedged() => {
                let reply = Outgoing::error(*status, error);
                return self.waste(exchange, reply, actions);
            }
            Ruling::Refuse { status, error } => Outgoing::error(*status, error),
            Ruling::Accept | Ruling::Hold | Ruling::Redeliver => Outgoing::accepted(),
        };
        let ack = match self.waited_for() {
            Some(expect) if meets(expect.call, report) => {
                let ack = expect.ack.clone();
                actions.push(Action::Met {
                    step: self.cursor,
                    exchange: Some(exchange),
                });
                self.next_step();
                ack
            }
            Some(_) => None,
            None => self.ahead_of_freeze(exchange, report),
        };
        if let Some(status) = ack.as_ref().and_then(|ack| ack.status) {
            self.lifecycle.overrule(status);
        }
        let reply = match &ack {
            Some(ack) => own.overridden(ack),
            None => own,
        };
        match ack.map_or(0, |ack| ack.hold_ms) {
            0 => actions.push(Action::Reply { exchange, reply }),
            after_ms => {
                self.kept_back.insert(exchange, reply);
                actions.push(Action::Arm {
                    timer: Timer::Reply { exchange },
                    after_ms,
                });
            }
        }
    }

    /// A freeze takes effect only after a while, so that an answer may come first: it meets the wait that follows.
    fn ahead_of_freeze(&mut self, exchange: usize, report: Came) -> Option<Ack> {
        let [Step::Freeze(_), Step::Expect(expect)] =
            self.steps.get(self.cursor..self.cursor.saturating_add(2))?
        else {
            return None;
        };
        if !meets(expect.call, report) {
            return None;
        }
        let ack = expect.ack.clone();
        self.early = Some(exchange);
        ack
    }

    fn wedged(&self) -> bool {
        self.lifecycle.moment() == Moment::Wedged
    }

    fn waited_for(&self) -> Option<&Expect> {
        match self.steps.get(self.cursor) {
            Some(Step::Expect(expect)) if !self.ended => Some(expect),
            _ => None,
        }
    }

    fn next_step(&mut self) {
        self.cursor += 1;
        self.pause = Pause::Ahead;
    }

    fn arm_step(&self, actions: &mut Vec<Action>) {
        if let Some(Expect {
            within_ms: Some(within_ms),
            ..
        }) = self.waited_for()
            && self.calls > 0
        {
            actions.push(Action::Arm {
                timer: Timer::Step(self.cursor),
                after_ms: self.scaled(*within_ms),
            });
        }
    }

    /// Goes through steps for as long as they can be done at once.
    fn advance(&mut self, now_unix_ms: u64, actions: &mut Vec<Action>) {
        while !self.ended {
            let Some(step) = self.steps.get(self.cursor).cloned() else {
                return self.wind_up(actions);
            };
            if self.begun != Some(self.cursor) {
                self.begun = Some(self.cursor);
                actions.push(Action::Began { step: self.cursor });
                self.arm_step(actions);
            }
            let met = match &step {
                Step::Serve(serve) => self.try_serve(serve, now_unix_ms, actions),
                Step::Refuse(refuse) => self.try_refuse(refuse, actions),
                Step::Expect(expect) => self.try_expect(expect),
                Step::Quiet(quiet) => self.paused(quiet.ms, actions).then_some(None),
                // A signal in an event must not overtake it.
                Step::Signal(_) | Step::Freeze(_) if self.delivering.is_some() => None,
                Step::Signal(signal) => {
                    match **signal {
                        Signal::Term => actions.push(Action::Terminate),
                    }
                    Some(None)
                }
                Step::Freeze(freeze) => self.try_freeze(freeze.ms, actions),
                Step::Measure(_) => {
                    actions.push(Action::Measure);
                    Some(None)
                }
            };
            match met {
                Some(exchange) => {
                    actions.push(Action::Met {
                        step: self.cursor,
                        exchange,
                    });
                    self.next_step();
                }
                None => {
                    let pausing = self.pause == Pause::Running;
                    if self.process == ProcessState::Exited && !pausing {
                        self.end(EndReason::Exited, actions);
                    }
                    return;
                }
            }
        }
    }

    /// All steps are met: an invocation ends only at the following poll (NEXT-11).
    fn wind_up(&mut self, actions: &mut Vec<Action>) {
        let owes_poll = self.lifecycle.moment() == Moment::OwesPoll;
        match self.process {
            ProcessState::Exited => self.end(EndReason::Complete, actions),
            ProcessState::Alive if owes_poll || !self.kept_back.is_empty() => {}
            ProcessState::Alive => self.end(EndReason::Complete, actions),
        }
    }

    /// Whether the pause of the current step is over; begins it if it has not begun.
    fn paused(&mut self, ms: u64, actions: &mut Vec<Action>) -> bool {
        if ms == 0 {
            return true;
        }
        if self.pause == Pause::Ahead {
            self.pause = Pause::Running;
            actions.push(Action::Arm {
                timer: Timer::Pause(self.cursor),
                after_ms: ms,
            });
        }
        self.pause == Pause::Over
    }
}

/// A POST of the runtime.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Came {
    Answer,
    InitError,
}

/// Whether a POST of this kind ends a wait of that kind: either answer ends the wait for an answer.
fn meets(wanted: What, came: Came) -> bool {
    match wanted {
        What::Response | What::Error | What::Answer | What::AnswerOrExit => came == Came::Answer,
        What::InitError => came == Came::InitError,
        What::Next | What::Exit | What::ExitOrNext => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{embedded, read};
    use crate::protocol::Function;

    fn call(exchange: usize, method: &str, path: &str) -> Stimulus {
        let target = format!("/2018-06-01/runtime/invocation/{path}");
        request(exchange, Route::of(Mode::OnDemand, method, &target), None)
    }

    fn request(exchange: usize, route: Route, other: Option<Box<OtherCall>>) -> Stimulus {
        Stimulus::Request(Arrival {
            exchange,
            route,
            invocation_id: None,
            response_mode: None,
            other,
            head_bytes: 100,
            body_bytes: 20,
        })
    }

    /// The status of the one reply among actions, 0 where there is none.
    fn status(actions: &[Action]) -> u16 {
        let reply = |action: &Action| match action {
            Action::Reply { reply, .. } | Action::Deliver { reply, .. } => Some(reply.status),
            _ => None,
        };
        actions.iter().find_map(reply).unwrap_or_default()
    }

    #[test]
    fn an_extension_polls_without_end_and_wastes_nothing() {
        let mut script = serving("error/reported");
        let target = "/2020-01-01/extension/event/next";
        for exchange in 1..100 {
            let route = Route::of(Mode::OnDemand, "GET", target);
            let actions = script.on(request(exchange, route, Some(Box::default())), 0);
            assert!(
                actions
                    .iter()
                    .all(|action| !matches!(action, Action::End(_)))
            );
        }
        assert_eq!(script.calls, 1);
    }

    #[test]
    fn after_a_400_the_invocation_is_still_open() {
        let mut script = serving("service_errors/response_refused_with_400");
        assert_eq!(status(&script.on(call(1, "POST", "a/response"), 0)), 400);
        let mut reporting = serving("service_errors/response_refused_with_400");
        reporting.on(call(1, "POST", "a/response"), 0);
        assert_eq!(status(&reporting.on(call(2, "POST", "a/error"), 0)), 202);
        assert_eq!(status(&script.on(call(2, "GET", "next"), 0)), 200);
        assert_eq!(script.served(), 1, "the same event again");
    }

    #[test]
    fn after_a_403_or_413_it_is_not() {
        for refusal in ["403", "413"] {
            let mut script = serving(&format!("service_errors/response_refused_with_{refusal}"));
            let refused = status(&script.on(call(1, "POST", "a/response"), 0));
            assert_eq!(refused.to_string(), refusal);
            assert_eq!(status(&script.on(call(2, "POST", "a/error"), 0)), 403);
        }
    }

    /// The script of a case, with an event on its way.
    fn serving(id: &str) -> Script {
        let cases = read(&embedded()).expect("our cases");
        let case = cases.iter().find(|case| case.id == id);
        let options = ScriptOptions {
            startup_ms: 1000,
            time_scale: 1.0,
            function: Function::of_tests(),
            request_ids: vec!["a".to_owned()],
        };
        let mut script = Script::new(case.expect("the case"), options);
        script.begin(0);
        script.on(call(0, "GET", "next"), 0);
        script
    }

    #[test]
    fn a_signal_waits_for_the_event_that_it_is_to_meet() {
        let mut script = serving("lifecycle/term_in_an_event");
        let terminates = |action: &Action| matches!(action, Action::Terminate);
        let again = script.on(Stimulus::Replied { exchange: 7 }, 0);
        assert!(!again.iter().any(terminates), "{again:?}");
        let actions = script.on(Stimulus::Replied { exchange: 0 }, 0);
        assert!(actions.iter().any(terminates), "{actions:?}");
    }

    #[test]
    fn an_answer_that_comes_before_the_freeze_takes_effect_counts() {
        let mut script = serving("next/frozen_in_an_event");
        script.on(Stimulus::Replied { exchange: 0 }, 0);
        script.on(Stimulus::Timer(Timer::Pause(1)), 0);
        script.on(call(1, "POST", "a/response"), 0);
        let actions = script.on(Stimulus::Timer(Timer::Pause(2)), 0);
        let met = |action: &Action| {
            matches!(
                action,
                Action::Met {
                    step: 3,
                    exchange: Some(1)
                }
            )
        };
        assert!(actions.iter().any(met), "{actions:?}");
    }
}
