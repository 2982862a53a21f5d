//! The front door: where callers invoke a function that is served, for as long as ricspec runs. It is plain HTTP.
//!
//! Environments come and go behind it. What callers bring is queued, and each gets its answer from whoever takes its call.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Incoming;
use hyper::header::{HOST, ORIGIN};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, server};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::bind::{BindError, listen_on};
use super::door::{Answer, Gone, accepted, answered, read, refused};
use super::engine::Invoke;
use super::traffic::PAUSE;
use crate::protocol::Returned;
use crate::protocol::invoke::{InvocationType, Refusal};

/// How many callers may wait.
pub const QUEUE_MAX: usize = 1000;

/// Says which hosts and pages may call.
const ALLOW_HOST: &str = "allow a name by --allow-host NAME";

/// A call that waits for an environment.
#[derive(Debug)]
pub struct Called {
    /// The event.
    pub invoke: Invoke,
    /// Where the answer goes; `None` if the caller does not wait for one.
    pub returns: Option<oneshot::Sender<Answered>>,
}

/// What a caller gets.
#[derive(Debug)]
pub struct Answered {
    /// The result or the error.
    pub returned: Returned,
    /// The end of the log of the invocation.
    pub log: Vec<u8>,
}

/// A front door that is open.
#[derive(Debug)]
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    cancel: CancellationToken,
    tracker: TaskTracker,
}

/// What all connections share.
struct Hall {
    calls: mpsc::Sender<Called>,
    /// Names by which callers may call, in addition to those of loopback.
    names: Vec<String>,
    callers: AtomicUsize,
    cancel: CancellationToken,
}

impl Front {
    /// Opens it. Calls go to `calls`; a caller that finds it full is refused. `names` are names of this machine by which it
    /// may be called.
    ///
    /// # Errors
    /// The system does not give the address.
    pub fn open(
        place: SocketAddr,
        names: Vec<String>,
        calls: mpsc::Sender<Called>,
    ) -> Result<Self, BindError> {
        let failed = |source| BindError::new(place.ip(), place.port(), source);
        let listener = listen_on(place, None).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (cancel, tracker) = (CancellationToken::new(), TaskTracker::new());
        let hall = Arc::new(Hall {
            calls,
            names,
            callers: AtomicUsize::new(0),
            cancel: cancel.clone(),
        });
        tracker.spawn(take_callers(listener, hall, tracker.clone()));
        Ok(Self {
            address,
            cancel,
            tracker,
        })
    }

    /// Closes it; callers that wait get no answer.
    pub async fn close(self) {
        self.cancel.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

async fn take_callers(listener: TcpListener, hall: Arc<Hall>, tracker: TaskTracker) {
    loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, _)) => drop(tracker.spawn(serve(stream, Arc::clone(&hall)))),
                // What is missing then, such as file descriptors, does not come back at once.
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            () = hall.cancel.cancelled() => return,
        }
    }
}

async fn serve(stream: TcpStream, hall: Arc<Hall>) {
    let answer = service_fn(|request| answer(request, &hall));
    let mut connection = server::conn::http1::Builder::new();
    connection.title_case_headers(true);
    tokio::select! {
        // A caller may leave at any time.
        _ = connection.serve_connection(TokioIo::new(stream), answer) => {}
        () = hall.cancel.cancelled() => {}
    }
}

async fn answer(request: Request<Incoming>, hall: &Hall) -> Result<Answer, Gone> {
    if let Some(refusal) = foreign(request.headers(), &hall.names) {
        return Ok(refused(&refusal));
    }
    let asked = match read(request).await? {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    let (invocation_type, wants_log) = (asked.invocation_type, asked.wants_log);
    let mut invoke = asked.invoke(hall.callers.fetch_add(1, Ordering::Relaxed));
    invoke
        .request_id
        .get_or_insert_with(|| Uuid::new_v4().to_string());
    match invocation_type {
        InvocationType::DryRun => Ok(accepted(204)),
        InvocationType::Event => Ok(match hall.queue(invoke, None) {
            Ok(()) => accepted(202),
            Err(refusal) => refused(&refusal),
        }),
        InvocationType::RequestResponse => {
            let (sender, returned) = oneshot::channel();
            if let Err(refusal) = hall.queue(invoke, Some(sender)) {
                return Ok(refused(&refusal));
            }
            let Answered { returned, log } = returned.await.map_err(|_| Gone)?;
            Ok(answered(returned, wants_log.then_some(&log)))
        }
    }
}

impl Hall {
    fn queue(
        &self,
        invoke: Invoke,
        returns: Option<oneshot::Sender<Answered>>,
    ) -> Result<(), Refusal> {
        let called = Called { invoke, returns };
        self.calls.try_send(called).map_err(|_| Refusal::too_many())
    }
}

/// Why a call is refused before it is read: a page of another site may make a browser call us.
fn foreign(headers: &HeaderMap, names: &[String]) -> Option<Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = text(ORIGIN) {
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        if Some(host) != text(HOST) || !is_ours(host, names) {
            let fix = "a page of another site may not call";
            return Some(Refusal::foreign("Origin", origin, fix));
        }
    }
    let host = text(HOST).filter(|host| !is_ours(host, names))?;
    Some(Refusal::foreign("Host", host, ALLOW_HOST))
}

/// Whether a host, with or without a port, is a name of loopback, any address, or one that is allowed. A page can point its
/// own name at this machine, but no number.
fn is_ours(host: &str, names: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    let number = name.trim_start_matches('[').trim_end_matches(']');
    let known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
    known || name.eq_ignore_ascii_case("localhost") || number.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests;
