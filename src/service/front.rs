//! The front door: where callers invoke a function that is served, for as long as ricspec runs. It is plain HTTP.
//!
//! Environments come and go behind it. What callers bring is queued, and each gets its answer from whoever takes its call.

mod allowed;
mod stream;
mod url;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, server};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::bind::{BindError, listen_on};
use super::door::{Answer, Gone, accepted, answered, read, refused};
use super::engine::{Invoke, Reads};
use super::piece::{Answered, Piece};
use super::traffic::PAUSE;
use crate::protocol::invoke::{InvocationType, Refusal, function_of, streamed_function_of};
use allowed::{Place, is_preflight, permission};
use stream::streamed;
use url::{answer_as_sent, event_of};

pub use allowed::Allowed;

/// How many callers may wait.
pub const QUEUE_MAX: usize = 1000;

/// Where the page is; all paths below this one belong to it.
pub const PAGE: &str = "/_ricspec";

/// The page of ricspec. It only shows: it invokes the function as any caller does.
pub trait Page: Send + Sync {
    /// The answer to a request for a path that belongs to it.
    fn answer(&self, request: &Parts) -> Answer;
}

/// A call that waits for an environment.
#[derive(Debug)]
pub struct Called {
    /// The event.
    pub invoke: Invoke,
    /// Where the answer goes.
    pub returns: Returns,
    /// Whether the caller wants the end of the log.
    pub wants_log: bool,
}

/// Where an answer goes.
#[derive(Debug)]
pub enum Returns {
    /// The caller does not wait for one.
    Nowhere,
    /// As a whole.
    Whole(oneshot::Sender<Answered>),
    /// As it comes.
    Pieces(mpsc::UnboundedSender<Piece>),
}

/// A front door that is open.
#[derive(Debug)]
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    cancel: CancellationToken,
    tracker: TaskTracker,
}

/// Who may come in by the front door, and what is shown there.
#[derive(Clone, Default)]
pub struct Porch {
    /// Who may call.
    pub allowed: Allowed,
    /// The page, if there is one.
    pub page: Option<Arc<dyn Page>>,
    /// Whether requests for other paths invoke the function, as at a function URL.
    pub http: bool,
}

impl fmt::Debug for Porch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Porch")
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

/// What all connections share.
struct Hall {
    calls: mpsc::Sender<Called>,
    porch: Porch,
    callers: AtomicUsize,
    cancel: CancellationToken,
}

impl Front {
    /// Opens it. Calls go to `calls`; a caller that finds it full is refused.
    ///
    /// # Errors
    /// The system does not give the address.
    pub fn open(
        place: SocketAddr,
        porch: Porch,
        calls: mpsc::Sender<Called>,
    ) -> Result<Self, BindError> {
        let failed = |source| BindError::new(place.ip(), place.port(), source);
        let listener = listen_on(place, None).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (cancel, tracker) = (CancellationToken::new(), TaskTracker::new());
        let hall = Arc::new(Hall {
            calls,
            porch,
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
    // The last part of a large answer does not wait for a receipt.
    let _ = stream.set_nodelay(true);
    let source = stream.peer_addr().map(|peer| peer.ip());
    let source = source.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let answer = service_fn(|request| answer(request, source, &hall));
    let mut connection = server::conn::http1::Builder::new();
    connection.title_case_headers(true);
    tokio::select! {
        // A caller may leave at any time.
        _ = connection.serve_connection(TokioIo::new(stream), answer) => {}
        () = hall.cancel.cancelled() => {}
    }
}

/// The answer to any request, and whether the page that asks may read it.
async fn answer(request: Request<Incoming>, source: IpAddr, hall: &Hall) -> Result<Answer, Gone> {
    let Porch {
        allowed,
        page,
        http,
    } = &hall.porch;
    let path = request.uri().path();
    let (place, page) = match page {
        Some(page) if path.strip_prefix(PAGE).is_some_and(is_end) => (Place::Page, Some(page)),
        _ => (Place::Door, None),
    };
    if let Some(refusal) = allowed.refuses(request.headers(), place) {
        return Ok(refused(&refusal));
    }
    if let Some(page) = page {
        return Ok(page.answer(&request.into_parts().0));
    }
    let mut opened = allowed.opened(request.headers());
    let mut answer = match is_preflight(request.method(), request.headers()) {
        true => {
            opened.extend(permission(request.headers()));
            accepted(204)
        }
        false if *http && !is_invoke(request.uri().path()) => {
            answer_http(request, source, hall).await?
        }
        false => answer_call(request, hall).await?,
    };
    answer.headers_mut().extend(opened);
    Ok(answer)
}

/// Whether a path is one of the Invoke API.
fn is_invoke(path: &str) -> bool {
    function_of(path).or(streamed_function_of(path)).is_some()
}

/// Whether a path ends here, or goes on below.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

async fn answer_call(request: Request<Incoming>, hall: &Hall) -> Result<Answer, Gone> {
    let asked = match read(request).await? {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    let (invocation_type, wants_log, reads) = (asked.invocation_type, asked.wants_log, asked.reads);
    let mut invoke = asked.invoke(hall.callers.fetch_add(1, Ordering::Relaxed));
    invoke
        .request_id
        .get_or_insert_with(|| Uuid::new_v4().to_string());
    match invocation_type {
        InvocationType::DryRun => Ok(accepted(204)),
        InvocationType::Event => Ok(match hall.queue(invoke, Returns::Nowhere, false) {
            Ok(()) => accepted(202),
            Err(refusal) => refused(&refusal),
        }),
        InvocationType::RequestResponse if reads == Reads::Stream => {
            let (sender, pieces) = mpsc::unbounded_channel();
            Ok(
                match hall.queue(invoke, Returns::Pieces(sender), wants_log) {
                    Ok(()) => streamed(pieces, wants_log),
                    Err(refusal) => refused(&refusal),
                },
            )
        }
        InvocationType::RequestResponse => {
            let (sender, returned) = oneshot::channel();
            if let Err(refusal) = hall.queue(invoke, Returns::Whole(sender), wants_log) {
                return Ok(refused(&refusal));
            }
            let Answered { returned, log } = returned.await.map_err(|_| Gone)?;
            Ok(answered(returned, wants_log.then_some(&log)))
        }
    }
}

/// The answer to a request that invokes the function as at its URL.
async fn answer_http(
    request: Request<Incoming>,
    source: IpAddr,
    hall: &Hall,
) -> Result<Answer, Gone> {
    let caller = hall.callers.fetch_add(1, Ordering::Relaxed);
    let invoke = match event_of(request, caller, source).await? {
        Ok(invoke) => invoke,
        Err(refused) => return Ok(refused),
    };
    let (sender, pieces) = mpsc::unbounded_channel();
    if let Err(refusal) = hall.queue(invoke, Returns::Pieces(sender), false) {
        return Ok(refused(&refusal));
    }
    answer_as_sent(pieces).await
}

impl Hall {
    fn queue(&self, invoke: Invoke, returns: Returns, wants_log: bool) -> Result<(), Refusal> {
        let called = Called {
            invoke,
            returns,
            wants_log,
        };
        self.calls.try_send(called).map_err(|_| Refusal::too_many())
    }
}

#[cfg(test)]
mod tests;
