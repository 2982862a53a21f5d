//! Standard output and standard error: the one place that writes to them.
//!
//! It takes nothing but [`Printable`] text, commands to GitHub that [`github`] made, and files that ship with ricspec.
//! Nobody who prints meets a failure: a reader that has gone away, as `head` does, is no fault, and that a stream cannot
//! be written otherwise is kept, to be told on the other one.

use std::io::{self, IsTerminal};
use std::os::fd::BorrowedFd;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::report::Printable;
use crate::report::github::Commands;
use crate::verdict::Conclusion;

/// How wide a terminal is that does not say so.
const COLUMNS: usize = 80;

/// One of the two streams.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What became of a stream.
#[derive(Clone, Debug)]
enum State {
    Open,
    /// Its reader has gone away.
    Gone,
    /// It cannot be written, and why.
    Lost(String),
}

static OUT: Mutex<State> = Mutex::new(State::Open);
static ERR: Mutex<State> = Mutex::new(State::Open);

/// Whether standard output carries a report, so that nothing else may be printed there.
static TAKEN: Mutex<bool> = Mutex::new(false);

/// What a text must be to be printed.
pub trait Print: ToString {}

impl Print for Printable {}
impl Print for Commands {}

impl Stream {
    /// How wide the terminal is, if the stream goes to one.
    pub fn terminal(self) -> Option<usize> {
        let fd = self.fd();
        fd.is_terminal().then(|| {
            #[cfg(feature = "cli")]
            let size = terminal_size::terminal_size_of(fd).map(|(width, _)| width.0.into());
            #[cfg(not(feature = "cli"))]
            let size = None;
            size.unwrap_or(COLUMNS)
        })
    }

    /// Prints, as far as anybody reads.
    pub fn print(self, text: &impl Print) {
        self.write(text.to_string().as_bytes());
    }

    /// Prints a file that ships with ricspec, letter by letter.
    pub fn print_shipped(self, text: &'static str) {
        self.write(text.as_bytes());
    }

    /// Why it cannot be written, if it cannot.
    pub fn fault(self) -> Option<String> {
        let state = self.state().lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open | State::Gone => None,
            State::Lost(why) => Some(why.clone()),
        }
    }

    /// The live line of a terminal: it takes the place of the one before. Without a text, that goes away.
    pub(super) fn redraw(self, line: &Printable) {
        self.write(format!("\r\x1b[2K{line}").as_bytes());
    }

    fn write(self, bytes: &[u8]) {
        let mut state = self.state().lock().unwrap_or_else(PoisonError::into_inner);
        // After a hole in the text, the rest would only mislead.
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

/// Says that standard output carries a report from here on.
pub(super) fn take_output() {
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = true;
}

/// Prints to standard error, or where that cannot be, to standard output.
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

/// Prints what the reader of the output should know.
pub fn note(message: &str) {
    tell(&(Printable::of("note: ") + message + "\n"));
}

/// Prints what is wrong.
pub fn complain(message: &str) {
    tell(&(Printable::of("error: ") + message + "\n"));
}

/// The exit code of a command, or that of our own faults if standard output, which the user asked for, could not be
/// written. Says on each stream what the other one has lost.
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

/// Writes all, however long a reader takes that asked not to be waited for.
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
