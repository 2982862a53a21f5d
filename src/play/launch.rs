//! How the runtime of a case is started: its function, its variables, its ids.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use rustix::net::AddressFamily;
use sha2::{Digest, Sha256};

use super::cast::Cast;
use super::{Stage, StageFault};
use crate::case::{Address, Case, CaseActor};
use crate::http1::hex;
use crate::protocol::{Actor, Function, documented_environment};
use crate::runtime::{
    self, Fit, Household, Kinship, Lasting, Launch, LaunchError, Network, OwnNetwork, Sandbox,
    Site, SocketKind,
};
use crate::service::{Addresses, Caller, Doorkeeper, ScriptOptions, Service, Sockets};

/// What the processes of a case have in common.
pub(super) struct Environment {
    pub(super) function: Function,
    /// Their files, if there is more than one process.
    pub(super) lasting: Option<Arc<Lasting>>,
}

impl Environment {
    /// The network of its own, if it has one.
    pub(super) fn own_network(&self) -> Option<&Arc<OwnNetwork>> {
        self.lasting.as_ref()?.network()
    }
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

/// How a runtime reaches the service in a network of its own.
pub(super) fn addresses_in(network: &Arc<OwnNetwork>) -> Addresses {
    let network = Arc::clone(network);
    Addresses::Loopback(Sockets(Arc::new(move |family| {
        network.socket(match family {
            AddressFamily::INET6 => SocketKind::Tcp6,
            _ => SocketKind::Tcp4,
        })
    })))
}

/// The network of a case, if its extensions must have their ports for themselves. A case about an address that is not
/// loopback is in the network of the machine.
pub(super) async fn own_network(
    case: &Case,
    stage: &Stage,
) -> Result<Option<Arc<OwnNetwork>>, StageFault> {
    let is_of_user = |actor: &CaseActor| actor.command.is_some();
    let on_machine = match stage.site {
        Site::Machine => true,
        Site::Container(_) => false,
    };
    let helper = stage.own_network.clone().filter(|_| {
        on_machine && case.actors.iter().any(is_of_user) && case.address != Address::Outer
    });
    let Some(helper) = helper else {
        return Ok(None);
    };
    let made = tokio::task::spawn_blocking(move || runtime::own_network(&helper)).await;
    let made = made.map_err(io::Error::other).and_then(|made| made);
    made.map(Arc::new).map(Some).map_err(StageFault::Network)
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
        is_program: false,
        sandbox: None,
        network: None,
        port: service.port,
    }
}

/// Puts the processes of a case into one sandbox, if they are containers and there are several. The service reaches what listens
/// in it.
pub(super) async fn together(
    launch: Launch,
    case: &Case,
    service: &mut Service,
) -> Result<(Launch, Option<Arc<Sandbox>>), LaunchError> {
    let launch = launch.beside(case.actors.is_empty()).await?;
    let sandbox = launch.sandbox.clone();
    service.reach_at(sandbox.as_ref().and_then(|sandbox| sandbox.address()));
    Ok((launch, sandbox))
}

/// The processes of a sandbox are gone.
pub(super) async fn leave(sandbox: Option<Arc<Sandbox>>) {
    if let Some(sandbox) = sandbox {
        sandbox.end().await;
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
pub(super) fn doorkeeper(cast: &Cast, network: Option<&Arc<OwnNetwork>>) -> Option<Doorkeeper> {
    let on_machine = |launch: &Launch| match launch.site {
        Site::Machine => true,
        Site::Container(_) => false,
    };
    let known = cast.launches().filter(|(_, launch)| on_machine(launch));
    let known: Vec<(Actor, Arc<Household>)> = known
        .map(|(actor, launch)| (actor, Arc::clone(&launch.household)))
        .collect();
    let (is_empty, network) = (known.is_empty(), network.cloned());
    let keeper = move |from, to| {
        let mut stranger = Caller::Unknown;
        for (actor, household) in &known {
            match household.kinship(from, to, network.as_deref()) {
                Kinship::Ours => return Caller::Actor(*actor),
                Kinship::Unknown => {}
                Kinship::Stranger(who) => stranger = Caller::Stranger(who),
            }
        }
        stranger
    };
    (!is_empty).then(|| Arc::new(keeper) as Doorkeeper)
}
