//! A network for containers: how they reach the service.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use super::engine::{Engine, EngineError, EngineName};
use super::premises::Premises;

/// The requested network.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum NetworkChoice {
    /// The narrowest that works.
    #[default]
    Auto,
    /// The machine's own.
    Host,
    /// The engine's usual bridge.
    Bridge,
    /// An existing one, by its name.
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

/// How service and runtime reach each other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fit {
    /// Both are in the machine's own network.
    Shared,
    /// The service listens on one address; containers reach it by another name or address.
    Across {
        /// Where the service listens.
        listen: IpAddr,
        /// The address for a container.
        known_as: String,
        /// A host name for it in containers.
        hostname: String,
    },
}

/// A network for containers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Network {
    /// Its name, for people.
    pub shown: String,
    /// How containers reach the service.
    pub fit: Fit,
    kind: Kind,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// `--network NAME`
    Named(String),
    /// The engine's own relay, which must know the port.
    Pasta,
}

/// A host name for the service in containers, if there can be one.
pub(super) const HOSTNAME: &str = "ricspec.internal";

impl Network {
    /// The arguments for one container.
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

    /// Whether this machine reaches its containers by their addresses.
    pub(super) fn is_reached(&self) -> bool {
        match &self.fit {
            Fit::Shared => false,
            // Without a relay in between.
            Fit::Across {
                listen, known_as, ..
            } => *known_as == listen.to_string() && !listen.is_loopback(),
        }
    }

    pub(super) fn host() -> Self {
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

    pub(super) async fn existing(engine: &Engine, name: &str) -> Result<Self, EngineError> {
        let gateway = gateway(engine, name)
            .await?
            .ok_or_else(|| EngineError::NoWay {
                what: format!("the network `{name}` has no gateway on this machine"),
            })?;
        let shown = format!("the network `{name}`, service on its gateway {gateway}");
        Ok(Self::bridge(name.to_owned(), shown, gateway))
    }

    /// Through a relay of the engine that ends on this machine's loopback.
    pub(super) fn relayed(shown: &str, kind: Kind, known_as: &str, hostname: &str) -> Self {
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

/// Creates a network. Another run may take its subnet in between, so this is tried again.
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

/// How often the creation of a network is tried.
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
    // Without a name server an internal network gets no gateway, so it is created again with the same subnet and a gateway.
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

/// The first address of `A.B.C.D/BITS` after that of the network itself.
fn first_address(subnet: &str) -> Option<IpAddr> {
    let (net, _) = subnet.trim().split_once('/')?;
    let net: Ipv4Addr = net.parse().ok()?;
    Some(Ipv4Addr::from_bits(net.to_bits().checked_add(1)?).into())
}

pub(super) fn internal(name: String, gateway: IpAddr) -> Network {
    let shown = format!("an internal network of this run, service on its gateway {gateway}");
    Network::bridge(name, shown, gateway)
}

/// The address of this machine in a network.
pub(super) async fn gateway(engine: &Engine, name: &str) -> Result<Option<IpAddr>, EngineError> {
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
