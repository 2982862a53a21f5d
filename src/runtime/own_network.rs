//! A network that only the processes of one environment are in: it has loopback and nothing else, so two environments can
//! use the same port.
//!
//! It is a network namespace. A socket belongs to the namespace in which it was made, wherever it is used later: a process
//! in there, our helper, makes the sockets of the service and hands them out.

mod sockets;

pub use sockets::hand_out_sockets;

use std::io::{self, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::retry_on_intr;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, recvmsg, send};

/// A kind of socket that the helper makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SocketKind {
    /// TCP over IPv4.
    Tcp4,
    /// TCP over IPv6.
    Tcp6,
    /// A socket by which the system says who holds another.
    Diagnosis,
}

impl SocketKind {
    const ALL: [Self; 3] = [Self::Tcp4, Self::Tcp6, Self::Diagnosis];

    /// How the helper is asked for one.
    fn letter(self) -> u8 {
        match self {
            Self::Tcp4 => b'4',
            Self::Tcp6 => b'6',
            Self::Diagnosis => b'd',
        }
    }
}

/// The first word of a helper whose network is ready.
const READY: u8 = b'r';

/// The word that comes with a socket.
const HERE: u8 = b'h';

/// The network of an environment. It ends with its last process.
#[derive(Debug)]
pub struct OwnNetwork {
    helper: Child,
    line: Mutex<UnixStream>,
    diagnosis: Mutex<OwnedFd>,
}

impl OwnNetwork {
    /// The network in which a command starts that calls [`hand_out_sockets`], once it is ready.
    ///
    /// # Errors
    /// The system does not allow it.
    pub(super) fn held_by(mut command: Command, limit: Duration) -> io::Result<Self> {
        let (line, theirs) = UnixStream::pair()?;
        line.set_read_timeout(Some(limit))?;
        let started = command
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        // It holds the other end, and so must we not.
        drop(command);
        let mut started = Starting(Some(started?));
        let mut first = [0];
        (&line).read_exact(&mut first)?;
        if first[0] != READY {
            return Err(io::Error::other("its loopback cannot be set up"));
        }
        let diagnosis = ask(&line, SocketKind::Diagnosis)?;
        let helper = started.0.take();
        Ok(Self {
            helper: helper.ok_or(io::ErrorKind::NotFound)?,
            line: Mutex::new(line),
            diagnosis: Mutex::new(diagnosis),
        })
    }

    /// A new socket of this network; one for TCP does not block.
    ///
    /// # Errors
    /// The system gives none.
    pub fn socket(&self, kind: SocketKind) -> io::Result<OwnedFd> {
        ask(&locked(&self.line), kind)
    }

    /// Asks the system about a socket of this network.
    pub(super) fn diagnose<T>(&self, ask: impl FnOnce(BorrowedFd<'_>) -> T) -> T {
        ask(locked(&self.diagnosis).as_fd())
    }

    /// A process that is in this network.
    pub(super) fn process(&self) -> u32 {
        self.helper.id()
    }
}

impl Drop for OwnNetwork {
    fn drop(&mut self) {
        end(&mut self.helper);
    }
}

/// A helper that may not be ready yet.
struct Starting(Option<Child>);

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(end);
    }
}

fn end(helper: &mut Child) {
    // It may have ended already.
    let _ = helper.kill();
    let _ = helper.wait();
}

fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks the helper for a socket.
fn ask(line: &UnixStream, kind: SocketKind) -> io::Result<OwnedFd> {
    let asked = [kind.letter()];
    retry_on_intr(|| send(line, &asked, SendFlags::NOSIGNAL))?;
    let mut word = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut with_it = RecvAncillaryBuffer::new(&mut space);
    let mut into = [IoSliceMut::new(&mut word)];
    retry_on_intr(|| recvmsg(line, &mut into, &mut with_it, RecvFlags::CMSG_CLOEXEC))?;
    let mut handed = with_it.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
        _ => None,
    });
    let socket = handed.next();
    socket.ok_or_else(|| match word {
        [HERE] => io::Error::other("the socket was lost on its way"),
        _ => io::ErrorKind::Unsupported.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_socket_has_a_letter() {
        let mut letters = SocketKind::ALL.map(SocketKind::letter).to_vec();
        letters.extend([READY, HERE]);
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 5);
    }
}
