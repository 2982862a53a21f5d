//! What there is to test: the selected cases, where they are played, and which of them can be played.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::console::note;
use crate::image::{Image, is_about_facts, prevents_start};
use crate::play::{Stage, Surroundings};
use crate::report::{Style, human};
use crate::run::{Played, ProbeFault, probe_case};
use crate::session::{
    Asked, CliError, Ready, RunOptions, Settings, Unready, event_loop, judge_fact, prepare, ready,
    select, shared_tmp,
};
use crate::verdict::{CaseResult, Verdict};

/// The cases as tests.
pub(super) struct Suite {
    pub(super) settings: Settings,
    event_loop: Runtime,
    /// The selected cases, by id.
    cases: Vec<Case>,
    /// The ids of those that the arguments name.
    named: Vec<String>,
    ground: Ground,
}

/// Where cases are played, and what is known of the target.
struct Ground {
    stage: Arc<Stage>,
    surroundings: Surroundings,
    image: Option<Image>,
    /// What the fixture can do, or why this is unknown.
    asked: Result<Asked, String>,
}

/// How much must be known before a case is played.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Look {
    /// Which cases will be skipped.
    Ahead,
    /// What is needed to play them.
    Usual,
}

/// Whether a case can be tried.
pub(super) enum Fitted {
    /// It is played in this form.
    Played(Box<Case>),
    /// It is judged without being played.
    Judged(Box<CaseResult>),
    /// It cannot be tried, and why.
    Not(String),
    /// The target could not be asked, so every case fails.
    Unknown(String),
}

impl Suite {
    /// Reads settings and cases, and asks the target if the arguments name any test.
    pub(super) fn read(look: Look, is_named: impl Fn(&str) -> bool) -> Result<Self, CliError> {
        // Tests run at the same time, in one process or in several.
        let settings = Settings::new(RunOptions::default())?.apart()?;
        let mut cases = select(&settings, None)?.run;
        let event_loop = event_loop()?;
        let is_played = |case: &Case| !is_about_facts(case) && is_named(&case.id);
        let probe = probe_case();
        let asks = cases.iter().any(is_played) || is_played(&probe);
        let any = cases.iter().any(|case| is_named(&case.id)) || is_named(&probe.id);
        let mut ground = match any {
            true => event_loop.block_on(Ground::prepare(&settings, asks)),
            false => Ground::of(&settings, Ok(Asked::default())),
        };
        ground.surroundings = match look {
            Look::Ahead if ground.asked.is_ok() && asks => {
                event_loop.block_on(Surroundings::look(&ground.stage))
            }
            Look::Ahead | Look::Usual => Surroundings::known(&ground.stage),
        };
        if ground.breach(&settings).is_some() {
            cases.push(probe);
        }
        cases.sort_by(|one, other| one.id.cmp(&other.id));
        let ids = cases.iter().map(|case| case.id.clone());
        Ok(Self {
            named: ids.filter(|id| is_named(id)).collect(),
            settings,
            event_loop,
            cases,
            ground,
        })
    }

    /// The selected cases, by id.
    pub(super) fn all(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter()
    }

    /// Those of them that the arguments name.
    pub(super) fn named(&self) -> impl Iterator<Item = &Case> {
        self.cases
            .iter()
            .filter(|case| self.named.contains(&case.id))
    }

    pub(super) fn stage(&self) -> &Arc<Stage> {
        &self.ground.stage
    }

    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.event_loop.block_on(work)
    }

    /// Whether a case can be tried, as far as this is known before it is played.
    pub(super) fn fitted(&self, case: &Case) -> Fitted {
        let Ground {
            stage,
            surroundings,
            image,
            asked,
        } = &self.ground;
        if is_about_facts(case) {
            let result = judge_fact(case, image.as_ref());
            return match result.verdict == Verdict::Skip {
                true => Fitted::Not(result.reason),
                false => Fitted::Judged(Box::new(result)),
            };
        }
        if let Some(finding) = image.as_ref().and_then(prevents_start) {
            return Fitted::Not(format!("the image cannot be started: {}", finding.actual));
        }
        let asked = match asked {
            Ok(asked) => asked,
            Err(reason) => return Fitted::Unknown(reason.clone()),
        };
        if case.id == probe_case().id {
            let breach = self.ground.breach(&self.settings);
            return breach.map_or_else(
                || Fitted::Not("the runtime broke nothing in it".to_owned()),
                |result| Fitted::Judged(Box::new(result)),
            );
        }
        match asked.fitted(case) {
            Err(reason) => Fitted::Not(reason.to_string()),
            Ok(case) => match surroundings.lack(&case, stage) {
                Some(reason) => Fitted::Not(reason),
                None => Fitted::Played(Box::new(case)),
            },
        }
    }
}

impl Ground {
    fn of(settings: &Settings, asked: Result<Asked, String>) -> Self {
        Self {
            stage: Arc::clone(&settings.stage),
            surroundings: Surroundings::known(&settings.stage),
            image: None,
            asked,
        }
    }

    /// Prepares the target, and asks it if `asks`.
    async fn prepare(settings: &Settings, asks: bool) -> Self {
        let prepared = match prepare(settings).await {
            Ok(prepared) => prepared,
            Err(error) => return Self::of(settings, Err(error.to_string())),
        };
        let first = Ready::unasked(settings, &prepared);
        if let Some(reason) = shared_tmp(&first.stage) {
            note(&format!(
                "tests that run at the same time share /tmp: {reason}; --test-threads 1 keeps them apart"
            ));
        }
        let mut ground = Self::of(settings, Ok(Asked::default()));
        ground.stage = first.stage;
        if asks {
            match ready(settings, &prepared, &CancellationToken::new(), |_| ()).await {
                Ok(Ready { stage, asked }) => {
                    ground.stage = stage;
                    ground.asked = Ok(asked);
                }
                // For an image, each case reports that itself.
                Err(Unready::Image(_)) => {}
                Err(Unready::Probe(ProbeFault::Breach(played))) => {
                    let text = human::failure(&played.result, Style::Plain).to_string();
                    ground.asked = Err(text);
                }
                Err(Unready::Probe(fault)) => ground.asked = Err(fault.to_string()),
            }
        }
        ground.image = prepared.image;
        ground
    }

    /// A MUST that the runtime broke while it was asked, and that the baseline does not know.
    fn breach(&self, settings: &Settings) -> Option<CaseResult> {
        let Played { result, .. } = self.asked.as_ref().ok()?.breach.as_deref()?;
        let mut result = result.clone();
        result.findings.retain(|finding| {
            let known = settings
                .baseline
                .iter()
                .flat_map(|baseline| &baseline.known);
            !known.into_iter().any(|known| known.code == finding.code)
        });
        (!result.findings.is_empty()).then_some(result)
    }
}
