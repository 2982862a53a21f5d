//! A call to the service, its reply, and what a client asks about each.

use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use thiserror::Error;

use super::wire::Way;
use crate::protocol::API_VERSION;

/// The first token names the runtime and its version (BOOT-08).
const USER_AGENT: &str = concat!("ricspec-reference/", env!("CARGO_PKG_VERSION"));

/// A result that comes later.
pub(crate) type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A call to the service.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path, version included.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// `None` means a call without a body, or one whose body is still to come.
    pub(crate) body: Option<Bytes>,
}

/// The service's reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// `None` if it broke off.
    pub(crate) body: Option<Bytes>,
    /// Its first bytes, unchanged; mutants may misread them.
    pub(crate) raw: Vec<u8>,
    /// In how many pieces it came.
    pub(crate) reads: u32,
}

/// Why there is no reply.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    /// Nothing listens there, or the name is unknown.
    #[error("cannot reach the Runtime API at `{api}`: {source}")]
    Unreachable { api: String, source: io::Error },
    /// The call has a part that HTTP cannot carry.
    #[error("cannot write the call: {0}")]
    Unwritable(#[from] http::Error),
    /// The connection ended without a byte of a reply.
    #[error("the connection ended before the reply")]
    Closed,
    /// The reply is not HTTP, or broke off.
    #[error("the reply is broken: {0}")]
    Broken(hyper::Error),
}

impl Call {
    /// GET without a body.
    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// POST of JSON.
    pub(crate) fn post(path: &str, body: impl Into<Bytes>) -> Self {
        let mut call = Self::new(Method::POST, path, Some(body.into()));
        call.add("Content-Type", "application/json");
        call
    }

    fn new(method: Method, path: &str, body: Option<Bytes>) -> Self {
        let mut call = Self {
            method,
            path: format!("/{API_VERSION}/runtime{path}"),
            headers: Vec::new(),
            body,
        };
        call.add("User-Agent", USER_AGENT);
        call
    }

    /// Adds a header.
    pub(crate) fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
    }

    /// Removes a header.
    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(other, _)| other != name);
    }

    /// Sets a header, and replaces one of the same name.
    pub(crate) fn replace(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.remove(name);
        self.add(name, value);
    }
}

/// What a client asks before it acts. The hooks of the same names answer.
pub(crate) trait Calling: Debug + Sync {
    fn request(&self, call: &mut Call);
    fn pause(&self) -> Duration;
    fn way(&self, call: &Call) -> Way;
    fn two_connections(&self) -> bool;
    fn lower_case_names(&self) -> bool;
    fn ignores(&self, had: &[u8], whole: Option<u64>) -> bool;
    fn takes_parts(&self) -> bool;
    fn found_closed(&self, announced: bool);
    fn connects_again(&self, tries: usize) -> Option<Duration>;
    fn unreachable<'a>(&'a self) -> Later<'a, ()>;
}
