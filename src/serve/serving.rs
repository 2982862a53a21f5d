//! What is served, and how.

use std::sync::Arc;

use super::feed::Feed;
use super::log::LogForm;
use super::parts::Parts;
use crate::case::Address;
use crate::play::Stage;
use crate::report::Printable;

/// What is served, and how.
#[derive(Clone, Debug)]
pub struct Serving {
    /// The function.
    pub stage: Arc<Stage>,
    /// How the runtime reaches the Runtime API.
    pub address: Address,
    /// How many environments there are: so many invocations at a time.
    pub environments: usize,
    /// How long an invocation may take, in milliseconds.
    pub timeout_ms: u64,
    /// How long a start may take, in milliseconds.
    pub init_ms: u64,
    /// The form of the log.
    pub log: LogForm,
    /// Whether requests for other paths invoke the function, as at a function URL.
    pub http: bool,
    /// Where the record goes, if it is kept.
    pub parts: Option<Parts>,
    /// Is told what happens.
    pub feed: Feed,
}

/// Prints.
pub type Say = dyn Fn(&Printable) + Send + Sync;
