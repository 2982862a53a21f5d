//! How containers reach the service, and nothing else if it can be helped.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::str::FromStr;

use super::engine::{Engine, EngineError, EngineName};
use super::premises::Premises;
use super::supply::Networks;
use crate::runtime::pids;

/// What was asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum NetworkChoice {
    /// The narrowest that works.
    #[default]
    Auto,
    /// The machine's own.
    Host,
    /// The engine's usual bridge.
    Bridge,
    /// One that is there, by its name.
    Named(String),
}

impl FromStr for NetworkChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "auto" => Self::Auto,
            "host" => Self::Host,
            "bridge" => Self::Bridge,
            name => Self::Named(name.to_owned()),
        })
    }
}

/// How service and runtime find each other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fit {
    /// Both are in the machine's own network.
    Shared,
    /// The service listens on one address, and containers know that one by another name or address.
    Across {
        /// Where the service listens.
        listen: IpAddr,
        /// How a container calls it.
        known_as: String,
        /// A name for it that a container can look up.
        hostname: String,
    },
}

/// A network for containers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Network {
    /// What it is, for people.
    pub shown: String,
    /// How the service is reached from it.
    pub fit: Fit,
    kind: Kind,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    /// `--network NAME`
    Named(String),
    /// The engine's own relay, which must know the port.
    Pasta,
}

/// A name that means the service in containers, where one can be given.
const HOSTNAME: &str = "ricspec.internal";

/// The host's loopback as slirp4netns shows it.
const SLIRP_HOST: &str = "10.0.2.2";

/// How rootlesskit is told, as it is unless asked otherwise, to show no such host.
const CLOSED_LOOPBACK: &str = "--disable-host-loopback";

/// The host as Docker Desktop shows it.
const DESKTOP_HOST: &str = "host.docker.internal";

impl Network {
    /// Networks that may work, the narrowest first; those that had to be made belong to `premises`.
    pub async fn candidates(
        engine: &Engine,
        choice: &NetworkChoice,
        premises: &Premises,
    ) -> Result<Vec<Networks>, EngineError> {
        match choice {
            NetworkChoice::Host => Ok(vec![Networks::one(Self::host())]),
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

    /// The words for one container.
    pub(super) fn words(&self, port: u16) -> Vec<String> {
        let network = match &self.kind {
            Kind::Named(name) => name.clone(),
            Kind::Pasta => format!("pasta:-T,{port}"),
        };
        let mut words = vec!["--network".to_owned(), network];
        if let Fit::Across {
            known_as, hostname, ..
        } = &self.fit
            && hostname == HOSTNAME
        {
            words.extend(["--add-host".to_owned(), format!("{HOSTNAME}:{known_as}")]);
        }
        words
    }

    fn host() -> Self {
        Self {
            shown: "the machine's own network".to_owned(),
            fit: Fit::Shared,
            kind: Kind::Named("host".to_owned()),
        }
    }

    fn bridge(name: String, shown: String, gateway: IpAddr) -> Self {
        Self {
            shown,
            fit: Fit::Across {
                listen: gateway,
                known_as: gateway.to_string(),
                hostname: HOSTNAME.to_owned(),
            },
            kind: Kind::Named(name),
        }
    }

    async fn existing(engine: &Engine, name: &str) -> Result<Self, EngineError> {
        let gateway = gateway(engine, name)
            .await?
            .ok_or_else(|| EngineError::NoWay {
                what: format!("the network `{name}` has no gateway on this machine"),
            })?;
        let shown = format!("the network `{name}`, service on its gateway {gateway}");
        Ok(Self::bridge(name.to_owned(), shown, gateway))
    }

    /// Through a relay of the engine's that ends on this machine's loopback.
    fn relayed(shown: &str, kind: Kind, known_as: &str, hostname: &str) -> Self {
        Self {
            shown: shown.to_owned(),
            fit: Fit::Across {
                listen: Ipv4Addr::LOCALHOST.into(),
                known_as: known_as.to_owned(),
                hostname: hostname.to_owned(),
            },
            kind,
        }
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
    // The bridge is there from now on; on a machine that is not the engine's, its address is not.
    match gateway.filter(|gateway| TcpListener::bind((*gateway, 0)).is_ok()) {
        Some(gateway) => Ok(vec![
            Networks::one(internal(name, gateway)),
            Networks::one(Network::host()),
        ]),
        None => far_docker(engine).await,
    }
}

/// An engine whose containers are on another machine, a virtual one most likely.
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

/// It hides in a network that rootlesskit makes for it, with slirp4netns or as that does.
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

/// Makes a network; another run may take its subnet in between, so that this is tried again.
pub(super) async fn podman_internal(
    engine: &Engine,
    premises: &Premises,
) -> Result<Network, EngineError> {
    let mut tries = 1;
    loop {
        match podman_internal_once(engine, premises).await {
            Err(_) if tries < TRIES_MAX => tries += 1,
            tried => return tried,
        }
    }
}

/// How often the making of a network is tried.
const TRIES_MAX: u32 = 5;

async fn podman_internal_once(
    engine: &Engine,
    premises: &Premises,
) -> Result<Network, EngineError> {
    let name = premises.name();
    let label = premises.label();
    let create = [
        "network",
        "create",
        "--internal",
        "--disable-dns",
        "--label",
        &label,
    ];
    engine.ask(&[&create[..], &[&name]].concat()).await?;
    // Without a name server an internal network gets no gateway, so that it is made anew with the same subnet and one.
    let subnet = engine
        .ask(&[
            "network",
            "inspect",
            "--format",
            "{{range .Subnets}}{{.Subnet}} {{end}}",
            &name,
        ])
        .await?;
    let Some(gateway) = first_address(&subnet) else {
        return Err(engine.unreadable(&["network", "inspect"], &subnet));
    };
    engine.ask(&["network", "rm", &name]).await?;
    let address = gateway.to_string();
    let placed = ["--subnet", subnet.trim(), "--gateway", &address, &name];
    engine.ask(&[&create[..], &placed].concat()).await?;
    Ok(internal(name, gateway))
}

/// The first address of `A.B.C.D/BITS` after that of the net itself.
fn first_address(subnet: &str) -> Option<IpAddr> {
    let (net, _) = subnet.trim().split_once('/')?;
    let net: Ipv4Addr = net.parse().ok()?;
    Some(Ipv4Addr::from_bits(net.to_bits().checked_add(1)?).into())
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

fn internal(name: String, gateway: IpAddr) -> Network {
    let shown = format!("an internal network of this run, service on its gateway {gateway}");
    Network::bridge(name, shown, gateway)
}

/// The address of this machine in a network.
async fn gateway(engine: &Engine, name: &str) -> Result<Option<IpAddr>, EngineError> {
    let format = match engine.name {
        EngineName::Docker => "{{range .IPAM.Config}}{{.Gateway}} {{end}}",
        EngineName::Podman => "{{range .Subnets}}{{.Gateway}} {{end}}",
    };
    let said = engine
        .ask(&["network", "inspect", "--format", format, name])
        .await?;
    let mut addresses = said.split_whitespace().filter_map(|word| word.parse().ok());
    Ok(addresses.find(IpAddr::is_ipv4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_is_the_first_address_of_the_net() {
        assert_eq!(
            first_address("10.89.7.0/24 \n"),
            Some(Ipv4Addr::new(10, 89, 7, 1).into())
        );
        for odd in ["", "10.89.7.0", "fd00::/64", "255.255.255.255/32"] {
            assert_eq!(first_address(odd), None, "{odd}");
        }
    }
}
