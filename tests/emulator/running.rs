//! AWS's emulator, as it runs.

use std::env;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than the emulator needs to listen, or to end an invocation.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// The running emulator. Dropping it ends it; the fake runtime then ends by itself.
pub struct Emulator {
    child: Child,
    /// Where callers invoke the function.
    pub invocations: SocketAddr,
    output: PathBuf,
}

/// Where an emulator runs, and with what.
pub struct Place<'a> {
    folder: &'a Path,
    handler: &'a str,
    /// The folder that it sees as `/opt`.
    pub opt: Option<PathBuf>,
    /// The time-out of the function, in seconds.
    pub timeout_s: Option<u64>,
}

impl<'a> Place<'a> {
    /// In a folder, for a function with this handler.
    pub fn new(folder: &'a Path, handler: &'a str) -> Self {
        Self {
            folder,
            handler,
            opt: None,
            timeout_s: None,
        }
    }
}

/// The words before a command that runs with another folder as `/opt`, which follows them.
pub fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", "mount --bind \"$0\" /opt && exec \"$@\""]);
    command
}

impl Emulator {
    /// Starts it with the command of a runtime.
    pub fn start(program: &Path, command: &[String], place: &Place<'_>) -> io::Result<Self> {
        let (invocations, api) = (free_address()?, free_address()?);
        let output = place.folder.join("emulator.log");
        let file = fs::File::create(&output)?;
        let mut start = match &place.opt {
            None => Command::new(program),
            Some(opt) => {
                let mut start = unshare();
                start.arg(opt).arg(program);
                start
            }
        };
        let timeout = place.timeout_s.map(|seconds| seconds.to_string());
        let child = start
            .args([
                "--runtime-interface-emulator-address",
                &invocations.to_string(),
                "--runtime-api-address",
                &api.to_string(),
            ])
            .args(command)
            .current_dir(place.folder)
            // Any other variable could change its behaviour: with AWS_LAMBDA_MAX_CONCURRENCY it is another service.
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            // The same function as ricspec's.
            .env("AWS_LAMBDA_FUNCTION_NAME", "ricspec-function")
            .env("_HANDLER", place.handler)
            .envs(timeout.map(|timeout| ("AWS_LAMBDA_FUNCTION_TIMEOUT", timeout)))
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

    /// An error, with what the emulator wrote.
    pub fn says(&self, error: &str) -> String {
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
