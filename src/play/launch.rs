//! How the runtime of a case is started: its function, its variables, its ids.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::Stage;
use super::cast::Cast;
use crate::case::Case;
use crate::http1::hex;
use crate::protocol::{Actor, Function, documented_environment};
use crate::runtime::{Fit, Household, Kinship, Lasting, Launch, Network, Site};
use crate::service::{Addresses, Caller, Doorkeeper, ScriptOptions, Service};

/// What the processes of a case have in common.
pub(super) struct Environment {
    pub(super) function: Function,
    /// Their files, if there is more than one process.
    pub(super) lasting: Option<Arc<Lasting>>,
}

/// Replaces `{trap}` by the address of the decoy, in a variable or in a header of a reply.
pub(super) fn set_decoy(case: &Case, address: &str) -> Case {
    let mut case = case.clone();
    for text in case.decoy_texts() {
        *text = text.replace("{trap}", address);
    }
    case
}

/// What happens to the process before the one that a case is about.
pub(super) fn earlier_life(case: &Case) -> Case {
    Case {
        steps: case.earlier.clone(),
        earlier: Vec::new(),
        ..case.clone()
    }
}

/// How a runtime reaches the service in its network.
pub(super) fn addresses(network: Option<&Network>) -> Addresses {
    match network.map(|network| &network.fit) {
        None | Some(Fit::Shared) => Addresses::Shared,
        Some(Fit::Across {
            listen,
            known_as,
            hostname,
        }) => Addresses::Across {
            listen: *listen,
            known_as: known_as.clone(),
            hostname: hostname.clone(),
        },
    }
}

pub(super) fn function(case: &Case, stage: &Stage) -> Function {
    // The same case may be played several times at once, also in containers with the same process id; the log stream marks
    // the processes of each.
    static PLAYS: AtomicU64 = AtomicU64::new(0);
    let unique = digest(&[
        &case.id,
        &stage.seed.to_string(),
        &std::process::id().to_string(),
        &format!("{:?}", SystemTime::now()),
        &PLAYS.fetch_add(1, Ordering::Relaxed).to_string(),
        "log stream",
    ]);
    Function {
        memory_mb: stage.memory_mb,
        handler: case
            .handler
            .clone()
            .unwrap_or_else(|| stage.handler.clone()),
        task_root: stage.task_root.display().to_string(),
        log_stream: format!(
            "2026/01/01/[$LATEST]{}",
            unique.get(..32).unwrap_or(&unique)
        ),
        ..Function::named()
    }
}

pub(super) fn launch(case: &Case, stage: &Stage, function: &Function, service: &Service) -> Launch {
    let mut env: BTreeMap<String, String> =
        documented_environment(function, case.mode, &service.api)
            .into_iter()
            .collect();
    env.extend(stage.env.clone());
    for (name, value) in &case.env {
        match value {
            Some(value) => env.insert(name.clone(), value.clone()),
            None => env.remove(name),
        };
    }
    let rename = |argument: &String| match &case.handler {
        Some(handler) if *argument == stage.handler => handler.clone(),
        _ => argument.clone(),
    };
    let removed = case.env.iter().filter(|(_, value)| value.is_none());
    Launch {
        command: stage.command.iter().map(rename).collect(),
        env: env.into_iter().collect(),
        without: removed.map(|(name, _)| name.clone()).collect(),
        folder: stage.task_root.clone(),
        mark: function.log_stream.clone(),
        household: Arc::new(Household::of(&function.log_stream)),
        read_only: case.read_only,
        beside: Vec::new(),
        layers: Vec::new(),
        lasting: None,
        ear: None,
        site: stage.site.clone(),
        network: None,
        port: service.port,
    }
}

/// `used` request ids were used in this environment before.
pub(super) fn script_options(
    case: &Case,
    stage: &Stage,
    function: &Function,
    used: usize,
) -> ScriptOptions {
    let serves = case.steps.iter().filter(|step| step.serves()).count();
    ScriptOptions {
        startup_ms: u64::try_from(stage.startup.as_millis()).unwrap_or(u64::MAX),
        time_scale: stage.time_scale,
        function: function.clone(),
        request_ids: request_ids(&case.id, stage, used, serves),
    }
}

/// Request ids for so many events of a case, after those that were used.
pub(super) fn request_ids(case: &str, stage: &Stage, used: usize, number: usize) -> Vec<String> {
    let seed = stage.seed.to_string();
    let id = |index: usize| uuid(&digest(&[case, &seed, &index.to_string()]));
    (used..used + number).map(id).collect()
}

fn digest(parts: &[&str]) -> String {
    hex(&Sha256::digest(parts.join("\n")))
}

/// 32 hex digits in the form of a random UUID (version 4).
fn uuid(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// Knows the callers of actors that are processes of this machine.
pub(super) fn doorkeeper(cast: &Cast) -> Option<Doorkeeper> {
    let on_machine = |launch: &Launch| match launch.site {
        Site::Machine => true,
        Site::Container(_) => false,
    };
    let known = cast.launches().filter(|(_, launch)| on_machine(launch));
    let known: Vec<(Actor, Arc<Household>)> = known
        .map(|(actor, launch)| (actor, Arc::clone(&launch.household)))
        .collect();
    let is_empty = known.is_empty();
    let keeper = move |from, to| {
        let mut stranger = Caller::Unknown;
        for (actor, household) in &known {
            match household.kinship(from, to) {
                Kinship::Ours => return Caller::Actor(*actor),
                Kinship::Unknown => {}
                Kinship::Stranger(who) => stranger = Caller::Stranger(who),
            }
        }
        stranger
    };
    (!is_empty).then(|| Arc::new(keeper) as Doorkeeper)
}
