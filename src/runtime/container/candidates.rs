//! Networks that may work on this machine: containers reach the service, and nothing else if possible.

use std::fs;
use std::net::TcpListener;

use super::engine::{Engine, EngineError, EngineName};
use super::network::{HOSTNAME, Kind, Network, NetworkChoice, gateway, internal, podman_internal};
use super::premises::Premises;
use super::supply::Networks;
use crate::runtime::stat::pids;

/// The address by which slirp4netns shows the host's loopback.
const SLIRP_HOST: &str = "10.0.2.2";

/// The setting that stops rootlesskit from showing the host; it is the default.
const CLOSED_LOOPBACK: &str = "--disable-host-loopback";

/// The name of the host in Docker Desktop.
const DESKTOP_HOST: &str = "host.docker.internal";

/// Networks that may work, the narrowest first; `premises` owns the ones that were created.
///
/// # Errors
/// The engine fails, or no network can work.
pub async fn networks(
    engine: &Engine,
    choice: &NetworkChoice,
    premises: &Premises,
) -> Result<Vec<Networks>, EngineError> {
    match choice {
        NetworkChoice::Host => Ok(vec![Networks::one(Network::host())]),
        NetworkChoice::Bridge => {
            let name = match engine.name {
                EngineName::Docker => "bridge",
                EngineName::Podman => "podman",
            };
            Ok(vec![by_name(engine, name).await?])
        }
        NetworkChoice::Named(name) => Ok(vec![by_name(engine, name).await?]),
        NetworkChoice::Auto => match engine.name {
            EngineName::Docker => docker(engine, premises).await,
            EngineName::Podman => podman(engine, premises).await,
        },
    }
}

async fn by_name(engine: &Engine, name: &str) -> Result<Networks, EngineError> {
    let network = Network::existing(engine, name).await?;
    Ok(match engine.name {
        EngineName::Docker => Networks::one(network),
        EngineName::Podman => Networks::in_turn(network),
    })
}

async fn docker(engine: &Engine, premises: &Premises) -> Result<Vec<Networks>, EngineError> {
    let name = premises.name();
    let label = premises.label();
    engine
        .ask(&["network", "create", "--internal", "--label", &label, &name])
        .await?;
    let gateway = gateway(engine, &name).await?;
    // The bridge exists from now on; if the engine is on another machine, its address is not here.
    match gateway.filter(|gateway| TcpListener::bind((*gateway, 0)).is_ok()) {
        Some(gateway) => Ok(vec![
            Networks::one(internal(name, gateway)),
            Networks::one(Network::host()),
        ]),
        None => far_docker(engine).await,
    }
}

/// An engine with containers on another machine, probably a virtual one.
async fn far_docker(engine: &Engine) -> Result<Vec<Networks>, EngineError> {
    let format = "{{.OperatingSystem}}\n{{.SecurityOptions}}";
    let said = engine.ask(&["info", "--format", format]).await?;
    let (system, security) = said.split_once('\n').unwrap_or_default();
    if security.contains("name=rootless") {
        return rootless_docker();
    }
    if system.contains("Docker Desktop") {
        let kind = Kind::Named("bridge".to_owned());
        let shown = "the usual bridge of Docker Desktop, service on loopback";
        let network = Network::relayed(shown, kind, DESKTOP_HOST, DESKTOP_HOST);
        return Ok(vec![Networks::one(network)]);
    }
    Err(EngineError::NoWay {
        what: format!(
            "the containers of this engine ({system}) are not on this machine, or not in its network"
        ),
    })
}

/// It is in a network that rootlesskit makes, with slirp4netns or in the same way.
fn rootless_docker() -> Result<Vec<Networks>, EngineError> {
    let is_closed = |pid: i32| {
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = line.split('\0');
        let program = words.next().and_then(|path| path.rsplit('/').next());
        program == Some("rootlesskit") && words.any(|word| word == CLOSED_LOOPBACK)
    };
    if pids().any(is_closed) {
        return Err(EngineError::ClosedLoopback);
    }
    let kind = Kind::Named("bridge".to_owned());
    let shown =
        "the usual bridge of rootless docker: this machine's loopback, and whatever it reaches";
    let network = Network::relayed(shown, kind, SLIRP_HOST, HOSTNAME);
    Ok(vec![Networks::one(network)])
}

async fn podman(engine: &Engine, premises: &Premises) -> Result<Vec<Networks>, EngineError> {
    let rootless = engine
        .ask(&["info", "--format", "{{.Host.Security.Rootless}}"])
        .await?;
    if rootless == "true" {
        return rootless_podman();
    }
    let first = podman_internal(engine, premises).await?;
    Ok(vec![Networks::pool(first), Networks::one(Network::host())])
}

fn rootless_podman() -> Result<Vec<Networks>, EngineError> {
    let mut networks: Vec<Network> = Vec::new();
    if which::which("pasta").is_ok() {
        let shown =
            "rootless, by pasta: the port of the service, and whatever this machine reaches";
        networks.push(Network::relayed(
            shown,
            Kind::Pasta,
            "127.0.0.1",
            "localhost",
        ));
    }
    if which::which("slirp4netns").is_ok() {
        let shown = "rootless, by slirp4netns: this machine's loopback, and whatever it reaches";
        let kind = Kind::Named("slirp4netns:allow_host_loopback=true".to_owned());
        networks.push(Network::relayed(shown, kind, SLIRP_HOST, HOSTNAME));
    }
    if networks.is_empty() {
        return Err(EngineError::NoWay {
            what: "rootless podman has neither pasta nor slirp4netns here".to_owned(),
        });
    }
    Ok(networks.into_iter().map(Networks::one).collect())
}
