//! A script against the stand-alone server in AWS's emulator: it is initialised, restored once if the script wants that, and
//! then invoked.

use std::env;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client;
use crate::ours::{HANDLER, RESTORED_AFTER_MS};
use crate::running::{WAIT_MAX, free_address};
use crate::script::{Direct, RUNTIME, Script, Seen};

/// The pause between two looks at the state.
const LOOK: Duration = Duration::from_millis(20);

/// The running server. Dropping it ends it; the fake runtime then ends by itself.
struct Server {
    child: Child,
    control: SocketAddr,
}

/// What the fake runtime has seen with the server, which has no extensions.
pub fn watch(
    program: &Path,
    script: &Script,
    folder: &Path,
    log: &Path,
) -> Result<Option<Vec<Seen>>, String> {
    let output = folder.join("standalone.log");
    let played = play(program, script, folder, log);
    let says = |error: String| {
        let wrote = fs::read_to_string(&output).unwrap_or_default();
        format!("{error}\nthe server wrote:\n{wrote}")
    };
    played.map_err(|error| says(error.to_string()))?;
    client::read(script, log).map(Some).map_err(says)
}

fn play(program: &Path, script: &Script, folder: &Path, log: &Path) -> io::Result<()> {
    let command = client::command(script, RUNTIME, log)?;
    let has_ended = || client::has_ended(script, log);
    let server = Server::start(program, &command, folder)?;
    server.post("/init", &init())?;
    if let Some(direct) = script.direct {
        for number in 1..=script.polls() {
            let reserved = server.post("/reserve", "")?;
            server.invoke(&reserved, direct, &number.to_string())?;
            server.release(has_ended)?;
            if has_ended() {
                break;
            }
        }
        return server.wait_for("its end", has_ended);
    }
    server.wait_for("RestoreReady", has_ended)?;
    thread::sleep(Duration::from_millis(RESTORED_AFTER_MS));
    // It replies when the runtime has polled, or has failed.
    let restored = server.post("/restore", &restore())?;
    for number in 1..=script.polls() {
        if has_ended() || !restored.starts_with("HTTP/1.1 200 ") {
            break;
        }
        server.post("/reserve", "")?;
        server.post("/invoke", &number.to_string())?;
    }
    server.wait_for("its end", has_ended)
}

/// The same function and the same credentials as ricspec's.
fn init() -> String {
    json!({
        "handler": HANDLER, "functionName": "ricspec-function", "functionVersion": "$LATEST", "invokeTimeoutMs": 60_000,
        "awskey": "ASIARICSPECBEFORE000", "awssecret": "ricspec-secret-before", "awssession": "ricspec-token-before",
        "credentialsExpiry": "2031-01-01T00:00:00Z",
    })
    .to_string()
}

fn restore() -> String {
    json!({
        "awskey": "ASIARICSPECRESTORED0", "awssecret": "ricspec-secret-restored",
        "awssession": "ricspec-token-restored", "credentialsExpiry": "2032-01-01T00:00:00Z",
        "restoreHookTimeoutMs": 10_000,
    })
    .to_string()
}

impl Server {
    fn start(program: &Path, command: &[String], folder: &Path) -> io::Result<Self> {
        let (api, control) = (free_address()?, free_address()?);
        let file = fs::File::create(folder.join("standalone.log"))?;
        let child = Command::new(program)
            .args([api.to_string(), control.to_string()])
            .args(command)
            .current_dir(folder)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()?;
        let server = Self { child, control };
        let until = Instant::now() + WAIT_MAX;
        while let Err(error) = TcpStream::connect(control) {
            if Instant::now() > until {
                return Err(error);
            }
            thread::sleep(LOOK);
        }
        Ok(server)
    }

    /// Waits until its state holds a word, or the script has ended.
    fn wait_for(&self, word: &str, has_ended: impl Fn() -> bool) -> io::Result<()> {
        let until = Instant::now() + WAIT_MAX;
        while !has_ended() && !self.post("/state", "")?.contains(word) {
            if Instant::now() > until {
                return Err(io::Error::other(format!(
                    "the script did not come to {word}"
                )));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits until the invocation is over, and another one can be reserved, or the script has ended: an invocation is over
    /// when the runtime polls again.
    fn release(&self, has_ended: impl Fn() -> bool) -> io::Result<()> {
        let mut stream = self.call("/release", "", "")?;
        stream.set_read_timeout(Some(LOOK))?;
        let until = Instant::now() + WAIT_MAX;
        while !has_ended() {
            match stream.read(&mut [0; 1]) {
                Ok(_) => break,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Err(_) if Instant::now() > until => {
                    return Err(io::Error::other("the invocation is not over"));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// An invocation that was reserved, with a caller who reads the answer as it comes.
    fn invoke(&self, reserved: &str, direct: Direct, event: &str) -> io::Result<()> {
        let of = |name: &str| {
            let mut lines = reserved.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.ok_or_else(|| io::Error::other(format!("no {name} in {reserved}")))
        };
        let token = of("Reservation-Token")?;
        let (id, version) = (of("Invoke-Id")?, of("Invoked-Function-Version")?);
        let mode = match direct {
            Direct::Streams => "MaxPayloadSize: -1\r\nInvokeResponseMode: Streaming\r\n",
            Direct::Buffers => "InvokeResponseMode: Buffered\r\n",
        };
        let headers = format!("Invoke-Id: {id}\r\nInvoked-Function-Version: {version}\r\n{mode}");
        self.send(&format!("/direct/{token}"), &headers, event)
            .map(drop)
    }

    /// The whole reply to a call.
    fn post(&self, path: &str, body: &str) -> io::Result<String> {
        self.send(path, "", body)
    }

    fn send(&self, path: &str, headers: &str, body: &str) -> io::Result<String> {
        let mut stream = self.call(path, headers, body)?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply)?;
        Ok(String::from_utf8_lossy(&reply).into_owned())
    }

    /// A call whose reply is still to be read.
    fn call(&self, path: &str, headers: &str, body: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.control)?;
        stream.set_read_timeout(Some(WAIT_MAX))?;
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.control,
            body.len()
        )?;
        Ok(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
