//! A script against AWS's emulator.
//!
//! The emulator starts the runtime at the first invocation, and ends an invocation when the runtime polls again or exits. So
//! the test invokes one after the other until the log is complete, and each poll gets an event.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::client;
use crate::ours::{HANDLER, TIME_OUT_MS, lay_out};
use crate::running::{Emulator, Place, WAIT_MAX, unshare};
use crate::script::{RUNTIME, Script, Seen};

/// Why an emulator cannot have extensions here.
pub const NO_MOUNTS: &str =
    "needs a mount namespace for /opt/extensions, which this system does not give";

/// Whether this system gives an emulator another folder as `/opt`.
fn can_mount() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        let tried = unshare().args(["/opt", "true"]).output();
        tried.is_ok_and(|output| output.status.success())
    })
}

/// What the fake processes have seen with the emulator; `None` if extensions cannot be laid out for it here.
pub fn watch(
    program: &Path,
    script: &Script,
    folder: &Path,
    log: &Path,
) -> Result<Option<Vec<Seen>>, String> {
    let said = |error: io::Error| error.to_string();
    let command = client::command(script, RUNTIME, log).map_err(said)?;
    let mut place = Place::new(folder, HANDLER);
    if !script.extensions.is_empty() {
        if !can_mount() {
            return Ok(None);
        }
        let opt = folder.join("opt");
        lay_out(script, &opt, log).map_err(said)?;
        place.opt = Some(opt);
    }
    place.timeout_s = script.times_out.then_some(TIME_OUT_MS / 1000);
    let emulator = Emulator::start(program, &command, &place).map_err(said)?;
    for number in 1..=script.polls() {
        invoke(emulator.invocations, &number.to_string())
            .map_err(|error| emulator.says(&error.to_string()))?;
        if client::has_ended(script, log) {
            break;
        }
    }
    // An extension may hear of the end after the caller.
    let until = Instant::now() + WAIT_MAX;
    while !script.extensions.is_empty() && !client::has_ended(script, log) && Instant::now() < until
    {
        thread::sleep(Duration::from_millis(5));
    }
    let seen = client::read(script, log);
    seen.map(Some).map_err(|error| emulator.says(&error))
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
