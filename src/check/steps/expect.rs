//! Waits: whether what came is what the case demands, and what came instead if it did not come.

use super::external;
use super::judging::{Judge, Judging};
use super::unmet::{ending, finding, never_called};
use crate::case::rule::About;
use crate::case::{Check, Expect, What, attributed};
use crate::check::headroom::near;
use crate::check::rule::{self, Subject};
use crate::check::timeline::{Call, Timeline};
use crate::check::{Finding, evidence};
use crate::law::{self, Code};
use crate::protocol::{AnswerKind, invoke};
use crate::transcript::{EndReason, Exchange, StepRecord, Transcript, VisitRecord};

impl Judge for Expect {
    fn met(&self, judging: &mut Judging<'_>, state: &StepRecord) {
        let timeline = judging.timeline;
        let index = state.exchange;
        let exchange = index.and_then(|index| timeline.transcript.exchanges.get(index));
        if let Some(finding) = wrong_endpoint(timeline, self, index) {
            return judging.found.take([finding]);
        }
        if let Some(finding) = wrong_exit(timeline, self) {
            let proven = |finding| with_evidence(timeline, finding, None, None);
            judging.found.prove(finding, proven);
        }
        let call = index.and_then(|index| timeline.call(index));
        let of_caller = (self.call == What::Returned).then_some(self.of.as_deref());
        let visit = of_caller.and_then(|name| timeline.visit(name));
        let came = visit.map(kind_of).or_else(|| call?.answer());
        let delivery = call
            .and_then(Call::addressed)
            .and_then(|invocation| timeline.transcript.invocations.get(invocation));
        let subject = Subject {
            timeline,
            exchange,
            delivery,
            visit,
        };
        // Checks prove nothing if bodies are misframed, or if an earlier body of the case was wrong as a whole.
        let (misframed, spoiled) = (judging.misframed, judging.found.spoiled);
        let about_body = |check: &Check| check.rule.facts().about == About::Body;
        for check in &self.checks {
            let is_other = check.only.is_some_and(|only| Some(only) != came);
            if is_other || misframed || (spoiled && about_body(check)) {
                continue;
            }
            if let Some(finding) = broken(&subject, check, came) {
                let proven = |finding| match visit {
                    Some(visit) => Finding {
                        evidence: evidence::of_visit(visit),
                        ..finding
                    },
                    None => with_evidence(timeline, finding, index, exchange),
                };
                judging.found.prove(finding, proven);
            }
        }
    }

    fn unmet(&self, timeline: &Timeline<'_>) -> Finding {
        let exited = timeline.transcript.target().exit.is_some();
        let reason = timeline.transcript.end.reason;
        let gone = exited || reason == EndReason::NeverCalled;
        if timeline.case.subject == law::Subject::Extension {
            return external::unmet(self, timeline);
        }
        if timeline.is_silent() && gone && self.call == What::Next {
            return never_called(timeline);
        }
        let ending = ending(timeline);
        let (code, expected, actual) = match (self.call, exited) {
            (What::Response | What::Error | What::Answer | What::Returned, true) => (
                Code::InvocationLost,
                answer_words(self.call),
                format!("{ending}, and no answer was sent"),
            ),
            (What::Response | What::Error | What::Answer | What::Returned, false) => {
                (Code::NoAnswer, answer_words(self.call), ending)
            }
            (What::InitError, exited) => (
                Code::InitFailureNotReported,
                "POST /init/error, then an exit",
                match exited {
                    true => format!("{ending} without it"),
                    false => ending,
                },
            ),
            (What::RestoreNext, _) => (Code::NoRestoreNext, "GET /restore/next", ending),
            (What::RestoreError, exited) => (
                Code::RestoreFailureNotReported,
                "POST /restore/error, then an exit",
                match exited {
                    true => format!("{ending} without it"),
                    false => ending,
                },
            ),
            (What::Register, _) => (Code::NoNext, "POST /extension/register", ending),
            (What::Subscribe, _) => {
                let expected = "a subscription that the service takes";
                (Code::NotSubscribed, expected, ending)
            }
            (What::Batch, _) => (Code::BatchNotTaken, "an answer to the batch", ending),
            (What::Exit, _) => (Code::StillRunning, "the process ends by itself", ending),
            (What::AnswerOrExit, _) => {
                let expected = "an answer, or the end of the process";
                (Code::Stuck, expected, ending)
            }
            (What::ExitOrNext, _) => {
                let expected = "the next poll, or the end of the process";
                (Code::Stuck, expected, ending)
            }
            (What::Next, true) => (Code::Exited, "GET /next", ending),
            (What::Next, false) => (Code::NoNext, "GET /next", ending),
        };
        finding(&self.cites, code, expected, actual)
    }

    fn headroom(&self, transcript: &Transcript, state: &StepRecord, _nth: usize) -> Vec<String> {
        let exchange = state
            .exchange
            .and_then(|index| transcript.exchanges.get(index));
        let limited = |check: &Check| rule::headroom(&check.rule, transcript, exchange?);
        let wait = || {
            let ms = state.met?.ms_since(state.began?);
            let most = transcript.stretched(self.within_ms?);
            near("the wait for it", ms, most, "ms")
        };
        let checks = self.checks.iter().filter_map(limited);
        checks.chain(wait()).collect()
    }
}

/// What a caller was given.
fn kind_of(visit: &VisitRecord) -> AnswerKind {
    match visit.header(invoke::FUNCTION_ERROR) {
        Some(_) => AnswerKind::Error,
        None => AnswerKind::Response,
    }
}

fn answer_words(call: What) -> &'static str {
    match call {
        What::Response => "POST /response for the invocation",
        What::Error => "POST /error for the invocation",
        What::Answer
        | What::Next
        | What::InitError
        | What::RestoreNext
        | What::RestoreError
        | What::Register
        | What::Subscribe
        | What::Batch
        | What::Exit
        | What::ExitOrNext
        | What::AnswerOrExit
        | What::Returned => "POST /response or /error for the invocation",
    }
}

fn with_evidence(
    timeline: &Timeline<'_>,
    finding: Finding,
    index: Option<usize>,
    exchange: Option<&Exchange>,
) -> Finding {
    let evidence = match (index, exchange) {
        (Some(index), Some(_)) => evidence::of_exchange(timeline.transcript, index),
        (None, _) | (Some(_), None) => evidence::of_silence(timeline.transcript, None),
    };
    Finding {
        evidence,
        ..finding
    }
}

fn broken(subject: &Subject<'_>, check: &Check, came: Option<AnswerKind>) -> Option<Finding> {
    let breach = rule::hold(subject, &check.rule).err()?;
    let facts = check.rule.facts();
    if facts.reads_clock && subject.timeline.transcript.clock_set_by_ms().is_some() {
        return None;
    }
    let code = check.code.as_deref().unwrap_or(breach.code.name());
    let expected = match &check.expected {
        Some(words) => format!("{words} ({})", breach.expected),
        None => breach.expected,
    };
    let cites = attributed(&check.cites, &facts, breach.code, came);
    let mut finding = finding(cites, code, expected, breach.actual);
    let lowered = check.level.filter(|_| cites == check.cites);
    finding.level = lowered.unwrap_or(finding.level).min(breach.most);
    Some(finding)
}

/// An answer that came to the other endpoint.
fn wrong_endpoint(
    timeline: &Timeline<'_>,
    expect: &Expect,
    index: Option<usize>,
) -> Option<Finding> {
    let index = index?;
    if expect.call == What::RestoreError {
        return restore_error_elsewhere(timeline, expect, index);
    }
    let wanted = expect.call.only()?;
    let (code, expected, actual) = match wanted {
        AnswerKind::Response => (
            Code::ErrorInsteadOfResponse,
            "POST /response",
            "POST /error",
        ),
        AnswerKind::Error => (
            Code::ResponseInsteadOfError,
            "POST /error",
            "POST /response",
        ),
    };
    let other = timeline.call(index)?.is_error() != (wanted == AnswerKind::Error);
    other.then(|| Finding {
        evidence: evidence::of_exchange(timeline.transcript, index),
        ..finding(expect.cites_of_other_answer(), code, expected, actual)
    })
}

/// The service counts `/init/error` after a restore as a failed restore, so that a runtime which uses it works.
fn restore_error_elsewhere(
    timeline: &Timeline<'_>,
    expect: &Expect,
    index: usize,
) -> Option<Finding> {
    timeline.call(index)?.is_init_error().then(|| {
        let (code, expected, actual) = (
            Code::RestoreFailureElsewhere,
            "POST /restore/error",
            "POST /init/error",
        );
        let finding = finding(&expect.cites, code, expected, actual);
        Finding {
            level: finding.level.min(law::Level::Should),
            evidence: evidence::of_exchange(timeline.transcript, index),
            ..finding
        }
    })
}

fn wrong_exit(timeline: &Timeline<'_>, expect: &Expect) -> Option<Finding> {
    let exit = timeline.transcript.target().exit?;
    (expect.wants_failure() && exit.code == Some(0)).then(|| {
        finding(
            external::cites_of_exit(expect, timeline),
            Code::ExitCodeZero,
            "an exit code other than 0",
            "exit code 0",
        )
    })
}
