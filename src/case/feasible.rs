//! Scripts that no runtime could come through, whatever it does: refused when read, since the runtime would be blamed.

use std::collections::BTreeSet;

use super::bounds::segments_ms;
use super::{Address, Case, Step, What};
use crate::protocol::Mode;

/// The place of a step in its list, a pointer that begins in the step, and what is wrong.
type Fault = (usize, String, String);

/// What of a list of steps cannot be met.
pub(super) fn of_steps(case: &Case, steps: &[Step]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut state = State::new(case);
    for (index, step) in steps.iter().enumerate() {
        if let Some((pointer, message)) = state.fault(step) {
            faults.push((index, pointer.to_owned(), message));
        }
        state.pass(step);
    }
    faults
}

/// Whether the script stands still at a step until the wait is over; a reply that is kept back holds up no other step.
fn holds_up(step: &Step) -> bool {
    !matches!(step, Step::Expect(_))
}

/// How far a script has come.
struct State {
    deadline_ms: u64,
    /// Whether anybody listens to the runtime.
    is_heard: bool,
    is_concurrent: bool,
    /// How long the script has waited since the first call, in milliseconds.
    waited_ms: u64,
    called: bool,
    served: bool,
    /// The name of the event that was served last.
    latest: Option<String>,
    /// The names of those before, which are over where one invocation is in flight at a time.
    over: BTreeSet<String>,
    polled: bool,
    exited: bool,
    measured: bool,
}

impl State {
    fn new(case: &Case) -> Self {
        Self {
            deadline_ms: case.deadline_ms,
            is_heard: case.address != Address::Refused,
            is_concurrent: match case.mode {
                Mode::OnDemand | Mode::SnapStart => false,
                Mode::ManagedInstances { .. } => true,
            },
            waited_ms: 0,
            called: false,
            served: false,
            latest: None,
            over: BTreeSet::new(),
            polled: false,
            exited: false,
            measured: false,
        }
    }

    /// Why a step cannot be met from here.
    fn fault(&self, step: &Step) -> Option<(&'static str, String)> {
        let plain = |message: &str| Some(("", message.to_owned()));
        if needs_call(step) {
            if self.exited {
                return plain(
                    "no call comes after the end of the process, for which the script waits before",
                );
            }
            if !self.is_heard {
                return plain("no call comes, since nobody listens at the `address` of the case");
            }
        }
        match step {
            Step::Expect(expect) => match expect.call {
                What::Response | What::Error | What::Answer if !self.served => {
                    plain("no answer is taken before an event was served")
                }
                What::Response | What::Error | What::Answer | What::AnswerOrExit => {
                    self.too_late_for(expect.of.as_ref())
                }
                What::InitError if self.polled => {
                    plain("the service takes no /init/error once the runtime has polled")
                }
                _ => None,
            },
            Step::Measure(measure) if measure.growth.is_some() && !self.measured => {
                plain("there is no measure before, to which it could be compared")
            }
            _ => None,
        }
        .or_else(|| self.too_late(step))
    }

    /// The waits of the script alone would end the case.
    fn too_late(&self, step: &Step) -> Option<(&'static str, String)> {
        let deadline = self.deadline_ms;
        let own = waits(step)?;
        let waited = self.waited_ms.saturating_add(own.ms);
        let counts = self.called || needs_call(step);
        let first = self.waited_ms < deadline;
        (counts && first && waited >= deadline).then(|| {
            let message = format!(
                "with this the script waits {waited} ms, and the case ends after {deadline} ms: give it a longer `deadline_ms`"
            );
            (own.pointer, message)
        })
    }

    /// The invocation that is meant is over.
    fn too_late_for(&self, of: Option<&String>) -> Option<(&'static str, String)> {
        let name = of.filter(|name| self.over.contains(*name))?;
        let message = format!(
            "no answer to `{name}` is taken any more: the script has served another event since, and in this `mode` one invocation is in flight at a time"
        );
        Some(("/expect/of", message))
    }

    fn pass(&mut self, step: &Step) {
        self.called |= needs_call(step);
        if self.called && holds_up(step) {
            let own = waits(step).map_or(0, |own| own.ms);
            self.waited_ms = self.waited_ms.saturating_add(own);
        }
        match step {
            Step::Serve(serve) => {
                (self.served, self.polled) = (true, true);
                if !self.is_concurrent {
                    self.over.extend(self.latest.take());
                }
                self.latest.clone_from(&serve.name);
                self.over.retain(|name| self.latest.as_ref() != Some(name));
            }
            Step::Refuse(_) => self.polled = true,
            Step::Measure(_) => self.measured = true,
            Step::Expect(expect) => {
                self.polled |= expect.call == What::Next;
                self.exited |= expect.call == What::Exit;
            }
            Step::Quiet(_) | Step::Signal(_) | Step::Freeze(_) => {}
        }
    }
}

/// Whether a step is met only by a call.
fn needs_call(step: &Step) -> bool {
    match step {
        // A refusal for a time is over as well when the process has ended.
        Step::Refuse(refuse) => refuse.for_ms.is_none(),
        Step::Serve(_) => true,
        Step::Expect(expect) => !expect.call.allows_exit(),
        Step::Quiet(_) | Step::Signal(_) | Step::Freeze(_) | Step::Measure(_) => false,
    }
}

/// A wait of the script's own.
struct Wait {
    /// Where it stands in the step.
    pointer: &'static str,
    ms: u64,
}

/// How long a step waits by itself.
fn waits(step: &Step) -> Option<Wait> {
    let wait = |pointer, ms: u64| Some(Wait { pointer, ms });
    match step {
        Step::Serve(serve) => {
            let slow = segments_ms(&serve.shape, serve.event.len());
            wait("/serve", serve.hold_ms.saturating_add(slow))
        }
        Step::Refuse(refuse) => wait("/refuse", refuse.hold_ms),
        Step::Expect(expect) => {
            let ack = expect.ack.as_ref()?;
            wait("/expect/ack/hold_ms", ack.hold_ms)
        }
        Step::Quiet(quiet) => wait("/quiet/ms", quiet.ms),
        Step::Freeze(freeze) => wait("/freeze/ms", freeze.ms),
        Step::Signal(_) | Step::Measure(_) => None,
    }
}
