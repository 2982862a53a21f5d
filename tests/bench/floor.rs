//! The least that a call can cost between the same caller and the same runtime: a relay that records, checks and logs nothing.
//!
//! A caller's request is held until the runtime polls; the runtime's answer goes to the caller as soon as it is whole. As in
//! `ricspec serve`, all of it happens on one thread, with the same libraries.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::process::Child;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use http_body_util::{BodyExt, Collected, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

use crate::turns::{accepted, event, reference};

/// A relay with its runtime. Dropping this ends the runtime.
pub struct Floor {
    runtime: Child,
    /// Where callers call.
    pub address: SocketAddr,
}

#[derive(Default)]
struct Relay {
    waiting: Mutex<Waiting>,
    came: Notify,
}

#[derive(Default)]
struct Waiting {
    calls: VecDeque<(Bytes, oneshot::Sender<Bytes>)>,
    current: Option<oneshot::Sender<Bytes>>,
}

impl Floor {
    /// Starts both.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let (sender, places) = channel();
        thread::spawn(move || {
            let event_loop = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?;
            event_loop.block_on(async {
                let front = TcpListener::bind("127.0.0.1:0").await?;
                let api = TcpListener::bind("127.0.0.1:0").await?;
                // The bench may have failed.
                let _ = sender.send((front.local_addr()?, api.local_addr()?));
                let relay = Arc::new(Relay::default());
                tokio::spawn(serve(front, Arc::clone(&relay), true));
                serve(api, relay, false).await
            })
        });
        let (address, api) = places.recv()?;
        let runtime = reference(&api.to_string())?;
        Ok(Self { runtime, address })
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.runtime.kill();
        let _ = self.runtime.wait();
    }
}

async fn serve(listener: TcpListener, relay: Arc<Relay>, is_front: bool) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let relay = Arc::clone(&relay);
        tokio::spawn(async move {
            let answer = service_fn(|request| answer(request, &relay, is_front));
            let mut http = http1::Builder::new();
            http.title_case_headers(true);
            // Either side may leave at any time.
            let _ = http.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    relay: &Relay,
    is_front: bool,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let polls = request.method() == Method::GET;
    // A request that breaks off counts as empty.
    let body = request.into_body().collect().await;
    let body = body.map(Collected::to_bytes).unwrap_or_default();
    if is_front {
        let (sender, answer) = oneshot::channel();
        relay.waiting().calls.push_back((body, sender));
        relay.came.notify_one();
        return Ok(Response::new(Full::new(answer.await.unwrap_or_default())));
    }
    if !polls {
        if let Some(caller) = relay.waiting().current.take() {
            // The caller may have gone.
            let _ = caller.send(body);
        }
        return Ok(accepted());
    }
    loop {
        let call = relay.waiting().calls.pop_front();
        let Some((body, caller)) = call else {
            relay.came.notified().await;
            continue;
        };
        relay.waiting().current = Some(caller);
        let mut delivery = event();
        *delivery.body_mut() = Full::new(body);
        return Ok(delivery);
    }
}

impl Relay {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
