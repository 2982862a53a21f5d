//! Standard output and standard error: the only place that writes to them.
//!
//! It takes only [`Printable`] text, commands to GitHub that [`github`] made, and files that ship with ricspec. The caller
//! never meets an error: if the reader has gone, as `head` does, this is no fault. If a stream cannot be written for another
//! reason, the reason is kept, and printed on the other stream.

use std::io::{self, IsTerminal};
use std::os::fd::BorrowedFd;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError, TryLockError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::report::Printable;
use crate::report::github::Commands;
use crate::verdict::Conclusion;

/// The width of a terminal that does not report it.
const COLUMNS: usize = 80;

/// One of the two streams.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The state of a stream.
#[derive(Clone, Debug)]
enum State {
    Open,
    /// Its reader has gone.
    Gone,
    /// It cannot be written, with the reason.
    Lost(String),
}

static OUT: Mutex<State> = Mutex::new(State::Open);
static ERR: Mutex<State> = Mutex::new(State::Open);

/// Whether standard output carries a report, so that nothing else is printed there.
static TAKEN: Mutex<bool> = Mutex::new(false);

/// Types that may be printed.
pub trait Print: ToString {}

impl Print for Printable {}
impl Print for Commands {}

/// The width of a terminal.
#[cfg(feature = "cli")]
fn columns(terminal: BorrowedFd<'_>) -> usize {
    terminal_size::terminal_size_of(terminal).map_or(COLUMNS, |(width, _)| width.0.into())
}

/// Without the program, nobody looks at a table.
#[cfg(not(feature = "cli"))]
fn columns(_: BorrowedFd<'_>) -> usize {
    COLUMNS
}

impl Stream {
    /// The width of the terminal, if the stream goes to one.
    pub fn terminal(self) -> Option<usize> {
        let fd = self.fd();
        fd.is_terminal().then(|| columns(fd))
    }

    /// Prints, as long as there is a reader.
    pub fn print(self, text: &impl Print) {
        self.write(text.to_string().as_bytes());
    }

    /// Prints a file that ships with ricspec, letter by letter.
    pub fn print_shipped(self, text: &'static str) {
        self.write(text.as_bytes());
    }

    /// Why it cannot be written, if so. While somebody writes, there is no fault.
    pub fn fault(self) -> Option<String> {
        let state = match self.state().try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(state)) => state.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        match &*state {
            State::Open | State::Gone => None,
            State::Lost(why) => Some(why.clone()),
        }
    }

    /// The live line of a terminal: it replaces the last one. Without a text, it is removed.
    pub(super) fn redraw(self, line: &Printable) {
        self.write(format!("\r\x1b[2K{line}").as_bytes());
    }

    fn write(self, bytes: &[u8]) {
        let mut state = self.state().lock().unwrap_or_else(PoisonError::into_inner);
        // After a gap in the text, the rest would mislead.
        if let State::Open = *state
            && let Err(error) = write_all(self.fd(), bytes)
        {
            *state = match error {
                Errno::PIPE => State::Gone,
                error => State::Lost(io::Error::from(error).to_string()),
            };
        }
    }

    fn state(self) -> &'static Mutex<State> {
        match self {
            Self::Out => &OUT,
            Self::Err => &ERR,
        }
    }

    fn fd(self) -> BorrowedFd<'static> {
        match self {
            Self::Out => rustix::stdio::stdout(),
            Self::Err => rustix::stdio::stderr(),
        }
    }
}

/// From here on, standard output carries a report.
pub(super) fn take_output() {
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = true;
}

/// Prints to standard error, or if that fails, to standard output.
pub fn tell(text: &Printable) {
    Stream::Err.print(text);
    if Stream::Err.fault().is_some() {
        tell_on_output(text);
    }
}

fn tell_on_output(text: &Printable) {
    let taken = *TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !taken {
        Stream::Out.print(text);
    }
}

/// Prints a note for the reader of the output.
pub fn note(message: &str) {
    tell(&(Printable::of("note: ") + message + "\n"));
}

/// Prints an error.
pub fn complain(message: &str) {
    tell(&(Printable::of("error: ") + message + "\n"));
}

/// The exit code of a command, or that of our own faults if standard output could not be written: the user asked for it.
/// Reports on each stream what the other has lost.
pub fn exit_code(code: u8) -> ExitCode {
    let told = |name: &str, why: &str| {
        Printable::line(&format!("error: cannot write to {name}: {why}")) + "\n"
    };
    if let Some(why) = Stream::Err.fault() {
        tell_on_output(&told("standard error", &why));
    }
    let lost = Stream::Out.fault();
    if let Some(why) = &lost {
        Stream::Err.print(&told("standard output", why));
    }
    ExitCode::from(match lost {
        Some(_) => Conclusion::OurFault.exit_code(),
        None => code,
    })
}

/// Writes all, however slow the reader of a non-blocking stream is.
fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(0) => return Err(Errno::IO),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut ready = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
                match poll(&mut ready, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
