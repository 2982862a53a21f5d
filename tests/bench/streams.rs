//! The rate of a stream of 200 MB: the reference runtime with the service, and with a sink that only reads.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ricspec::transcript::Transcript;

use super::peak_kib;
use super::turns::{Running, reference};

const BYTES: u64 = 200_000_000;
const CASE: &str = "streaming/two_hundred_megabytes";

/// How much resident memory ricspec may take meanwhile, in KiB.
const KIB_MAX: u64 = 64 * 1024;

/// Prints the rates.
pub fn compare() -> Result<(), Box<dyn Error>> {
    let (with_service, kib) = of_service()?;
    let with_sink = of_sink()?;
    println!(
        "a stream of 200 MB: {} a second with the service, which takes {kib} KiB of resident memory, and {} a second with \
         a bare sink",
        rate(with_service),
        rate(with_sink)
    );
    match kib {
        ..KIB_MAX => Ok(()),
        _ => Err(format!("{kib} KiB; {KIB_MAX} is the limit").into()),
    }
}

fn rate(took: Duration) -> String {
    format!("{:.0} MB", BYTES as f64 / 1e6 / took.as_secs_f64())
}

/// From the head of the answer to its end, by the transcript; and the most memory of ricspec.
fn of_service() -> Result<(Duration, u64), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut ricspec = Command::new(env!("CARGO_BIN_EXE_ricspec"))
        .args([
            "run",
            "--reference",
            "--quiet",
            "--profile",
            "slow",
            "--filter",
            CASE,
        ])
        .arg("--transcripts")
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()?;
    let mut kib = 0;
    let status = loop {
        kib = kib.max(peak_kib(ricspec.id()).unwrap_or(0));
        if let Some(status) = ricspec.try_wait()? {
            break status;
        }
        // Nothing waits for this: it is the interval between two measures of memory.
        std::thread::sleep(Duration::from_millis(5));
    };
    let file = std::fs::File::open(folder.path().join(format!("{CASE}.json")))?;
    let transcript: Transcript = serde_json::from_reader(std::io::BufReader::new(file))?;
    let long = transcript.exchanges.iter();
    let long = long
        .max_by_key(|exchange| exchange.body.bytes)
        .filter(|long| long.body.bytes == BYTES);
    let took = long.and_then(|long| Some(long.complete?.us() - long.at.us()));
    let took = took.ok_or_else(|| format!("{status}: no such answer"))?;
    Ok((Duration::from_micros(took), kib))
}

/// The same, with a service that only reads.
fn of_sink() -> Result<Duration, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let _runtime = Running(reference(&listener.local_addr()?.to_string())?);
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    read_to(&mut stream, b"\r\n\r\n")?;
    let event = format!(
        r#"{{"ricspec": 1, "do": "stream", "chunks": [], "delay_ms": 0, "bytes": {BYTES}}}"#
    );
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         Lambda-Runtime-Deadline-Ms: 4102444800000\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:f\r\n\r\n{event}",
        event.len()
    )?;
    let began = Instant::now();
    read_to(&mut stream, b"\r\n0\r\n\r\n")?;
    Ok(began.elapsed())
}

/// Reads until what came ends like this; what else came is dropped.
fn read_to(stream: &mut TcpStream, end: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut buffer = vec![0; 64 * 1024];
    let mut last = Vec::new();
    while !last.ends_with(end) {
        let count = stream.read(&mut buffer)?;
        let come = buffer.get(..count).filter(|come| !come.is_empty());
        let come = come.ok_or("the runtime hung up")?;
        last.extend_from_slice(
            come.get(come.len().saturating_sub(end.len())..)
                .unwrap_or_default(),
        );
        last.drain(..last.len().saturating_sub(end.len()));
    }
    Ok(())
}
