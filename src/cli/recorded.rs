//! The report of recordings that were judged again.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::case::{Because, Case, LeftOut};
use crate::law::{InForce, Set, Subject};
use crate::session::{CliError, given_day};
use crate::transcript::{ActorKind, Transcript};
use crate::verdict::{CaseResult, Date, Report, Strictness, TargetInfo, untried};

/// What the recordings show of the target and the time.
#[derive(Default)]
pub(super) struct Recorded {
    target: Option<TargetInfo>,
    last_ms: u64,
}

impl Recorded {
    /// Takes what one recording shows.
    pub(super) fn take(&mut self, transcript: &Transcript) {
        self.last_ms = self.last_ms.max(transcript.began_unix_ms);
        let target = self.target.get_or_insert_with(|| target(transcript));
        if target.runtime.is_none() {
            target.runtime = agent(transcript);
        }
    }

    /// What is under test.
    fn subject(&self) -> Subject {
        match &self.target {
            Some(target) if target.kind == "extension" => Subject::Extension,
            Some(_) | None => Subject::Runtime,
        }
    }

    /// The results as the report of a run: on the day of the last recording, so that the same recordings always give the same
    /// report.
    pub(super) fn report(
        self,
        results: Vec<CaseResult>,
        cases: &[Case],
        set: Option<&Arc<Set>>,
        strictness: Strictness,
    ) -> Result<Report, CliError> {
        let subject = self.subject();
        let played: BTreeSet<&str> = results.iter().map(|result| result.id.as_str()).collect();
        let bound =
            |case: &&Case| (case.subject == Subject::Extension) == (subject == Subject::Extension);
        let others = cases.iter().filter(bound);
        let others = others.filter(|case| !played.contains(case.id.as_str()));
        let is_newer = |case: &Case| set.is_some_and(|set| !set.has_case(&case.id));
        let because = |case: &Case| match is_newer(case) {
            true => Because::Set,
            false => Because::Recording,
        };
        let left_out: Vec<LeftOut> = others
            .map(|case| LeftOut::new(case, because(case)))
            .collect();
        let set = match set {
            Some(set) => Some(InForce::only(set)),
            None => InForce::law(subject),
        };
        let day = given_day()?.unwrap_or_else(|| Date::from_unix_seconds(self.last_ms / 1000));
        Ok(Report {
            tool: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: self
                .target
                .unwrap_or_else(|| TargetInfo::new("process", Vec::new())),
            untried: untried(&results, &left_out, set.as_ref()),
            duration_ms: results.iter().map(|result| result.duration_ms).sum(),
            cases: results,
            deselected: left_out.len(),
            left_out,
            set,
            day: Some(day),
            baseline_problems: Vec::new(),
            notes: Vec::new(),
            lost: Vec::new(),
            strictness,
            interrupted: false,
            reproduce: String::new(),
        })
    }
}

/// What a recording is about.
pub(super) fn subject_of(transcript: &Transcript) -> Subject {
    match transcript.target().kind {
        ActorKind::Extension => Subject::Extension,
        ActorKind::Runtime | ActorKind::LaterRuntime => Subject::Runtime,
    }
}

fn target(transcript: &Transcript) -> TargetInfo {
    let actor = transcript.target();
    let kind = match subject_of(transcript) {
        Subject::Extension => "extension",
        Subject::Runtime | Subject::Image => "process",
    };
    TargetInfo::new(kind, actor.command.clone())
}

/// What the runtime calls itself in its first call.
fn agent(transcript: &Transcript) -> Option<String> {
    let first = transcript.exchanges.iter();
    let mut first = first.filter(|call| {
        call.actor
            .is_none_or(|actor| actor == transcript.actors.target())
    });
    first.next()?.header("user-agent")
}
