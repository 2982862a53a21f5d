//! `expect`: the script waits for something that the runtime does.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    Ack, Before, Check, Facts, Faults, Polled, PossibleFinding, StepFacts, Swap, Wait, What,
};
use crate::case::shape::listed;
use crate::cut::shortened;
use crate::law::Code;
use crate::protocol::AnswerKind;

/// A wait, the rules for the call or event, and the service's reply.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// What must come.
    pub call: What,
    /// The requirement that is broken if it does not come; empty for an extension beside the runtime.
    #[serde(default)]
    pub cites: String,
    /// The invocation that it answers; the latest by default.
    #[serde(default)]
    pub of: Option<String>,
    /// The rules for it.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// How the service answers a POST.
    #[serde(default)]
    pub ack: Option<Ack>,
    /// A shorter limit than the case's own, in milliseconds.
    #[serde(default)]
    pub within_ms: Option<u64>,
    /// The exit code that an `exit` must have.
    #[serde(default)]
    pub code: Option<ExitCode>,
    /// A text that the batch contains; any batch by default.
    #[serde(default)]
    pub containing: Option<String>,
}

/// Which exit codes are allowed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ExitCode {
    /// Any code except 0, or any signal.
    Nonzero,
    /// Any at all.
    Any,
}

impl Expect {
    /// The requirement that an answer of the other kind breaks. If an error does not come as an error, this fault counts,
    /// whatever the case demands of the error.
    pub fn cites_of_other_answer(&self) -> &str {
        match self.call.only() {
            Some(AnswerKind::Error) if self.cites.starts_with("ERR-") => "ERR-01",
            Some(AnswerKind::Error | AnswerKind::Response) | None => &self.cites,
        }
    }

    /// Whether the exit code 0 breaks the requirement.
    pub fn wants_failure(&self) -> bool {
        self.call.allows_exit() && self.code == Some(ExitCode::Nonzero)
    }
}

impl StepFacts for Expect {
    fn facts(&self) -> Facts<'_> {
        let ack = self.ack.as_ref();
        let checks = self.checks.iter();
        Facts {
            cites: std::iter::once(&*self.cites)
                .filter(|cites| !cites.is_empty())
                .chain(checks.map(|check| &*check.cites))
                .collect(),
            wait: Wait {
                at: "/expect/ack/hold_ms",
                ms: ack.map_or(0, |ack| ack.hold_ms),
                writing_ms: 0,
                holds_up: false,
            },
            needs_call: !self.call.allows_exit(),
            takes_poll: self.call == What::Next,
            call: Some(self.call),
            checks: &self.checks,
            of: self.of.as_deref(),
            payloads: ack.into_iter().flat_map(Ack::payloads).collect(),
            shape: ack.map(|ack| &ack.shape),
            ack,
            provokes_exit: self.call.allows_exit() || ack.is_some_and(Ack::provokes_exit),
            within_ms: self.within_ms,
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        let mut words = format!("Expects {}", self.call.told());
        if let Some(name) = &self.of {
            words.push_str(&format!(" for `{name}`"));
        }
        if let Some(text) = &self.containing {
            words.push_str(&format!(" that contains `{}`", shortened(text)));
        }
        if let Some(ms) = self.within_ms {
            words.push_str(&format!(" within {ms} ms"));
        }
        words.push_str(match self.code {
            Some(ExitCode::Nonzero) => ", with a code other than 0",
            Some(ExitCode::Any) => ", with any code",
            None => "",
        });
        if !self.cites.is_empty() {
            words.push_str(&format!(" ({})", self.cites));
        }
        let rules: Vec<String> = self.checks.iter().map(Check::told).collect();
        if !rules.is_empty() {
            words.push_str(&format!(", where {}", listed(&rules)));
        }
        words.push('.');
        if let Some(answer) = self.ack.as_ref().and_then(Ack::told) {
            words.push_str(&format!(" {answer}."));
        }
        words
    }

    fn possible(&self, _polled: Polled) -> Vec<PossibleFinding> {
        let mut found = PossibleFinding::all(&self.cites, self.call.codes_in_vain());
        found.extend(self.call.only().map(|only| {
            let code = match only {
                AnswerKind::Response => Code::ErrorInsteadOfResponse,
                AnswerKind::Error => Code::ResponseInsteadOfError,
            };
            PossibleFinding::new(self.cites_of_other_answer(), code)
        }));
        if self.wants_failure() {
            found.push(PossibleFinding::new(&self.cites, Code::ExitCodeZero));
        }
        for check in &self.checks {
            found.extend(check.possible(self.call.met_by()));
        }
        found
    }

    fn faults(&self, faults: &mut Faults) {
        faults.time("/expect/within_ms", self.within_ms.unwrap_or_default());
        if let Some(ack) = &self.ack {
            ack.faults(faults);
        }
    }

    fn infeasible(&self, before: &Before) -> Option<(&'static str, String)> {
        let plain = |message: &str| Some(("", message.to_owned()));
        match self.call {
            What::Response | What::Error | What::Answer if !before.served => {
                plain("no answer is accepted before an event was served")
            }
            What::Response | What::Error | What::Answer | What::AnswerOrExit => {
                before.too_late_for(self.of.as_deref())
            }
            What::InitError if before.polled => {
                plain("the service accepts no /init/error once the runtime has polled")
            }
            What::RestoreNext if before.polled || !before.restores => plain(
                "/restore/next is held in the `mode` `snap_start` only, before the first poll",
            ),
            What::RestoreError if before.polled || !before.restores => plain(
                "/restore/error is accepted in the `mode` `snap_start` only, between the restore and the first poll",
            ),
            What::Returned if !before.called_in => plain(
                "no caller waits for an answer: no event before this step is `from` a `caller`",
            ),
            What::Next
            | What::InitError
            | What::RestoreNext
            | What::RestoreError
            | What::Register
            | What::Subscribe
            | What::Batch
            | What::Exit
            | What::ExitOrNext
            | What::Returned => None,
        }
    }

    /// Both kinds of answer meet it. A check for one kind is judged only for this kind.
    fn without_fixture(
        this: &mut Arc<Self>,
        _swap: &mut Swap<'_>,
        _answer: Option<&Facts<'_>>,
    ) -> Result<(), String> {
        let this = Arc::make_mut(this);
        let only = this.call.only();
        // Whether a caller gets a result or a failure depends on the function.
        let of_caller = this.call == What::Returned;
        this.checks
            .retain(|check| check.rule.facts().without_fixture && !of_caller);
        for check in &mut this.checks {
            check.only = only;
        }
        if only.is_some() {
            this.call = What::Answer;
        }
        Ok(())
    }

    fn decoy_texts(this: &mut Arc<Self>) -> Vec<&mut String> {
        if this.ack.is_none() {
            return Vec::new();
        }
        let ack = Arc::make_mut(this).ack.iter_mut();
        let headers = ack.flat_map(|ack| ack.headers.values_mut());
        headers.flatten().collect()
    }
}
