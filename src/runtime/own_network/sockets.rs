//! The process in the network of an environment that makes sockets for the service, until its standard input ends.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;

use rustix::io::{Errno, read, retry_on_intr};
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    SocketFlags, SocketType, recv, send, sendmsg, sendto, socket_with,
};

use super::{HERE, READY, SocketKind};

/// The word that comes alone when there is no such socket.
const NONE: u8 = b'n';

/// Is the helper: standard input is the line to ricspec.
pub fn hand_out_sockets() -> ExitCode {
    match serve(rustix::stdio::stdin()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(line: BorrowedFd<'_>) -> Result<(), Errno> {
    turn_loopback_on()?;
    send(line, &[READY], SendFlags::NOSIGNAL)?;
    let mut asked = [0];
    while retry_on_intr(|| read(line, &mut asked))? > 0 {
        let mut kinds = SocketKind::ALL.into_iter();
        let kind = kinds.find(|kind| [kind.letter()] == asked);
        match kind.map(make) {
            Some(Ok(socket)) => hand(line, &socket)?,
            Some(Err(_)) | None => drop(send(line, &[NONE], SendFlags::NOSIGNAL)?),
        }
    }
    Ok(())
}

fn make(kind: SocketKind) -> Result<OwnedFd, Errno> {
    let (tcp, netlink) = (SocketType::STREAM, SocketType::DGRAM);
    let at_once = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    match kind {
        SocketKind::Tcp4 => socket_with(AddressFamily::INET, tcp, at_once, None),
        SocketKind::Tcp6 => socket_with(AddressFamily::INET6, tcp, at_once, None),
        SocketKind::Diagnosis => netlink_socket(netlink, Some(SOCK_DIAG)),
    }
}

fn netlink_socket(kind: SocketType, protocol: Option<Protocol>) -> Result<OwnedFd, Errno> {
    socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, protocol)
}

fn hand(line: BorrowedFd<'_>, socket: &OwnedFd) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut with_it = SendAncillaryBuffer::new(&mut space);
    let sockets = [socket.as_fd()];
    with_it.push(SendAncillaryMessage::ScmRights(&sockets));
    let word = [IoSlice::new(&[HERE])];
    sendmsg(line, &word, &mut with_it, SendFlags::NOSIGNAL).map(drop)
}

/// The loopback of a new network is off.
fn turn_loopback_on() -> Result<(), Errno> {
    // Without a protocol, it is that of interfaces and routes.
    let netlink = netlink_socket(SocketType::RAW, None)?;
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&netlink, &request(), SendFlags::empty(), &kernel)?;
    let mut answer = [0; 512];
    let (_, bytes) = recv(&netlink, &mut answer[..], RecvFlags::empty())?;
    // `struct nlmsghdr`, then the number of the error, below zero.
    let code = answer.get(16..20).filter(|_| bytes >= 20);
    match code.and_then(|code| code.try_into().ok()) {
        Some(code) if i32::from_ne_bytes(code) == 0 => Ok(()),
        Some(_) | None => Err(Errno::PERM),
    }
}

/// `struct nlmsghdr`, `struct ifinfomsg`: the first interface must be up.
fn request() -> Vec<u8> {
    const NEW_LINK: u16 = 16;
    const REQUEST_AND_ACKNOWLEDGE: u16 = 1 | 4;
    const LOOPBACK: i32 = 1;
    const UP: u32 = 1;
    let mut text = Vec::with_capacity(32);
    text.extend(32_u32.to_ne_bytes());
    text.extend(NEW_LINK.to_ne_bytes());
    text.extend(REQUEST_AND_ACKNOWLEDGE.to_ne_bytes());
    text.extend([0; 8]);
    // Of any family and type.
    text.extend([0; 4]);
    text.extend(LOOPBACK.to_ne_bytes());
    text.extend(UP.to_ne_bytes());
    text.extend(UP.to_ne_bytes());
    text
}
