//! Who holds the other end of a connection: netlink asks the system for this one socket, however many there are.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

/// `SOCK_DIAG_BY_FAMILY`
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`
const REQUEST: u16 = 1;
/// The offset of the socket's number in the answer: after a head of 16 bytes.
const INODE_AT: usize = 16 + 68;

/// The number of the socket at `from` that is connected to `to`, both on this machine. `None` if it is gone, if it no longer
/// belongs to a process, or if the system does not say.
pub(super) fn number(from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let flags = SocketFlags::CLOEXEC;
    let netlink = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        flags,
        Some(SOCK_DIAG),
    )
    .ok()?;
    number_by(netlink, from, to)
}

/// The same, asked by a socket of the network that the connection is in.
pub(super) fn number_by(netlink: impl AsFd, from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let question = question(from, to)?;
    sendto(
        &netlink,
        &question,
        SendFlags::empty(),
        &SocketAddrNetlink::new(0, 0),
    )
    .ok()?;
    let mut answer = [0; 512];
    // The kernel answers before the call returns.
    let (_, bytes) = recv(&netlink, &mut answer[..], RecvFlags::DONTWAIT).ok()?;
    let answer = answer.get(..bytes)?;
    if answer.get(4..6)? != BY_FAMILY.to_ne_bytes() {
        return None;
    }
    let number = answer.get(INODE_AT..INODE_AT + 4)?.try_into().ok()?;
    Some(u32::from_ne_bytes(number)).filter(|number| *number != 0)
}

/// `struct nlmsghdr`, `struct inet_diag_req_v2`
fn question(from: SocketAddr, to: SocketAddr) -> Option<Vec<u8>> {
    let family: u8 = match (from, to) {
        (SocketAddr::V4(_), SocketAddr::V4(_)) => 2,
        (SocketAddr::V6(_), SocketAddr::V6(_)) => 10,
        (SocketAddr::V4(_), SocketAddr::V6(_)) | (SocketAddr::V6(_), SocketAddr::V4(_)) => {
            return None;
        }
    };
    let mut text = Vec::with_capacity(72);
    text.extend(72_u32.to_ne_bytes());
    text.extend(BY_FAMILY.to_ne_bytes());
    text.extend(REQUEST.to_ne_bytes());
    text.extend([0; 8]);
    const TCP: u8 = 6;
    text.extend([family, TCP, 0, 0]);
    // In any state.
    text.extend([0xff; 4]);
    text.extend(from.port().to_be_bytes());
    text.extend(to.port().to_be_bytes());
    text.extend(address(from.ip()));
    text.extend(address(to.ip()));
    // On any interface, and without a cookie.
    text.extend([0; 4]);
    text.extend([0xff; 8]);
    Some(text)
}

fn address(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let mut octets = [0; 16];
            let (first, _) = octets.split_at_mut(4);
            first.copy_from_slice(&ip.octets());
            octets
        }
    }
}

/// Whether a process has a socket open, as far as we may look.
pub(super) fn holds(pid: i32, socket: u32) -> bool {
    let name = format!("socket:[{socket}]");
    let files = fs::read_dir(format!("/proc/{pid}/fd"));
    let mut files = files.into_iter().flatten().flatten();
    files.any(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_other_end_of_a_connection_is_found() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            // A machine may have no IPv6.
            let Ok(listener) = TcpListener::bind(host) else {
                continue;
            };
            let to = listener.local_addr().expect("an address");
            let stream = TcpStream::connect(to).expect("it listens");
            let from = stream.local_addr().expect("an address");
            let socket = number(from, to).expect("it is there");
            let own = std::process::id().cast_signed();
            assert!(holds(own, socket) && !holds(own, socket + 1));
            drop(stream);
            assert_eq!(number(from, to), None);
        }
    }
}
