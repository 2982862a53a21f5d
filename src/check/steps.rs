//! The case's own expectations: waits that were not met, and rules that do not hold.

mod unmet;

use std::collections::BTreeMap;

use super::attribution;
use super::clock;
use super::code::Code;
use super::evidence;
use super::growth::{Gain, gains};
use super::rule::{self, Subject};
use super::timeline::{Call, Timeline};
use super::{Evidence, Finding};
use crate::case::{Check, ExitCode, Expect, Freeze, Measure, Quiet, Step, What};
use crate::law;
use crate::protocol::Route;
use crate::transcript::{Exchange, SignalRecord, StepRecord};
use unmet::unmet;

/// Whether the audit knows why the case did not go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cause {
    Known,
    Unknown,
}

/// What the steps of a case find; where bodies are misframed, checks of what came prove nothing.
pub(super) fn findings(timeline: &Timeline<'_>, cause: Cause, misframed: bool) -> Vec<Finding> {
    let mut found = Found::default();
    let mut measures = 0;
    let mut thaws = timeline.thaws();
    for (_, line) in timeline.case.lines() {
        let all = timeline.case.steps.iter().zip(&timeline.transcript.steps);
        for (step, state) in all.skip(line.start).take(line.len()) {
            match (step, state.met) {
                (Step::Expect(expect), Some(_)) => {
                    let spoiled = found.spoiled;
                    let proves_nothing = |check: &Check| {
                        misframed || (spoiled && attribution::is_about_body(&check.rule))
                    };
                    let judged = |check: &&Check| !proves_nothing(check);
                    met(timeline, expect, state, judged, &mut found);
                }
                (Step::Measure(measure), Some(_)) => {
                    found.take(grown(timeline, measure, measures));
                    measures += 1;
                }
                (Step::Freeze(freeze), Some(_)) => {
                    found.take(kept_back(timeline, freeze, thaws.next()));
                }
                (Step::Quiet(quiet), Some(_)) => found.take(disturbed(timeline, quiet, state)),
                (_, Some(_)) => {}
                (step, None) => {
                    // What comes after the first unmet step of a line was never tried.
                    found.take(unmet(timeline, step).filter(|_| cause == Cause::Unknown));
                    break;
                }
            }
        }
    }
    found.findings()
}

/// How many findings of one kind are told one by one; a case of thousands of steps may find as many.
const ALIKE_MAX: usize = 64;

/// What steps have found.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    /// How many there were of each kind, and where the last one stands that is told.
    kinds: BTreeMap<(String, String), (usize, usize)>,
    /// Whether a plain fault of a body was found.
    spoiled: bool,
}

impl Found {
    fn take(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.prove(finding, |finding| finding);
        }
    }

    /// Takes a finding in; `proven` gives it its evidence.
    fn prove(&mut self, finding: Finding, proven: impl FnOnce(Finding) -> Finding) {
        self.spoiled |= attribution::is_plain(&finding.requirement);
        let kind = (finding.requirement.clone(), finding.code.clone());
        let (count, last) = self.kinds.entry(kind).or_default();
        *count += 1;
        if *count <= ALIKE_MAX {
            *last = self.findings.len();
            self.findings.push(proven(finding));
        }
    }

    /// All that is told; the last one of many says how many more there were.
    fn findings(mut self) -> Vec<Finding> {
        for (count, last) in self.kinds.into_values() {
            let more = count.saturating_sub(ALIKE_MAX);
            if let Some(finding) = self.findings.get_mut(last).filter(|_| more > 0) {
                finding.actual =
                    format!("{} (and {more} times more in later steps)", finding.actual);
            }
        }
        self.findings
    }
}

fn finding(
    cites: &str,
    code: impl Into<String>,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> Finding {
    Finding {
        requirement: cites.to_owned(),
        level: law::level_of(cites),
        code: code.into(),
        expected: expected.into(),
        actual: actual.into(),
        evidence: Evidence::default(),
    }
}

/// `judged` says which checks can still prove something.
fn met(
    timeline: &Timeline<'_>,
    expect: &Expect,
    state: &StepRecord,
    judged: impl Fn(&&Check) -> bool,
    found: &mut Found,
) {
    let index = state.exchange;
    let exchange = index.and_then(|index| timeline.transcript.exchanges.get(index));
    if let Some(finding) = wrong_endpoint(timeline, expect, index) {
        return found.take([finding]);
    }
    if let Some(finding) = wrong_exit(timeline, expect) {
        found.prove(finding, |finding| {
            with_evidence(timeline, finding, None, None)
        });
    }
    let delivery = index
        .and_then(|index| timeline.call(index))
        .and_then(Call::addressed)
        .and_then(|invocation| timeline.transcript.invocations.get(invocation));
    let subject = Subject {
        timeline,
        exchange,
        delivery,
    };
    let came = kind_of_answer(timeline, index);
    let about_it = |check: &&Check| check.only.is_none_or(|only| Some(only) == came);
    for check in expect.checks.iter().filter(judged).filter(about_it) {
        if let Some(finding) = broken(&subject, check) {
            found.prove(finding, |finding| {
                with_evidence(timeline, finding, index, exchange)
            });
        }
    }
}

/// Which of the two kinds of answer a call is.
fn kind_of_answer(timeline: &Timeline<'_>, index: Option<usize>) -> Option<What> {
    let call = timeline.call(index?)?;
    Some(match call.is_error() {
        true => What::Error,
        false => What::Response,
    })
}

fn with_evidence(
    timeline: &Timeline<'_>,
    finding: Finding,
    index: Option<usize>,
    exchange: Option<&Exchange>,
) -> Finding {
    let evidence = match (index, exchange) {
        (Some(index), Some(_)) => evidence::of_exchange(timeline.transcript, index),
        _ => evidence::of_silence(timeline.transcript, None),
    };
    Finding {
        evidence,
        ..finding
    }
}

fn broken(subject: &Subject<'_>, check: &Check) -> Option<Finding> {
    let breach = rule::hold(subject, &check.rule).err()?;
    if clock::is_read(&check.rule) && subject.timeline.transcript.clock_set_by_ms().is_some() {
        return None;
    }
    let code = check.code.as_deref().unwrap_or(breach.code.name());
    let expected = match &check.expected {
        Some(words) => format!("{words} ({})", breach.expected),
        None => breach.expected,
    };
    let mode = subject.timeline.case.mode;
    let route = subject
        .exchange
        .map(|exchange| Route::of(mode, &exchange.method, &exchange.target));
    let endpoint = route.as_ref().and_then(Route::endpoint);
    let cites = attribution::attributed(&check.cites, &check.rule, breach.code, endpoint);
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
    let came_error = timeline.call(index)?.is_error();
    let (code, expected, actual) = match (expect.call, came_error) {
        (What::Response, true) => (
            Code::ErrorInsteadOfResponse,
            "POST /response",
            "POST /error",
        ),
        (What::Error, false) => (
            Code::ResponseInsteadOfError,
            "POST /error",
            "POST /response",
        ),
        _ => return None,
    };
    // An error that does not come as one is that fault, whatever of the error the case is about.
    let cites = match expect.call {
        What::Error if expect.cites.starts_with("ERR-") => "ERR-01",
        _ => expect.cites.as_str(),
    };
    Some(Finding {
        evidence: evidence::of_exchange(timeline.transcript, index),
        ..finding(cites, code, expected, actual)
    })
}

fn wrong_exit(timeline: &Timeline<'_>, expect: &Expect) -> Option<Finding> {
    let exit = timeline.transcript.process.exit?;
    let wants_failure = expect.call.allows_exit() && expect.code == Some(ExitCode::Nonzero);
    (wants_failure && exit.code == Some(0)).then(|| {
        finding(
            &expect.cites,
            Code::ExitCodeZero,
            "an exit code other than 0",
            "exit code 0",
        )
    })
}

/// What the runtime has gained since the first measure, where that is too much.
fn grown(timeline: &Timeline<'_>, measure: &Measure, index: usize) -> Vec<Finding> {
    let growth = measure.growth.as_ref();
    let measures = &timeline.transcript.measures;
    let (Some(growth), Some(first), Some(now)) = (growth, measures.first(), measures.get(index))
    else {
        return Vec::new();
    };
    let breach = |gain: &Gain| {
        let Gain {
            code,
            what,
            before,
            after,
            most,
        } = gain;
        let words = format!("from {before} to {after} {what}");
        Finding {
            evidence: evidence::of_process(timeline.transcript, &words),
            ..finding(
                &growth.cites,
                *code,
                format!("at most {most} more {what} than at the first measure"),
                words.clone(),
            )
        }
    };
    gains(growth, first, now)
        .iter()
        .filter(|gain| gain.more() > gain.most)
        .map(breach)
        .collect()
}

/// What should have been written before a freeze, and was not by its end.
fn kept_back(
    timeline: &Timeline<'_>,
    freeze: &Freeze,
    thaw: Option<&SignalRecord>,
) -> Option<Finding> {
    let (wanted, by) = (freeze.written.as_ref()?, thaw?.written);
    let process = &timeline.transcript.process;
    let holds = process.stdout.begins_with(&wanted.text, by.stdout)
        || process.stderr.begins_with(&wanted.text, by.stderr);
    let came = process.stdout.contains(&wanted.text) || process.stderr.contains(&wanted.text);
    let actual = match came {
        true => "it came only after the freeze",
        false => "it never came",
    };
    (!holds).then(|| Finding {
        evidence: evidence::of_process(timeline.transcript, actual),
        ..finding(
            &wanted.cites,
            Code::OutputKeptBack,
            format!("`{}` in the output before the next poll", wanted.text),
            actual,
        )
    })
}

/// A call to the Runtime API in a time that should be quiet.
fn disturbed(timeline: &Timeline<'_>, quiet: &Quiet, state: &StepRecord) -> Option<Finding> {
    let (began, met) = (state.began?, state.met?);
    let call = timeline.call_since(began).filter(|call| call.at() < met)?;
    let expected = format!("no call for {} ms", quiet.ms);
    let actual = format!("{} {}", call.exchange.method, call.exchange.target);
    Some(Finding {
        evidence: evidence::of_exchange(timeline.transcript, call.index),
        ..finding(&quiet.cites, Code::CallInQuiet, expected, actual)
    })
}
