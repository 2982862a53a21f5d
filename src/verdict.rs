//! The ruling: findings, faults and the baseline become verdicts, and verdicts an exit code.

use serde::{Deserialize, Serialize};

use crate::check::Finding;
use crate::spec::Level;

/// The ruling on one case.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that the case tries holds.
    Pass,
    /// A MUST or a SHOULD is broken; the findings say which.
    Fail,
    /// Broken, and every breach is in the baseline.
    ExpectedFailure,
    /// The baseline says that it fails, and it does not (or not in that way).
    UnexpectedPass,
    /// Not run, for a reason.
    Skip,
    /// The runtime never came to the point that the case is about, through no breach of it.
    Inconclusive,
    /// ricspec or the machine failed.
    Error,
}

/// All that is known of one case after the run.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The case's id.
    pub id: String,
    /// What a conformant runtime does.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// The strongest level among its requirements.
    pub level: Level,
    /// The requirements that it tries.
    pub requirements: Vec<String>,
    /// The ruling.
    pub verdict: Verdict,
    /// Wall time, in milliseconds; 0 for what was not run.
    pub duration_ms: u64,
    /// Breaches, and remarks of level MAY and INFO, strongest first.
    pub findings: Vec<Finding>,
    /// Codes of findings that the baseline knows, with its reason.
    pub known: Vec<(String, String)>,
    /// Why it was skipped, was inconclusive or went wrong on our side; empty otherwise.
    pub reason: String,
    /// The last output of the process, for failures; at most some dozens of lines.
    pub output: Vec<String>,
    /// How near a passing case came to a limit, one line each.
    pub margins: Vec<String>,
    /// One shell command that runs this case alone.
    pub reproduce: String,
}

/// What was checked.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TargetInfo {
    /// `process`, `reference` or `image`.
    pub kind: String,
    /// The command, or the mutant's name.
    pub command: Vec<String>,
    /// What the runtime calls itself: the fixture's `runtime`, else its user agent.
    pub runtime: Option<String>,
    /// The fixture verbs that it honours.
    pub verbs: Vec<String>,
}
