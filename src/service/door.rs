//! The invoke door: callers bring events, and get the runtime's answers. It is plain HTTP, on loopback.

mod call;

pub use call::{Answer, Gone, Pieces};
pub(super) use call::{accepted, answered, read, refused};

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, client, server};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::bind::{BindError, listen_on};
use super::engine::Visit;
use super::note::Note;
use super::traffic::Traffic;
use crate::http1::{Body, Header};
use crate::protocol::invoke;
use crate::transcript::VisitRecord;

/// The function's name for our own calls: the door has one function, whatever its name.
const FUNCTION: &str = "function";

/// The largest answer that our own caller reads, in bytes: more than the service accepts.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// An invoke door that is open.
pub(super) struct Door {
    address: SocketAddr,
    traffic: Arc<Traffic>,
    tracker: TaskTracker,
}

impl Door {
    /// Opens a door on a fresh port.
    pub(super) fn open(traffic: &Arc<Traffic>, tracker: &TaskTracker) -> Result<Self, BindError> {
        let place = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let failed = |source| BindError::new(place.ip(), place.port(), source);
        let listener = listen_on(place, None).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (traffic, tracker) = (Arc::clone(traffic), tracker.clone());
        tracker.spawn(take_callers(
            listener,
            Arc::clone(&traffic),
            tracker.clone(),
        ));
        Ok(Self {
            address,
            traffic,
            tracker,
        })
    }

    /// Calls the door like any caller, and notes the answer.
    pub(super) fn visit(&self, visit: Visit) {
        let (address, traffic) = (self.address, Arc::clone(&self.traffic));
        self.tracker.spawn(async move {
            let at = traffic.clock.now();
            let made = tokio::select! {
                made = post(address, &visit) => made,
                () = traffic.cancel.cancelled() => return,
            };
            traffic.note(match made {
                Ok((status, headers, body)) => Note::Visited(VisitRecord {
                    name: visit.name,
                    request_id: visit.request_id,
                    at,
                    answered: traffic.clock.now(),
                    status,
                    headers,
                    body,
                }),
                Err(fault) => Note::Excess {
                    what: format!("the call of ricspec itself at its invoke door failed: {fault}"),
                    fatal: true,
                },
            });
        });
    }
}

async fn take_callers(listener: TcpListener, traffic: Arc<Traffic>, tracker: TaskTracker) {
    loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, _)) => drop(tracker.spawn(serve(stream, Arc::clone(&traffic)))),
                Err(error) => traffic.cannot_take(&error).await,
            },
            () = traffic.cancel.cancelled() => return,
        }
    }
}

async fn serve(stream: TcpStream, traffic: Arc<Traffic>) {
    let answer = service_fn(|request| answer(request, &traffic));
    let mut connection = server::conn::http1::Builder::new();
    connection.title_case_headers(true);
    tokio::select! {
        // A caller may leave at any time.
        _ = connection.serve_connection(TokioIo::new(stream), answer) => {}
        () = traffic.cancel.cancelled() => {}
    }
}

async fn answer(request: Request<Incoming>, traffic: &Traffic) -> Result<Answer, Gone> {
    let asked = match read(request).await? {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    let (sender, returned) = oneshot::channel();
    let invoke = asked.invoke(traffic.caller());
    let returns = Some(sender);
    traffic.note(Note::Invoked { invoke, returns });
    let returned = returned.await.map_err(|_| Gone)?;
    Ok(answered(returned, None))
}

/// Why a call of our own at the door failed.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Makes a call at the door: the status, the headers and the body of the answer.
async fn post(address: SocketAddr, visit: &Visit) -> Result<(u16, Vec<Header>, Body), Fault> {
    let stream = TcpStream::connect(address).await?;
    let handshake = client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await?;
    let request = Request::post(invoke::path_of(FUNCTION))
        .header("Host", address.to_string())
        .header(invoke::REQUEST_ID, &visit.request_id)
        .body(Full::new(visit.event.clone()))?;
    let asked = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body?.to_bytes();
        let lines = head.headers.iter().map(|(name, value)| Header {
            name: name.to_string(),
            value: value.as_bytes().iter().copied().map(char::from).collect(),
        });
        Ok((head.status.as_u16(), lines.collect(), Body::from(&*body)))
    };
    tokio::pin!(asked);
    tokio::select! {
        made = &mut asked => made,
        // It ends with its last answer, which may not be complete yet.
        ended = connection => {
            ended?;
            asked.await
        }
    }
}

#[cfg(test)]
mod tests;
