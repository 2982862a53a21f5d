//! A script against AWS's emulator.
//!
//! The emulator starts the runtime at the first invocation, and ends an invocation when the runtime polls again or exits. So
//! the test invokes one after the other until the log is complete, and each poll gets an event.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client;
use crate::ours::HANDLER;
use crate::script::{Script, Seen};

/// Longer than the emulator needs to listen, or to end an invocation.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The log of the fake runtime, started by this command, with the emulator.
pub fn watch(
    program: &Path,
    script: &Script,
    command: &[String],
    folder: &Path,
    log: &Path,
) -> Result<Vec<Seen>, String> {
    let emulator = Emulator::start(program, command, folder).map_err(|error| error.to_string())?;
    for number in 1..=script.polls() {
        emulator
            .invoke(&number.to_string())
            .map_err(|error| emulator.says(&error.to_string()))?;
        if client::has_ended(log) {
            break;
        }
    }
    client::read(log).map_err(|error| emulator.says(&error))
}

/// The running emulator. Dropping it ends it; the fake runtime then ends by itself.
struct Emulator {
    child: Child,
    invocations: SocketAddr,
    output: PathBuf,
}

impl Emulator {
    fn start(program: &Path, command: &[String], folder: &Path) -> io::Result<Self> {
        let (invocations, api) = (free_address()?, free_address()?);
        let output = folder.join("emulator.log");
        let file = fs::File::create(&output)?;
        let child = Command::new(program)
            .args([
                "--runtime-interface-emulator-address",
                &invocations.to_string(),
                "--runtime-api-address",
                &api.to_string(),
            ])
            .args(command)
            .current_dir(folder)
            // Any other variable could change its behaviour: with AWS_LAMBDA_MAX_CONCURRENCY it is another service.
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            // The same function as ricspec's.
            .env("AWS_LAMBDA_FUNCTION_NAME", "ricspec-function")
            .env("_HANDLER", HANDLER)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()?;
        let mut emulator = Self {
            child,
            invocations,
            output,
        };
        for address in [invocations, api] {
            emulator.wait_until_it_listens(address)?;
        }
        Ok(emulator)
    }

    /// It does not say when it listens, so we must try.
    fn wait_until_it_listens(&mut self, address: SocketAddr) -> io::Result<()> {
        let until = Instant::now() + WAIT_MAX;
        loop {
            if let Some(status) = self.child.try_wait()? {
                let end = format!("the emulator has ended: {status}");
                return Err(io::Error::other(self.says(&end)));
            }
            match TcpStream::connect(address) {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// One complete invocation; its result is not checked.
    fn invoke(&self, event: &str) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.invocations)?;
        stream.set_read_timeout(Some(WAIT_MAX))?;
        write!(
            stream,
            "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{event}",
            self.invocations,
            event.len()
        )?;
        io::copy(&mut stream, &mut io::sink()).map(drop)
    }

    fn says(&self, error: &str) -> String {
        let output = fs::read_to_string(&self.output).unwrap_or_default();
        format!("{error}\nthe emulator wrote:\n{output}")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It has ended already, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address to listen on. The emulator accepts no port 0, so the port is free again before the emulator listens: no other
/// process uses this loopback address, this function gives each port once, and the system gives no port this low.
fn free_address() -> io::Result<SocketAddr> {
    static PORT: AtomicU16 = AtomicU16::new(20_000);
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let own = Ipv4Addr::new(127, 64 | (high & 0x3f), middle, low);
    loop {
        let port = PORT.fetch_add(1, Ordering::Relaxed);
        match TcpListener::bind((own, port)) {
            Ok(listener) => return listener.local_addr(),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
}
