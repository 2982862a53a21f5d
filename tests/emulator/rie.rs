//! A script against AWS's emulator.
//!
//! The emulator starts the runtime at the first invocation, and ends an invocation when the runtime polls again or exits. So
//! the test invokes one after the other until the log is complete, and each poll gets an event.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use crate::client;
use crate::ours::HANDLER;
use crate::running::{Emulator, WAIT_MAX};
use crate::script::{Script, Seen};

/// The log of the fake runtime, started by this command, with the emulator.
pub fn watch(
    program: &Path,
    script: &Script,
    command: &[String],
    folder: &Path,
    log: &Path,
) -> Result<Vec<Seen>, String> {
    let emulator =
        Emulator::start(program, command, folder, HANDLER).map_err(|error| error.to_string())?;
    for number in 1..=script.polls() {
        invoke(emulator.invocations, &number.to_string())
            .map_err(|error| emulator.says(&error.to_string()))?;
        if client::has_ended(log) {
            break;
        }
    }
    client::read(log).map_err(|error| emulator.says(&error))
}

/// One complete invocation; its result is not checked.
fn invoke(emulator: SocketAddr, event: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(emulator)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    write!(
        stream,
        "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{event}",
        emulator,
        event.len()
    )?;
    io::copy(&mut stream, &mut io::sink()).map(drop)
}
