//! Answers that come piece by piece, to callers who read them as they come.

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use serde_json::Value;

use super::watched::mkfifo;
use super::{ECHO, Outcome, Served, TIMEOUT_S, WAIT_MAX, body, runtime};

const PATH: &str = "/2021-11-15/functions/function/response-streaming-invocations";

/// Streams `first`, and `last` when something is written to the pipe GATE. An event may ask it to end between
/// the two, or to close the connection.
const ANSWERS: &str = r#"printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n' "$id" >&3
case $event in
  *dies*) exit 3;;
  *tears*) exec 3>&-; continue;;
esac
cat "$GATE" >/dev/null
printf '4\r\nlast\r\n0\r\n\r\n' >&3"#;

/// A caller who reads as it comes.
struct Reader {
    stream: TcpStream,
    come: Vec<u8>,
}

impl Reader {
    fn ask(served: &Served, head: &str, event: &str) -> Result<Self, Box<dyn Error>> {
        let mut stream = TcpStream::connect(&served.address)?;
        stream.set_read_timeout(Some(WAIT_MAX))?;
        let length = event.len();
        write!(
            stream,
            "POST {head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{event}"
        )?;
        let come = Vec::new();
        Ok(Self { stream, come })
    }

    fn invoke(served: &Served, event: &str) -> Result<Self, Box<dyn Error>> {
        Self::ask(
            served,
            &format!("{PATH} HTTP/1.1\r\nX-Amz-Log-Type: Tail"),
            event,
        )
    }

    /// Reads until this has come.
    fn until(&mut self, text: &str) -> Outcome {
        let mut piece = [0; 4096];
        while !String::from_utf8_lossy(&self.come).contains(text) {
            let count = self.stream.read(&mut piece)?;
            if count == 0 {
                return Err(format!("{text} is not in {}", self.text()).into());
            }
            self.come.extend_from_slice(&piece[..count]);
        }
        Ok(())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.come).into_owned()
    }

    /// Reads to the end: the head, the body without its framing, and whether it is complete.
    fn end(mut self) -> Result<(String, Vec<u8>, bool), Box<dyn Error>> {
        self.stream.read_to_end(&mut self.come)?;
        let split = self.come.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, mut rest) = self.come.split_at(split.ok_or("no head")? + 4);
        let mut body = Vec::new();
        let mut is_complete = false;
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..end])?, 16)?;
            is_complete = size == 0;
            body.extend_from_slice(&rest[end + 2..end + 2 + size]);
            rest = &rest[end + 2 + size + 2..];
        }
        let head = String::from_utf8_lossy(head).into_owned();
        Ok((head, body, is_complete))
    }

    /// Reads to the end: the data, and what its end says.
    fn events(self) -> Result<(Vec<u8>, Value), Box<dyn Error>> {
        let (head, body, _) = self.end()?;
        let media = "\r\nContent-Type: application/vnd.amazon.eventstream\r\n";
        assert!(
            head.starts_with("HTTP/1.1 200 ") && head.contains(media),
            "{head}"
        );
        let (mut data, mut rest) = (Vec::new(), body.as_slice());
        loop {
            let number = |at: usize, bytes: &[u8]| -> Option<usize> {
                let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
                usize::try_from(u32::from_be_bytes(four)).ok()
            };
            let total = number(0, rest).ok_or("no end")?;
            let (message, after) = rest.split_at(total);
            let crc = |end: usize| usize::try_from(crc32fast::hash(&message[..end])).ok();
            assert_eq!(number(8, message), crc(8), "the first CRC");
            assert_eq!(number(total - 4, message), crc(total - 4), "the last CRC");
            let (headers, payload) =
                message[12..total - 4].split_at(number(4, message).ok_or("no headers")?);
            match String::from_utf8_lossy(headers).contains("PayloadChunk") {
                true => data.extend_from_slice(payload),
                false => {
                    assert!(after.is_empty(), "the end is the last message");
                    return Ok((data, serde_json::from_slice(payload)?));
                }
            }
            rest = after;
        }
    }
}

fn gated(folder: &Path) -> Result<(std::path::PathBuf, Served), Box<dyn Error>> {
    let gate = folder.join("gate");
    mkfifo(&gate)?;
    let env = format!("GATE={}", gate.display());
    let served = Served::start(&[
        "--http",
        "--env",
        &env,
        "--",
        "bash",
        "-c",
        &runtime(ANSWERS),
    ])?;
    Ok((gate, served))
}

#[test]
fn a_caller_reads_the_beginning_before_the_end_is_written() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (gate, served) = gated(folder.path())?;
    let mut reader = Reader::invoke(&served, "{}")?;
    reader.until("first")?;
    fs::write(&gate, "go")?;
    let (data, end) = reader.events()?;
    assert_eq!(data, b"firstlast");
    assert_eq!(end["ErrorCode"], Value::Null);
    assert_eq!(end["LogResult"], "");
    // The same at its URL, where the body goes out as it is.
    let mut reader = Reader::ask(&served, "/a HTTP/1.1", "")?;
    reader.until("first")?;
    fs::write(&gate, "go")?;
    let (head, data, is_complete) = reader.end()?;
    assert!(head.contains("\r\nContent-Type: text/plain\r\n"), "{head}");
    assert!(is_complete);
    assert_eq!(data, b"firstlast");
    // A caller who does not read it as it comes gets the whole.
    let address = served.address.clone();
    let whole = std::thread::spawn(move || super::invoke(&address, "", "{}").unwrap_or_default());
    fs::write(&gate, "go")?;
    let whole = whole.join().map_err(|_| "the caller panicked")?;
    assert_eq!(body(&whole), "firstlast");
    served.end()?;
    Ok(())
}

#[test]
fn the_reader_of_an_answer_that_breaks_off_is_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (_, served) = gated(folder.path())?;
    for event in ["\"tears\"", "\"dies\"", "\"tears\""] {
        let (data, end) = Reader::invoke(&served, event)?.events()?;
        assert_eq!(data, b"first", "{event}");
        assert_eq!(end["ErrorCode"], "Unhandled", "{event}");
        let details = end["ErrorDetails"].as_str().unwrap_or_default();
        assert!(details.contains("\"Runtime."), "{event}: {details}");
    }
    let (_, data, is_complete) = Reader::ask(&served, "/tears HTTP/1.1", "")?.end()?;
    assert_eq!(data, b"first");
    assert!(!is_complete, "the caller sees that the answer broke off");
    served.end()?;
    Ok(())
}

#[test]
fn failures_and_whole_answers_are_read_as_streams_too() -> Outcome {
    let served = Served::start(&["--reference", "--timeout", TIMEOUT_S])?;
    let (data, end) = Reader::invoke(&served, ECHO)?.events()?;
    assert_eq!(data, b"\"John\"");
    assert_eq!(end["ErrorCode"], Value::Null);
    for (event, expected, told) in [
        (
            r#"{"ricspec":1,"do":"fail","message":"as asked"}"#,
            "",
            "as asked",
        ),
        (
            r#"{"ricspec":1,"do":"stream","chunks":["a","b"],"delay_ms":0,"type":"Late","message":"as asked"}"#,
            "ab",
            "as asked",
        ),
        (
            r#"{"ricspec":1,"do":"stream","chunks":["a","b"],"delay_ms":60000}"#,
            "a",
            "Task timed out after 3.00 seconds",
        ),
    ] {
        let (data, end) = Reader::invoke(&served, event)?.events()?;
        assert_eq!(String::from_utf8_lossy(&data), expected, "{event}");
        assert_eq!(end["ErrorCode"], "Unhandled", "{event}");
        let details = end["ErrorDetails"].as_str().unwrap_or_default();
        assert!(details.contains(told), "{event}: {details}");
    }
    let (head, ..) = {
        let head = format!("{PATH} HTTP/1.1\r\nX-Amz-Invocation-Type: Event");
        Reader::ask(&served, &head, "{}")?.end()?
    };
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    served.end()?;
    Ok(())
}

#[test]
fn the_prelude_of_a_stream_is_the_head_of_the_answer_at_a_url() -> Outcome {
    let served = Served::start(&["--http", "--", "bash", "-c", &prelude_runtime()])?;
    let (head, data, is_complete) = Reader::ask(&served, "/ HTTP/1.1", "")?.end()?;
    assert!(head.starts_with("HTTP/1.1 201 "), "{head}");
    assert!(head.contains("\r\nX-A: 1\r\n"), "{head}");
    assert!(head.contains("\r\nSet-Cookie: a=1\r\n"), "{head}");
    assert_eq!((data.as_slice(), is_complete), (&b"body"[..], true));
    served.end()?;
    Ok(())
}

/// A runtime whose streams have a prelude.
fn prelude_runtime() -> String {
    let prelude = r#"{"statusCode":201,"headers":{"X-A":"1"},"cookies":["a=1"]}"#;
    let size = format!("{:x}", prelude.len() + 8);
    runtime(ANSWERS)
        .replace(
            "text/plain",
            "application/vnd.awslambda.http-integration-response",
        )
        .replace(
            "5\\r\\nfirst",
            &format!("{size}\\r\\n{prelude}\\0\\0\\0\\0\\0\\0\\0\\0"),
        )
        .replace("cat \"$GATE\" >/dev/null\n", "")
        .replace("4\\r\\nlast", "4\\r\\nbody")
}

/// How much memory serve may have while a caller reads slowly what a function writes quickly, in KiB.
const MEMORY_MAX_KIB: u64 = 96 * 1024;

#[test]
fn a_slow_reader_holds_up_the_function_and_takes_no_memory() -> Outcome {
    const BYTES: usize = 100 * 1024 * 1024;
    let served = Served::start(&["--reference"])?;
    let event =
        format!(r#"{{"ricspec":1,"do":"stream","chunks":[],"delay_ms":0,"bytes":{BYTES}}}"#);
    let mut reader = Reader::invoke(&served, &event)?;
    let (mut piece, mut letters) = ([0; 1024], 0);
    loop {
        let count = reader.stream.read(&mut piece)?;
        if count == 0 {
            break;
        }
        letters += piece[..count].iter().filter(|byte| **byte == b'x').count();
    }
    // Some stand in the framing.
    assert!((BYTES..BYTES + BYTES / 100).contains(&letters), "{letters}");
    let status = fs::read_to_string(format!("/proc/{}/status", served.child.id()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.split_whitespace().next());
    let peak: u64 = peak.ok_or("no peak")?.parse()?;
    assert!(peak < MEMORY_MAX_KIB, "{peak}");
    served.end()?;
    Ok(())
}
