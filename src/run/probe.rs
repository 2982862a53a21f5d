//! The probe: asks the fixture, once and before anything is judged, what it can do.

use serde::Deserialize;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::{Played, last_output, play_and_judge};
use crate::case::Case;
use crate::check::{exit_words, shortened};
use crate::play::Stage;
use crate::protocol::{Endpoint, Route};
use crate::transcript::{EndReason, Transcript};
use crate::verdict::is_breach;

static CASE: &str = include_str!("../../specs/probe.json");

/// What the fixture says of itself, and the runtime with it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Probe {
    ricspec: u32,
    /// The verbs and init words that it honours.
    pub verbs: Vec<String>,
    /// `name/version` of the runtime.
    #[serde(default)]
    pub runtime: Option<String>,
}

/// Why nothing can be judged.
#[derive(Debug, Error)]
pub enum ProbeFault {
    /// The stage broke: the target could not be started, or nobody could listen.
    #[error("{0}")]
    Stage(String),
    /// The target never called: most likely it is the wrong command.
    #[error("{what}{output}")]
    Silent {
        /// What happened instead.
        what: String,
        /// Its last output, on lines of their own.
        output: String,
    },
    /// The target works, the fixture does not.
    #[error(
        "the function under test is not a fixture: {what}{output}\nRun `ricspec fixture LANGUAGE` for one, and see specs/fixture-contract.md"
    )]
    NoFixture {
        /// What came instead.
        what: String,
        /// Its last output, on lines of their own.
        output: String,
    },
    /// The runtime broke a requirement before the fixture could answer: a finding like any other.
    #[error("the runtime breaks a requirement at its first event")]
    Breach(Box<Played>),
    /// ricspec was told to stop.
    #[error("interrupted")]
    Cancelled,
}

/// The script of the probe.
pub fn probe_case() -> Case {
    serde_json::from_str(CASE).expect("the probe is a case; a test holds it")
}

/// Starts the target once and asks it.
pub async fn probe(stage: &Stage, cancel: &CancellationToken) -> Result<Probe, ProbeFault> {
    let Some(played) = play_and_judge(&probe_case(), stage, cancel).await else {
        return Err(ProbeFault::Cancelled);
    };
    let Some(transcript) = &played.transcript else {
        return Err(ProbeFault::Stage(played.result.reason));
    };
    if transcript.exchanges.is_empty() {
        let garbage = |connection: &crate::transcript::Connection| connection.garbage.is_some();
        if transcript.connections.iter().any(garbage) {
            return Err(ProbeFault::Breach(Box::new(played)));
        }
        return Err(silent(transcript, stage));
    }
    match answer(transcript) {
        Some(Ok(probe)) => Ok(probe),
        Some(Err(what)) => Err(no_fixture(transcript, what)),
        None if played.result.findings.iter().any(is_breach) => {
            Err(ProbeFault::Breach(Box::new(played)))
        }
        None => Err(no_fixture(transcript, "it gave no answer".to_owned())),
    }
}

fn silent(transcript: &Transcript, stage: &Stage) -> ProbeFault {
    let command = transcript.command.join(" ");
    let what = match (transcript.end.reason, transcript.process.exit) {
        (_, Some(exit)) => {
            let how = exit_words(exit);
            format!(
                "`{command}` {how} before it made a call to the Runtime API; is it the command that starts the runtime?"
            )
        }
        (EndReason::NeverCalled, None) => format!(
            "`{command}` made no call to the Runtime API at {} within {} s; is it the command that starts the runtime? \
             A slow one needs a longer --startup-timeout",
            transcript.api,
            stage.startup.as_secs_f64()
        ),
        (_, None) => format!("`{command}` made no call to the Runtime API"),
    };
    ProbeFault::Silent {
        what,
        output: output(transcript),
    }
}

fn no_fixture(transcript: &Transcript, what: String) -> ProbeFault {
    ProbeFault::NoFixture {
        what,
        output: output(transcript),
    }
}

fn output(transcript: &Transcript) -> String {
    last_output(transcript)
        .iter()
        .map(|line| format!("\n  {line}"))
        .collect()
}

/// The fixture's answer; `Err` says what came in its place.
fn answer(transcript: &Transcript) -> Option<Result<Probe, String>> {
    transcript.exchanges.iter().find_map(|exchange| {
        let text = || shortened(&exchange.body.text());
        match Route::of(&exchange.method, &exchange.target) {
            Route::Known(Endpoint::Response(_)) => {
                Some(match serde_json::from_slice::<Probe>(&exchange.body.kept) {
                    Ok(probe) if probe.ricspec == 1 => Ok(probe),
                    Ok(probe) => Err(format!(
                        "it speaks version {} of the contract, and this ricspec version 1",
                        probe.ricspec
                    )),
                    Err(_) => Err(format!("it answered `describe` with {}", text())),
                })
            }
            Route::Known(Endpoint::Error(_)) => Some(Err(format!(
                "it answered `describe` with the error {}",
                text()
            ))),
            Route::Known(Endpoint::InitError) => {
                Some(Err(format!("its initialisation failed with {}", text())))
            }
            Route::Known(_) | Route::WrongMethod { .. } | Route::NotFound => None,
        }
    })
}
