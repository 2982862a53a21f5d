//! A connection of the fake runtime: requests as the script says, and replies.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::script::Framing;

/// Longer than any service needs to reply; a longer time is a fault.
const REPLY_MAX: Duration = Duration::from_secs(30);

/// The trailers of a failure after the first byte; the document is `{}`.
const FAILURE: &[(&str, &str)] = &[
    ("Lambda-Runtime-Function-Error-Type", "Function.Late"),
    ("Lambda-Runtime-Function-Error-Body", "e30="),
];

/// A reply.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The status of a 1xx reply before it; 0 for none.
    pub interim: u16,
}

/// A connection to the service.
pub struct Wire {
    stream: TcpStream,
    /// Bytes that were read and not used yet.
    read: Vec<u8>,
}

impl Wire {
    pub fn open(api: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(api)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(REPLY_MAX))?;
        stream.set_write_timeout(Some(REPLY_MAX))?;
        let read = Vec::new();
        Ok(Self { stream, read })
    }

    /// Sends a request and reads the reply; `None` when the service closes the connection without one.
    pub fn exchange(
        &mut self,
        method: &str,
        head: &str,
        body: Option<&[u8]>,
        framing: Framing,
    ) -> io::Result<Option<Reply>> {
        let (head, body) = frame(head, body, framing);
        // A service may reply and close before it has read everything; its reply counts.
        let _ = self.stream.write_all(head.as_bytes());
        let mut interim = 0;
        if head.contains("\r\nExpect: ") {
            match self.reply(method)? {
                Some(reply) if reply.status == 100 => interim = 100,
                reply => return Ok(reply),
            }
        }
        let _ = self.stream.write_all(&body);
        if framing.is_cut() {
            self.stream.shutdown(Shutdown::Write)?;
        }
        let reply = self.reply(method)?;
        Ok(reply.map(|reply| Reply { interim, ..reply }))
    }

    /// Sends a request, or as much of it as its framing says, and does not wait for its reply.
    pub fn leave(&mut self, head: &str, body: Option<&[u8]>, framing: Framing) -> io::Result<()> {
        let (head, body) = frame(head, body, framing);
        self.stream.write_all(head.as_bytes())?;
        self.stream.write_all(&body)
    }

    /// Ends a chunked body.
    pub fn end(&mut self) -> io::Result<()> {
        self.stream.write_all(b"0\r\n\r\n")
    }

    /// The reply to a request that was left. `Err` with `WouldBlock` if none comes within a time.
    pub fn receive(&mut self, within: Option<Duration>) -> io::Result<Option<Reply>> {
        self.stream.set_read_timeout(within.or(Some(REPLY_MAX)))?;
        let reply = self.reply("GET");
        self.stream.set_read_timeout(Some(REPLY_MAX))?;
        reply
    }

    fn reply(&mut self, method: &str) -> io::Result<Option<Reply>> {
        let (status, headers) = loop {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut response = httparse::Response::new(&mut headers);
            let parsed = response.parse(&self.read).map_err(io::Error::other)?;
            if let httparse::Status::Complete(length) = parsed {
                let status = response.code.unwrap_or_default();
                let headers = response.headers.iter().map(|header| {
                    let value = String::from_utf8_lossy(header.value).into_owned();
                    (header.name.to_owned(), value)
                });
                let headers: Vec<_> = headers.collect();
                self.read.drain(..length);
                break (status, headers);
            }
            if !self.more()? {
                return Ok(None);
            }
        };
        let mut reply = Reply {
            status,
            headers,
            body: Vec::new(),
            interim: 0,
        };
        let length = match reply.header("content-length").map(str::parse::<usize>) {
            _ if method == "HEAD" || status < 200 => 0,
            Some(length) => length.map_err(io::Error::other)?,
            None => usize::MAX,
        };
        while self.read.len() < length && self.more()? {}
        reply.body = self.read.drain(..length.min(self.read.len())).collect();
        Ok(Some(reply))
    }

    /// Reads more; false at the end of the connection.
    fn more(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.read.extend_from_slice(&buffer[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| &**value)
    }

    /// Whether the service closes the connection after it.
    pub fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }

    /// The type that an error document names.
    pub fn error_type(&self) -> Option<String> {
        let document: Value = serde_json::from_slice(&self.body).ok()?;
        document["errorType"].as_str().map(str::to_owned)
    }
}

/// The head with the headers of the body, and the body on the wire.
fn frame(head: &str, body: Option<&[u8]>, framing: Framing) -> (String, Vec<u8>) {
    let Some(body) = body else {
        return (format!("{head}\r\n"), Vec::new());
    };
    let length = match framing {
        Framing::Length => body.len(),
        Framing::Short => body.len() + 1,
        Framing::Open | Framing::Torn => {
            let size = format!("{:x}\r\n", body.len());
            let chunk = [size.as_bytes(), body, b"\r\n"].concat();
            return (format!("{head}Transfer-Encoding: chunked\r\n\r\n"), chunk);
        }
        Framing::Chunked => return with_trailers(head, body, &[("X-Trailer", "1")]),
        Framing::Failed => return with_trailers(head, body, FAILURE),
    };
    (
        format!("{head}Content-Length: {length}\r\n\r\n"),
        body.to_vec(),
    )
}

/// The head and a body in one chunk, with trailers that the head announces.
fn with_trailers(head: &str, body: &[u8], trailers: &[(&str, &str)]) -> (String, Vec<u8>) {
    let names: Vec<&str> = trailers.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let mut chunks = format!("{:x}\r\n", body.len()).into_bytes();
    chunks.extend_from_slice(body);
    chunks.extend_from_slice(b"\r\n0\r\n");
    for (name, value) in trailers {
        chunks.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    chunks.extend_from_slice(b"\r\n");
    let head = format!("{head}Transfer-Encoding: chunked\r\nTrailer: {names}\r\n\r\n");
    (head, chunks)
}
