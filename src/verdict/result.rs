//! The result of one case, and which breaches fail the run.

use serde::{Deserialize, Serialize};

use super::{KnownBreach, Outcome, Ruling, Verdict, is_breach, rule};
use crate::case::Case;
use crate::check::Finding;
use crate::law::Level;

/// Everything that is known of one case after the run.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The case's id.
    pub id: String,
    /// What a conformant runtime does.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// The strongest level among its requirements, as far as the case can show it.
    pub level: Level,
    /// The requirements that it tries.
    pub requirements: Vec<String>,
    /// The profile that it belongs to.
    pub profile: String,
    /// Why the real service never does what it does in this case, if so.
    pub beyond: Option<String>,
    /// The ruling.
    pub verdict: Verdict,
    /// Wall time, in milliseconds; 0 if it was not run.
    pub duration_ms: u64,
    /// The least time that the script of the case waits.
    pub waits_ms: u64,
    /// Breaches, and remarks of level MAY and INFO, strongest first.
    pub findings: Vec<Finding>,
    /// Breaches that the baseline knows, with its reason.
    pub known: Vec<KnownBreach>,
    /// Why it was skipped, flaky or inconclusive, passed unexpectedly or failed on our side; otherwise empty.
    pub reason: String,
    /// The last output of the process, for failures; up to some dozens of lines.
    pub output: Vec<String>,
    /// How near a passing case came to a limit, one line each.
    pub headroom: Vec<String>,
    /// One shell command that runs this case alone; empty if there is none.
    pub reproduce: String,
    /// Whether the target came to the end of it, so that every requirement which it names was tried.
    pub complete: bool,
    /// The SHA-256 of its transcript, in hexadecimal, if there is one.
    pub transcript: Option<String>,
}

impl CaseResult {
    /// The result of a case, before the baseline is applied; the caller adds output, headroom and reproduction.
    pub fn new(case: &Case, outcome: Outcome, duration_ms: u64) -> Self {
        let Ruling {
            verdict,
            known,
            reason,
        } = rule(&outcome, &[]);
        let mut findings = match outcome {
            Outcome::Judged { findings, .. } => findings,
            Outcome::Fault(_) | Outcome::Skipped(_) => Vec::new(),
        };
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        Self {
            id: case.id.clone(),
            title: case.title.clone(),
            why: case.why.clone(),
            level: case.level(),
            requirements: case.requirements.clone(),
            profile: case.profile.clone(),
            beyond: case.beyond.clone(),
            verdict,
            duration_ms,
            waits_ms: case.least_ms(),
            findings,
            known,
            reason,
            output: Vec::new(),
            headroom: Vec::new(),
            reproduce: String::new(),
            complete: true,
            transcript: None,
        }
    }

    /// The part of the id before the slash.
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// Makes this failure flaky: the case passed in the last of so many plays.
    #[must_use]
    pub fn flaky(mut self, plays: u32) -> Self {
        let breaches = self.findings.iter().filter(|finding| is_breach(finding));
        let kinds = breaches.map(|finding| format!("{} {}", finding.requirement, finding.code));
        let mut kinds: Vec<String> = kinds.collect();
        kinds.dedup();
        let what = match kinds.is_empty() {
            true => self.reason,
            false => kinds.join(", "),
        };
        self.reason = format!("it passed in play {plays}, and not before: {what}");
        self.verdict = Verdict::Flaky;
        self
    }

    /// Whether both found the same, in whatever words.
    pub fn is_alike(&self, other: &Self) -> bool {
        let kinds = |result: &Self| -> Vec<(String, Level, String)> {
            let kind = |finding: &Finding| {
                let Finding {
                    requirement,
                    level,
                    code,
                    ..
                } = finding;
                (requirement.clone(), *level, code.clone())
            };
            result.findings.iter().map(kind).collect()
        };
        self.verdict == other.verdict && kinds(self) == kinds(other)
    }

    /// The breaches that the baseline does not know.
    pub fn new_breaches(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| is_breach(finding) && !self.is_known(finding))
    }

    /// Whether the baseline knows the finding.
    pub fn is_known(&self, finding: &Finding) -> bool {
        self.known.iter().any(|known| known.code == finding.code)
    }

    /// Whether the case fails the run.
    pub fn counts(&self, strictness: Strictness) -> bool {
        match (self.verdict, strictness) {
            (Verdict::Pass | Verdict::ExpectedFailure | Verdict::Skip, _) => false,
            (Verdict::UnexpectedPass | Verdict::Error, _) => true,
            (Verdict::Fail | Verdict::Flaky | Verdict::Inconclusive, Strictness::Strict) => true,
            (Verdict::Flaky | Verdict::Inconclusive, Strictness::Usual) => false,
            (Verdict::Fail, Strictness::Usual) => self
                .new_breaches()
                .any(|finding| finding.level == Level::Must),
        }
    }
}

/// The target.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TargetInfo {
    /// `process`, `reference`, `image` or `extension`.
    pub kind: String,
    /// The command, or the mutant's name.
    pub command: Vec<String>,
    /// The name that the runtime gives itself: the fixture's `runtime`, otherwise its user agent.
    pub runtime: Option<String>,
    /// The verbs of the fixture.
    pub verbs: Vec<String>,
    /// The architecture for which it is built, or on which it ran: `x86_64`, `arm64`.
    #[serde(default)]
    pub architecture: Option<String>,
    /// The SHA-256 of the image, or of the program's file, as `sha256:HEX`.
    #[serde(default)]
    pub digest: Option<String>,
}

impl TargetInfo {
    /// A target of this kind with this command, of which nothing else is known.
    pub fn new(kind: &str, command: Vec<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            command,
            runtime: None,
            verbs: Vec::new(),
            architecture: None,
            digest: None,
        }
    }

    /// Its name in a sentence.
    pub fn told(&self) -> String {
        let program = self
            .command
            .first()
            .and_then(|word| word.rsplit('/').next());
        match (&self.runtime, program) {
            (Some(name), _) => name.clone(),
            (None, Some(program)) if self.kind == "extension" => {
                format!("the extension {program}")
            }
            (None, _) => "the runtime".to_owned(),
        }
    }
}

/// Whether a broken SHOULD, or an inconclusive case, fails the run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Strictness {
    /// They do not.
    #[default]
    Usual,
    /// They do.
    Strict,
}
