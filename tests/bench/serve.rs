//! `ricspec serve` side by side with AWS's emulators: the same function, the same callers, one after the other in one run.
//!
//! Each caller has one connection and makes one call after the other. What a call costs the caller itself is measured with a
//! server that only answers, and what it costs at least between caller and runtime with a bare relay.

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use crate::floor::Floor;
use crate::oracle::{Found, oracles};
use crate::require::Require;
use crate::running::{Emulator, Place};

/// How many callers there are at a time.
const CALLERS: [usize; 3] = [1, 8, 64];

/// How long callers call, after some calls to warm up.
const LASTS: Duration = Duration::from_millis(2500);
const WARM: Duration = Duration::from_millis(400);

/// Longer than any call takes.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The rate with one caller, in rates of the newest emulator, that must be reached.
const RATIO_MIN: f64 = 2.0;

const EVENT: &str = r#"{"ricspec":1,"do":"echo","value":"John"}"#;
const RESULT: &[u8] = b"\"John\"";

/// What was measured with so many callers.
struct Rate {
    a_second: f64,
    p50: Duration,
    p99: Duration,
    calls: usize,
    lost: usize,
    /// Why the first one was lost.
    why: Option<String>,
}

/// Prints the table.
pub fn compare() -> Result<(), Box<dyn Error>> {
    let bare = bare()?;
    println!(
        "the caller alone, with a server that only answers: {:.0} calls a second, p50 {} µs",
        bare.a_second,
        bare.p50.as_micros()
    );
    println!("| server | first answer | callers | calls a second | p50 | p99 | lost |");
    println!("|---|---|---|---|---|---|---|");
    let floor = rows("a bare relay (hyper), which records nothing", || {
        let relay = Floor::start()?;
        let address = relay.address;
        Ok((relay, address))
    })?;
    let folder = tempfile::tempdir()?;
    let ours = rows("ricspec serve", || {
        let served = Served::start(folder.path())?;
        let address = served.address;
        Ok((served, address))
    })?;
    let mut newest = None;
    let require = Require::read().map_err(told)?;
    for oracle in oracles().into_iter().rev() {
        let program = match oracle.find(require)? {
            Found::Here(program) => program,
            Found::Lacking(reason) => {
                println!("| emulator, {} | {reason} |", oracle.name());
                require.lacking(reason).map_err(told)?;
                continue;
            }
        };
        let folder = tempfile::tempdir()?;
        let runtime = [env!("CARGO_BIN_EXE_ricspec"), "reference"].map(str::to_owned);
        let rate = rows(&format!("emulator, {}", oracle.name()), || {
            let place = Place::new(folder.path(), "fixture.handler");
            let emulator = Emulator::start(&program, &runtime, &place)?;
            let address = emulator.invocations;
            Ok((emulator, address))
        })?;
        newest.get_or_insert(rate);
    }
    println!(
        "one caller: {:.2} times the rate of the bare relay",
        ours / floor
    );
    if let Some(theirs) = newest {
        println!(
            "one caller: {:.2} times the rate of the newest emulator, of which {RATIO_MIN} is the least; the bare relay {:.2} times",
            ours / theirs,
            floor / theirs
        );
    }
    Ok(())
}

fn told(failed: Failed) -> String {
    failed.message().unwrap_or_default().to_owned()
}

/// Measures a server, a fresh one for each number of callers, and prints its rows; gives the rate with one caller.
fn rows<S>(
    name: &str,
    start: impl Fn() -> Result<(S, SocketAddr), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let mut alone = 0.0;
    for callers in CALLERS {
        let began = Instant::now();
        let (_server, address) = start()?;
        call(&mut TcpStream::connect(address)?)?;
        let first = began.elapsed();
        let rate = measure(address, callers);
        let why = rate.why.map(|why| format!(" ({why})"));
        println!(
            "| {name} | {} ms | {callers} | {:.0} | {} µs | {} µs | {} of {}{} |",
            first.as_millis(),
            rate.a_second,
            rate.p50.as_micros(),
            rate.p99.as_micros(),
            rate.lost,
            rate.calls,
            why.unwrap_or_default()
        );
        if callers == 1 {
            alone = rate.a_second;
        }
    }
    Ok(alone)
}

/// So many callers call for a while.
fn measure(server: SocketAddr, callers: usize) -> Rate {
    let began = Instant::now();
    let calls: Vec<Result<Duration, String>> = thread::scope(|scope| {
        let work: Vec<_> = (0..callers)
            .map(|_| scope.spawn(move || call_for_a_while(server, began)))
            .collect();
        let done = work.into_iter().map(thread::ScopedJoinHandle::join);
        done.flat_map(Result::unwrap_or_default).collect()
    });
    let mut times: Vec<Duration> = calls.iter().flatten().copied().collect();
    times.sort();
    let at = |hundredth: usize| times.get(times.len() * hundredth / 100).copied();
    Rate {
        a_second: times.len() as f64 / LASTS.as_secs_f64(),
        p50: at(50).unwrap_or_default(),
        p99: at(99).unwrap_or_default(),
        calls: calls.len(),
        lost: calls.len() - times.len(),
        why: calls.into_iter().find_map(Result::err),
    }
}

/// The times of the calls of one caller, or why a call was lost.
fn call_for_a_while(server: SocketAddr, began: Instant) -> Vec<Result<Duration, String>> {
    let mut calls = Vec::new();
    let mut stream = None;
    while began.elapsed() < WARM + LASTS {
        let at = Instant::now();
        let answered = match &mut stream {
            Some(open) => call(open),
            closed => connect(server).and_then(|fresh| call(closed.insert(fresh))),
        };
        if answered.is_err() {
            stream = None;
            // A server that has ended refuses at once.
            thread::sleep(Duration::from_millis(10));
        }
        if at.duration_since(began) >= WARM {
            let answered = answered.map_err(|why| why.to_string());
            calls.push(answered.map(|()| at.elapsed()));
        }
    }
    calls
}

fn connect(server: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    Ok(stream)
}

/// One call, which must get the right answer.
fn call(stream: &mut TcpStream) -> std::io::Result<()> {
    let request = format!(
        "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{EVENT}",
        EVENT.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let wrong = |what: &str| {
            let said = String::from_utf8_lossy(&answer);
            let line = said.lines().next().unwrap_or_default();
            Err(std::io::Error::other(format!("{what}: `{line}`")))
        };
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
        match head.and_then(|at| answer.get(at + 4..)) {
            Some(_) if !answer.starts_with(b"HTTP/1.1 200") => return wrong("another status"),
            Some(body) if body == RESULT => return Ok(()),
            Some(body) if body.len() >= RESULT.len() => return wrong("another result"),
            Some(_) | None => {}
        }
        match stream.read(&mut piece)? {
            0 => return wrong("the connection ended"),
            count => answer.extend_from_slice(piece.get(..count).unwrap_or_default()),
        }
    }
}

/// What a call costs the caller.
fn bare() -> Result<Rate, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut piece = [0; 4096];
        while stream.read(&mut piece)? > 0 {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\"John\"")?;
        }
        Ok(())
    });
    Ok(measure(server, 1))
}

/// The function, served by ricspec, with its log in a file like that of the emulators. Dropping this ends it.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let runtime = env!("CARGO_BIN_EXE_ricspec");
        let log = folder.join("log");
        let mut child = Command::new(runtime)
            .args(["serve", "--port", "0", "--", runtime, "reference"])
            .stdout(fs::File::create(&log)?)
            .spawn()?;
        let address = loop {
            let text = fs::read_to_string(&log)?;
            if let Some((line, _)) = text.split_once('\n') {
                let address = line.split("http://").nth(1);
                let address = address.and_then(|rest| rest.split('/').next());
                break address
                    .ok_or_else(|| format!("no address: {line}"))?
                    .parse()?;
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("it has ended: {status}").into());
            }
            thread::sleep(Duration::from_millis(1));
        };
        Ok(Self { child, address })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
