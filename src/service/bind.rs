//! Listening sockets, and why one could not listen.

use std::io;
use std::net::{IpAddr, SocketAddr};

use rustix::net::sockopt::set_ip_freebind;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket};

use super::sockets::Sockets;

/// The service could not listen: our fault or the machine's.
#[derive(Debug, Error)]
pub enum BindError {
    /// The system refused.
    #[error("cannot listen on {address}")]
    Refused {
        /// Where.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// This machine has no address of the kind that the case asks for.
    #[error("this machine has no {0}")]
    Lacking(&'static str),
    /// The runtime's network has no address of the kind that the case asks for.
    #[error("the runtime is in a network of its own, which has no {0}")]
    Beyond(&'static str),
}

impl BindError {
    /// A machine without IPv6, for instance, cannot play the case; any other failure is a fault.
    pub(super) fn new(host: IpAddr, port: u16, source: io::Error) -> Self {
        let lacking = matches!(
            source.kind(),
            io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
        ) || source.raw_os_error()
            == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error());
        match host {
            IpAddr::V6(_) if lacking => Self::Lacking("IPv6 loopback address"),
            IpAddr::V4(_) if lacking && !host.is_loopback() => Self::Lacking("such address"),
            _ => Self::Refused {
                address: SocketAddr::new(host, port).to_string(),
                source,
            },
        }
    }
}

/// A listening socket: of these, or of this machine.
pub(super) fn listen_on(place: SocketAddr, sockets: Option<&Sockets>) -> io::Result<TcpListener> {
    bound(place, sockets)?.listen(BACKLOG)
}

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A socket at an address. A bridge may get its address only with its first container, so any address is accepted that is
/// not loopback.
pub(super) fn bound(place: SocketAddr, sockets: Option<&Sockets>) -> io::Result<TcpSocket> {
    let socket = match (sockets, place) {
        (Some(sockets), _) => sockets.tcp(place),
        (None, SocketAddr::V4(_)) => TcpSocket::new_v4(),
        (None, SocketAddr::V6(_)) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    if place.is_ipv4() && !place.ip().is_loopback() {
        set_ip_freebind(&socket, true)?;
    }
    socket.bind(place)?;
    Ok(socket)
}
