//! Where the service listens, and how the runtime reaches it: the same address if both are in one network.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::bind::{BindError, bound};
use super::sockets::Sockets;
use crate::case::Address;

/// How the runtime reaches the service.
#[derive(Clone, Debug, Default)]
pub enum Addresses {
    /// Both are in the machine's own network: every kind of address works.
    #[default]
    Shared,
    /// Both are in a network that has loopback only; its sockets are made in there.
    Loopback(Sockets),
    /// The runtime is in another network, such as a container's.
    Across {
        /// The only address on which the service listens.
        listen: IpAddr,
        /// The address for the runtime.
        known_as: String,
        /// A host name for it that the runtime can look up.
        hostname: String,
    },
}

impl Addresses {
    /// The address to listen on.
    pub(super) fn listen(&self, address: Address) -> Result<IpAddr, BindError> {
        match self {
            Self::Loopback(_) if address == Address::Outer => {
                Err(BindError::Beyond(NO_OUTER_ADDRESS))
            }
            Self::Shared | Self::Loopback(_) => match address {
                Address::Loopback | Address::Hostname | Address::Refused => {
                    Ok(Ipv4Addr::LOCALHOST.into())
                }
                Address::OtherLoopback => Ok(Ipv4Addr::new(127, 0, 0, 2).into()),
                Address::Ipv6 => Ok(Ipv6Addr::LOCALHOST.into()),
                Address::Outer => outer_address(),
            },
            Self::Across {
                listen, known_as, ..
            } => {
                let relayed = *known_as != listen.to_string() || listen.is_loopback();
                match address {
                    Address::OtherLoopback => Err(BindError::Beyond("second loopback address")),
                    Address::Ipv6 => Err(BindError::Beyond("IPv6 address of the service")),
                    // A relay accepts the connection first and finds out later.
                    Address::Refused if relayed => Err(BindError::Beyond("port that refuses")),
                    Address::Outer if known_as.starts_with("127.") => {
                        Err(BindError::Beyond(NO_OUTER_ADDRESS))
                    }
                    Address::Loopback | Address::Hostname | Address::Refused | Address::Outer => {
                        Ok(*listen)
                    }
                }
            }
        }
    }

    /// What makes the sockets, if they are not made here.
    pub(super) fn sockets(&self) -> Option<&Sockets> {
        match self {
            Self::Shared | Self::Across { .. } => None,
            Self::Loopback(sockets) => Some(sockets),
        }
    }

    /// `AWS_LAMBDA_RUNTIME_API` for a socket of this machine.
    pub(super) fn api(&self, address: Address, local: SocketAddr) -> String {
        match (self, address) {
            (Self::Shared | Self::Loopback(_), Address::Hostname) => {
                format!("localhost:{}", local.port())
            }
            (Self::Shared | Self::Loopback(_), _) => local.to_string(),
            (Self::Across { hostname, .. }, Address::Hostname) => {
                format!("{hostname}:{}", local.port())
            }
            (Self::Across { known_as, .. }, _) => format!("{known_as}:{}", local.port()),
        }
    }
}

/// What a network lacks that is reached by loopback only.
const NO_OUTER_ADDRESS: &str = "address of the service but loopback";

/// Why a case with such an address of the service cannot be played, if so.
pub fn missing(address: Address, addresses: &Addresses) -> Option<BindError> {
    let tried = addresses.listen(address).and_then(|host| {
        let socket = bound(SocketAddr::new(host, 0), addresses.sockets());
        socket.map_err(|source| BindError::new(host, 0, source))
    });
    tried.err().filter(|fault| match fault {
        BindError::Lacking(_) | BindError::Beyond(_) => true,
        BindError::Refused { .. } => false,
    })
}

/// The address of this machine as seen from outside, for cases in which loopback is special.
///
/// Nothing is sent: the system only chooses the address from which it would send.
fn outer_address() -> Result<IpAddr, BindError> {
    let choose = || {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        // TEST-NET-1, which leads nowhere.
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        Ok::<_, io::Error>(socket.local_addr()?.ip())
    };
    choose()
        .ok()
        .filter(|address| !address.is_loopback())
        .ok_or(BindError::Lacking("address but loopback"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn across(listen: [u8; 4], known_as: &str) -> Addresses {
        Addresses::Across {
            listen: listen.into(),
            known_as: known_as.to_owned(),
            hostname: "service.test".to_owned(),
        }
    }

    #[track_caller]
    fn check(reach: &Addresses, address: Address, expected: Option<&str>) {
        let api = reach.listen(address).ok();
        let api = api.map(|host| reach.api(address, SocketAddr::new(host, 9001)));
        assert_eq!(api.as_deref(), expected);
    }

    #[test]
    fn a_gateway_is_called_by_its_own_address() {
        let gateway = across([10, 89, 0, 1], "10.89.0.1");
        for plain in [Address::Loopback, Address::Refused, Address::Outer] {
            check(&gateway, plain, Some("10.89.0.1:9001"));
        }
        check(&gateway, Address::Hostname, Some("service.test:9001"));
        check(&gateway, Address::Ipv6, None);
        check(&gateway, Address::OtherLoopback, None);
    }

    #[test]
    fn a_relay_refuses_nothing() {
        let relay = across([127, 0, 0, 1], "10.0.2.2");
        check(&relay, Address::Loopback, Some("10.0.2.2:9001"));
        check(&relay, Address::Outer, Some("10.0.2.2:9001"));
        check(&relay, Address::Refused, None);
        check(&across([127, 0, 0, 1], "127.0.0.1"), Address::Outer, None);
    }
}
