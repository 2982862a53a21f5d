//! The probe: asks the fixture once, before anything is judged, what it can do.

mod contract;
mod description;
mod fault;

pub use fault::ProbeFault;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use description::{Description, described, fault_in};

use super::single::{Played, last_output, play_and_judge, play_on_and_judge};
use crate::case::{Case, Ordinary, Payload, Step};
use crate::check::{Finding, exit_words};
use crate::cut::shortened;
use crate::law::Code;
use crate::plan::Able;
use crate::play::Stage;
use crate::protocol::{Endpoint, Mode, Route};
use crate::transcript::{Connection, EndReason, Exchange, StepRecord, Transcript};
use crate::verdict::{breaks_a_must, is_breach};

static CASE: &str = include_str!("../../specs/probe.json");

/// How long an ordinary function may take for all of its events, in milliseconds; the service's own default is 3 s for each.
const FUNCTION_MS_MAX: u64 = 60_000;

/// What the probe learnt about a fixture.
#[derive(Debug)]
pub struct Probe {
    /// What it can do.
    pub able: Able,
    /// `name/version` of the runtime.
    pub runtime: Option<String>,
    /// The probe itself, if the runtime broke a MUST in it.
    pub breach: Option<Box<Played>>,
}

/// Starts the target once and gives it each event. Gives whether the function answers, and how soon; and the probe itself,
/// if the runtime broke a MUST in it.
///
/// # Errors
/// Nothing can be judged.
pub async fn probe_ordinary(
    stage: &Stage,
    events: &[Payload],
    cancel: &CancellationToken,
) -> Result<(Ordinary, Option<Box<Played>>), ProbeFault> {
    let case = ordinary_case(events);
    let Some(played) = play_and_judge(&case, stage, cancel).await else {
        return Err(ProbeFault::Cancelled);
    };
    let Some(transcript) = &played.transcript else {
        return Err(ProbeFault::Stage(played.result.reason));
    };
    if transcript.exchanges.is_empty() {
        return Err(never_called(played, stage));
    }
    let times: Vec<u64> = transcript.steps.chunks(2).map_while(time_taken).collect();
    if times.len() == events.len() {
        let ordinary = Ordinary {
            events: events.to_vec(),
            answer_ms: times.into_iter().max().unwrap_or_default(),
        };
        return Ok((ordinary, breach(played)));
    }
    if the_runtimes(&played).next().is_some() {
        return Err(ProbeFault::Breach(Box::new(played)));
    }
    Err(unanswered(transcript, times.len()))
}

/// The breaches that only the runtime can cause.
fn the_runtimes(played: &Played) -> impl Iterator<Item = &Finding> {
    let findings = played.result.findings.iter();
    findings.filter(|finding| is_breach(finding) && !may_be_the_functions(finding))
}

/// The signs of an ordinary function that fails to load, hangs or ends its process.
fn may_be_the_functions(finding: &Finding) -> bool {
    let codes = [
        Code::Exited,
        Code::ExitedBeforeNext,
        Code::InvocationLost,
        Code::NoAnswer,
        Code::NoNext,
    ];
    codes.iter().any(|code| code.name() == finding.code)
}

/// From the delivery of an event to its answer, in milliseconds.
fn time_taken(pair: &[StepRecord]) -> Option<u64> {
    let [serve, expect] = pair else {
        return None;
    };
    let (delivered, answered) = (serve.met?, expect.met?);
    Some(answered.us().saturating_sub(delivered.us()).div_ceil(1000))
}

/// The function's own fault, as far as can be seen.
fn unanswered(transcript: &Transcript, answered: usize) -> ProbeFault {
    let what = match (answer(transcript), transcript.runtime().exit) {
        (Some(Err(what)), _) if answered == 0 => what,
        (_, Some(exit)) => format!("the process {}", exit_words(exit)),
        (_, None) => format!("nothing came within {} s", transcript.end.at.ms() / 1000),
    };
    ProbeFault::Unanswered {
        number: answered + 1,
        what,
        output: output(transcript),
    }
}

/// The script of the other probe: each event, and its answer.
fn ordinary_case(events: &[Payload]) -> Case {
    let mut case = probe_case();
    let serve = case.steps.first().cloned();
    let expect = case.steps.get(1).cloned();
    case.steps.clear();
    for event in events {
        let mut serve = serve.clone();
        if let Some(Step::Serve(serve)) = &mut serve {
            Arc::make_mut(serve).event = event.clone();
        }
        case.steps
            .extend([serve, expect.clone()].into_iter().flatten());
    }
    case.id = "probe/ordinary".to_owned();
    case.title = "The function answers ordinary events".to_owned();
    case.why = "Before it judges anything, ricspec checks that there is an answer.".to_owned();
    case.deadline_ms = FUNCTION_MS_MAX;
    case
}

/// The script of the probe.
pub fn probe_case() -> Case {
    serde_json::from_str(CASE).expect("the probe is a case; a test holds it")
}

/// Starts the target once. Asks what the fixture can do, and then whether each verb that returns a value works.
///
/// # Errors
/// Nothing can be judged.
pub async fn probe(stage: &Stage, cancel: &CancellationToken) -> Result<Probe, ProbeFault> {
    let further = |transcript: &Transcript| match answer(transcript) {
        Some(Ok(description)) => contract::steps(&description.verbs),
        Some(Err(_)) | None => Vec::new(),
    };
    let Some(mut played) = play_on_and_judge(&probe_case(), Some(&further), stage, cancel).await
    else {
        return Err(ProbeFault::Cancelled);
    };
    let Some(transcript) = &played.transcript else {
        return Err(ProbeFault::Stage(played.result.reason));
    };
    if transcript.exchanges.is_empty() {
        return Err(never_called(played, stage));
    }
    let what = match answer(transcript) {
        Some(Ok(Description { verbs, runtime, .. })) => {
            let outside = contract::outside(&verbs, transcript, &played.result.findings);
            return Ok(Probe {
                able: Able { verbs, outside },
                runtime,
                breach: breach(played),
            });
        }
        Some(Err(what)) => what,
        None if must_breaches(&played).next().is_some() => {
            return Err(ProbeFault::Breach(Box::new(played)));
        }
        None => "it gave no answer".to_owned(),
    };
    if !broke_a_must(&played) {
        return Err(no_fixture(&played, what));
    }
    played.result.reason = format!("it is unknown what the fixture can do: {what}");
    Err(ProbeFault::Breach(Box::new(played)))
}

fn must_breaches(played: &Played) -> impl Iterator<Item = &Finding> {
    let findings = played.result.findings.iter();
    findings.filter(|finding| breaks_a_must(finding))
}

/// Whether the runtime broke a MUST before it was known what the fixture can do. The answer of a function that is not a
/// fixture may be no JSON; the description of a fixture is always JSON.
fn broke_a_must(played: &Played) -> bool {
    let is_description = |call: &Exchange| call.body.text().contains("ricspec");
    let described = || {
        let transcript = played.transcript.iter();
        transcript
            .flat_map(|transcript| &transcript.exchanges)
            .any(is_description)
    };
    the_runtimes(played)
        .filter(|finding| breaks_a_must(finding))
        .any(|finding| finding.code != Code::NotJson.name() || described())
}

/// The MUSTs that the runtime itself broke. Texts that are not JSON may come from the fixture; the cases decide that.
fn breach(mut played: Played) -> Option<Box<Played>> {
    let proven = |finding: &Finding| {
        breaks_a_must(finding)
            && !may_be_the_functions(finding)
            && finding.code != Code::NotJson.name()
    };
    played.result.findings.retain(proven);
    (!played.result.findings.is_empty()).then(|| Box::new(played))
}

/// Nothing readable came.
fn never_called(played: Played, stage: &Stage) -> ProbeFault {
    let garbage = |connection: &Connection| connection.garbage.is_some();
    match &played.transcript {
        Some(transcript) if !transcript.connections.iter().any(garbage) => {
            silent(transcript, stage)
        }
        Some(_) | None => ProbeFault::Breach(Box::new(played)),
    }
}

fn silent(transcript: &Transcript, stage: &Stage) -> ProbeFault {
    let command = transcript.runtime().command.join(" ");
    let what = match (transcript.end.reason, transcript.runtime().exit) {
        (_, Some(exit)) => {
            let how = exit_words(exit);
            format!(
                "`{command}` {how} before it made a call to the Runtime API; is it the command that starts the runtime?"
            )
        }
        (EndReason::NeverCalled, None) => format!(
            "`{command}` made no call to the Runtime API at {} within {} s; is it the command that starts the runtime? \
             A slow runtime needs a longer --startup-timeout",
            transcript.api,
            stage.startup.as_secs_f64()
        ),
        (_, None) => format!("`{command}` made no call to the Runtime API"),
    };
    ProbeFault::Silent {
        // It may have called on a connection that was not accepted.
        what: transcript
            .excess
            .clone()
            .unwrap_or(what + &strangers(transcript)),
        output: output(transcript),
    }
}

/// Calls of other processes, which are not the runtime's.
fn strangers(transcript: &Transcript) -> String {
    let who = transcript.strangers.first().map(|stranger| &stranger.who);
    let told = who.map(|who| format!("; `{who}`, which it did not start, called and was refused"));
    told.unwrap_or_default()
}

fn no_fixture(played: &Played, what: String) -> ProbeFault {
    ProbeFault::NoFixture {
        what,
        output: played.transcript.as_ref().map(output).unwrap_or_default(),
        breaches: the_runtimes(played)
            .map(|finding| {
                let Finding {
                    requirement,
                    code,
                    actual,
                    ..
                } = finding;
                format!("\nThe runtime breaks {requirement} there ({code}): {actual}")
            })
            .collect(),
    }
}

fn output(transcript: &Transcript) -> String {
    last_output(transcript)
        .iter()
        .map(|line| format!("\n  {line}"))
        .collect()
}

/// The fixture's answer, or in `Err` what came instead. A report of a failed start counts if nothing else came.
fn answer(transcript: &Transcript) -> Option<Result<Description, String>> {
    let answer = transcript.exchanges.iter().find_map(answered);
    answer.or_else(|| {
        let failed = transcript
            .exchanges
            .iter()
            .find(|call| is_init_error(call))?;
        let text = shortened(&failed.body.text());
        Some(Err(format!("its initialisation failed with {text}")))
    })
}

fn is_init_error(call: &Exchange) -> bool {
    matches!(
        call.route(Mode::OnDemand),
        Route::Known(Endpoint::InitError)
    )
}

/// What a call says about the fixture, if it answers an event.
fn answered(call: &Exchange) -> Option<Result<Description, String>> {
    let text = || shortened(&call.body.text());
    match call.route(Mode::OnDemand) {
        Route::Known(Endpoint::Response(_)) => Some(match described(&call.body.kept) {
            Ok(probe) if probe.ricspec == 1 => Ok(probe.bounded()),
            Ok(probe) => Err(format!(
                "it has version {} of the contract, but this ricspec has version 1",
                probe.ricspec
            )),
            Err(error) => Err(format!(
                "it answered `describe` with {}{}",
                text(),
                fault_in(&call.body.kept, &error)
            )),
        }),
        Route::Known(Endpoint::Error(_)) => Some(Err(format!(
            "it answered `describe` with the error {}",
            text()
        ))),
        Route::Known(_) | Route::WrongMethod { .. } | Route::Other(_) | Route::NotFound => None,
    }
}
