//! The HTTP side: calls to the Runtime API over one connection that is kept alive.
//!
//! A call that was not sent gets a new connection; one that was sent is never sent again, because the service may have
//! accepted it. Replies have no time limit: a poll takes as long as the service likes (NEXT-03).

use std::io;
use std::time::Duration;

use http_body_util::channel::Channel;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::Body as _;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::call::Calling;
pub(crate) use super::call::{Call, CallError, Reply};
use super::wire::{Tap, Wire};

/// How long it may take to open a connection: the service is on the same machine.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// The largest reply body that is accepted: well above the 6 MiB of the largest event.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How often a call that could not be sent gets a new connection.
const UNSENT_MAX: usize = 3;

/// A body that comes part by part.
pub(crate) type Stream = Channel<Bytes>;

/// The body of a request: whole, or as it comes.
type Content = Either<Full<Bytes>, Stream>;

impl Call {
    fn request(&self, host: &str, stream: Option<Stream>) -> Result<Request<Content>, http::Error> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header("Host", host);
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            request = request.header(name, HeaderValue::from_bytes(value)?);
        }
        request.body(match stream {
            Some(stream) => Either::Right(stream),
            None => Either::Left(Full::new(self.body.clone().unwrap_or_default())),
        })
    }
}

/// Calls the service.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) api: String,
    link: Option<Link>,
    /// Of two connections, the one that is not in use.
    other: Option<Link>,
    /// Whether the one in use is for polls.
    polls: bool,
    /// How long the service keeps an idle connection, as it said last, in seconds.
    pub(crate) idle_s: Option<u64>,
    ways: &'static dyn Calling,
}

/// A connection.
#[derive(Debug)]
struct Link {
    sender: SendRequest<Content>,
    tap: Tap,
    /// Whether the service has said that it closes the connection.
    closing: bool,
}

impl Client {
    /// A client for the service at this host and port. It connects later, and uses no proxy.
    pub(crate) fn new(api: &str, ways: &'static dyn Calling) -> Self {
        Self {
            api: api.to_owned(),
            link: None,
            other: None,
            polls: true,
            idle_s: None,
            ways,
        }
    }

    /// Opens the connections that must be opened at the start, if any.
    pub(crate) async fn open(&mut self) {
        if self.ways.two_connections() {
            self.link = self.connect().await.ok();
            self.other = self.connect().await.ok();
        }
    }

    /// Makes a call and waits for its reply.
    pub(crate) async fn send(&mut self, call: &Call) -> Result<Reply, CallError> {
        self.send_with(call, None).await
    }

    /// Makes a call whose body comes as it goes out.
    pub(crate) async fn stream(&mut self, call: &Call, body: Stream) -> Result<Reply, CallError> {
        self.send_with(call, Some(body)).await
    }

    async fn send_with(&mut self, call: &Call, stream: Option<Stream>) -> Result<Reply, CallError> {
        let pause = self.ways.pause();
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let mut call = call.clone();
        self.ways.request(&mut call);
        if self.ways.two_connections() && (call.method == Method::GET) != self.polls {
            std::mem::swap(&mut self.link, &mut self.other);
            self.polls = !self.polls;
        }
        let is_whole = stream.is_none();
        let mut request = call.request(&self.api, stream)?;
        let way = self.ways.way(&call);
        if way.fresh {
            self.link = None;
        }
        let mut tries_again = way.sends_again && is_whole && self.link.is_some();
        for _ in 0..UNSENT_MAX {
            if way.only_open && !self.is_open().await {
                return Err(CallError::Closed);
            }
            let mut link = self.link().await?;
            link.tap.clear(self.ways.way(&call));
            match link.sender.try_send_request(request).await {
                Ok(response) => {
                    let reply = self.receive(response, link).await;
                    // After a stream the connection is closed (STREAM-04).
                    if way.last || !(is_whole || way.keeps) {
                        self.link = None;
                    }
                    return Ok(reply);
                }
                Err(mut refused) => match refused.take_message() {
                    Some(unsent) => request = unsent,
                    None if tries_again && link.tap.bytes().is_empty() => {
                        tries_again = false;
                        request = call.request(&self.api, None)?;
                    }
                    None => return Err(why(refused.into_error(), &link.tap)),
                },
            }
        }
        Err(CallError::Closed)
    }

    /// Reads the body; the connection is kept only after a complete one.
    async fn receive(&mut self, response: Response<Incoming>, mut link: Link) -> Reply {
        let (head, body) = response.into_parts();
        let (body, whole) = gather(Limited::new(body, REPLY_BYTES_MAX), self.ways).await;
        let (raw, reads) = (link.tap.bytes(), link.tap.reads());
        self.idle_s = idle_s(&head.headers);
        link.closing = head.headers.contains_key("connection");
        if whole {
            self.link = Some(link);
        }
        Reply {
            status: head.status,
            headers: head.headers,
            body: (whole || self.ways.takes_parts()).then_some(body),
            raw,
            reads,
        }
    }

    /// Whether the current connection, if there is one, is still open; otherwise it is dropped.
    async fn is_open(&mut self) -> bool {
        let Some(link) = &mut self.link else {
            return true;
        };
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let open = link.closing || link.sender.ready().await.is_ok();
        if !open {
            self.link = None;
        }
        open
    }

    /// The current connection if the service has not closed it, otherwise a new one (BOOT-11).
    async fn link(&mut self) -> Result<Link, CallError> {
        if let Some(mut link) = self.link.take() {
            // Two turns of the event loop: the first notices that a connection was closed, the second acts on it.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            if link.sender.ready().await.is_ok() {
                return Ok(link);
            }
            self.ways.found_closed(link.closing);
        }
        let mut connected = self.connect().await;
        let mut tries = 0;
        while connected.is_err()
            && let Some(pause) = self.ways.connects_again(tries)
        {
            tokio::time::sleep(pause).await;
            tries += 1;
            connected = self.connect().await;
        }
        if connected.is_err() {
            self.ways.unreachable().await;
        }
        connected
    }

    async fn connect(&self) -> Result<Link, CallError> {
        let unreachable = |source: io::Error| CallError::Unreachable {
            api: self.api.clone(),
            source,
        };
        let stream = tokio::time::timeout(CONNECT_MAX, TcpStream::connect(&self.api))
            .await
            .unwrap_or_else(|late| Err(late.into()))
            .map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let tap = Tap::default();
        let wire = TokioIo::new(Wire::new(stream, tap.clone()));
        let (sender, connection) = http1::Builder::new()
            .title_case_headers(!self.ways.lower_case_names())
            .handshake(wire)
            .await
            .map_err(CallError::Broken)?;
        // It ends with the connection; errors go to the call that waits.
        tokio::spawn(connection);
        Ok(Link {
            sender,
            tap,
            closing: false,
        })
    }
}

fn idle_s(headers: &HeaderMap) -> Option<u64> {
    let hint = headers.get("keep-alive")?.to_str().ok()?;
    let (_, rest) = hint.split_once("timeout=")?;
    rest.split(',').next()?.trim().parse().ok()
}

/// A body, and whether it is complete.
async fn gather(mut body: Limited<Incoming>, ways: &dyn Calling) -> (Bytes, bool) {
    let mut bytes = Vec::new();
    let announced = body.size_hint().exact();
    while let Some(frame) = body.frame().await {
        match frame.map(hyper::body::Frame::into_data) {
            Ok(Ok(_)) if ways.ignores(&bytes, announced) => {}
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            // Trailers of a reply are ignored.
            Ok(Err(_)) => {}
            Err(_) => return (bytes.into(), false),
        }
    }
    (bytes.into(), true)
}

fn why(error: hyper::Error, tap: &Tap) -> CallError {
    if tap.bytes().is_empty() {
        CallError::Closed
    } else {
        CallError::Broken(error)
    }
}
