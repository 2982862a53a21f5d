//! Sockets that are made elsewhere: in another network than that of the machine.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::net::AddressFamily;
use tokio::net::TcpSocket;

/// Makes sockets for TCP, which do not block, in another network than that of the machine.
#[derive(Clone)]
pub struct Sockets(pub Arc<dyn Fn(AddressFamily) -> io::Result<OwnedFd> + Send + Sync>);

impl Sockets {
    /// A socket for such an address.
    pub(super) fn tcp(&self, place: SocketAddr) -> io::Result<TcpSocket> {
        let Self(make) = self;
        let family = match place {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        Ok(TcpSocket::from_std_stream(make(family)?.into()))
    }
}

impl fmt::Debug for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sockets")
    }
}
