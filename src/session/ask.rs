//! Asks the function under test what it can do. A function that is not a fixture is used as it is, where the cases allow.

use tokio_util::sync::CancellationToken;

use super::settings::Settings;
use super::target::Target;
use crate::case::{Case, Ordinary, Payload, blackbox};
use crate::plan::{Able, Plan, SkipReason, fitted};
use crate::play::Stage;
use crate::reference;
use crate::run::{Played, Probe, ProbeFault, probe, probe_ordinary};

/// What the function said, or what is known without asking.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// What a fixture can do.
    pub(crate) able: Able,
    /// `name/version` of the runtime.
    pub(crate) runtime: Option<String>,
    /// Set if the function is not a fixture.
    pub(crate) ordinary: Option<Ordinary>,
    /// How this was found out; `None` if the user said so.
    pub(crate) because: Option<String>,
    /// The probe itself, if the runtime broke a MUST in it.
    pub(crate) breach: Option<Box<Played>>,
}

impl Asked {
    /// The cases of a plan that can be played; the plan takes every need as met.
    pub(crate) fn cut(&self, plan: Plan) -> Plan {
        match &self.ordinary {
            Some(ordinary) => plan.blackbox(ordinary),
            None => plan,
        }
    }

    /// Verbs that no case needs: probably misspelt.
    pub(crate) fn unknown(&self, cases: &[Case]) -> impl Iterator<Item = &String> {
        let needed = |verb: &str| {
            let mut needs = cases.iter().flat_map(|case| &case.needs);
            needs.any(|need| need == verb)
        };
        let idle = ["describe", "stream"];
        let said = self.able.verbs.iter();
        said.filter(move |verb| !idle.contains(&verb.as_str()) && !needed(verb))
    }

    /// The case as it will be played, or why it cannot be played.
    pub(crate) fn fitted(&self, case: &Case) -> Result<Case, SkipReason> {
        match &self.ordinary {
            Some(ordinary) => blackbox(case, ordinary).map_err(SkipReason::NoFixture),
            None => fitted(case, &self.able),
        }
    }
}

/// Asks the function.
pub(crate) async fn ask(
    settings: &Settings,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Asked, ProbeFault> {
    match (&settings.events, &settings.target) {
        // No question is needed, and a mutant of it may not live long enough to answer.
        (
            Some(events),
            Target::Reference(_) | Target::Extension | Target::ReferenceExtension(_),
        ) => {
            let known = Ordinary {
                events: events.clone(),
                answer_ms: 0,
            };
            Ok(ordinary((known, None)))
        }
        (Some(events), _) => Ok(ordinary(probe_ordinary(stage, events, cancel).await?)),
        // The function is that of the reference runtime.
        (None, Target::Reference(_) | Target::Extension | Target::ReferenceExtension(_)) => {
            Ok(Asked {
                able: reference::verbs().into(),
                ..Asked::default()
            })
        }
        (None, Target::Image(order)) if order.fixture.is_none() => ask_image(stage, cancel).await,
        (None, Target::Image(_) | Target::Process) => probe(stage, cancel).await.map(fixture),
    }
}

/// An image may hold any function. If it leaves `describe` unanswered, it is not clear whether the function or the runtime
/// is at fault.
async fn ask_image(stage: &Stage, cancel: &CancellationToken) -> Result<Asked, ProbeFault> {
    let because = match probe(stage, cancel).await {
        Ok(probe) => return Ok(fixture(probe)),
        Err(ProbeFault::NoFixture { what, .. }) => what,
        Err(ProbeFault::Breach(_)) => "it gave no answer to `describe`".to_owned(),
        Err(fault) => return Err(fault),
    };
    let known = probe_ordinary(stage, &[Payload::default()], cancel).await?;
    Ok(Asked {
        because: Some(because),
        ..ordinary(known)
    })
}

fn fixture(probe: Probe) -> Asked {
    Asked {
        able: probe.able,
        runtime: probe.runtime,
        breach: probe.breach,
        ..Asked::default()
    }
}

fn ordinary((ordinary, breach): (Ordinary, Option<Box<Played>>)) -> Asked {
    Asked {
        ordinary: Some(ordinary),
        breach,
        ..Asked::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_verb_is_known_by_no_case() {
        let cases = crate::case::read(&crate::case::embedded()).expect("our cases");
        let verbs = ["describe", "echo", "ecko", "init-fail"].map(str::to_owned);
        let asked = Asked {
            able: verbs.to_vec().into(),
            ..Asked::default()
        };
        assert_eq!(asked.unknown(&cases).collect::<Vec<_>>(), ["ecko"]);
    }
}
