//! The language that runtime and service speak: endpoints, header names, states, limits, reserved variables.
//!
//! Pure. Knows no cases, sockets or verdicts.

mod actor;
mod companion;
pub mod credentials;
mod endpoint;
mod environment;
mod error_body;
pub mod event_stream;
mod function_url;
pub mod header;
pub mod invoke;
mod lifecycle;
mod metadata;
mod mode;
mod other_api;
mod other_call;

pub use actor::Actor;
pub use companion::{COMPANION_VARIABLE, Companion};
pub use endpoint::{API_VERSION, Api, Endpoint, Route, percent_decode};
pub use environment::{
    Function, OF_EACH_CASE, RESERVED, SECRETS, absent_in, documented_environment,
    given_to_extensions,
};
pub use error_body::ErrorBody;
pub use function_url::{Prelude, STREAM_TYPE, UrlAnswer, UrlRequest};
pub use invoke::Returned;
pub use lifecycle::{
    Answer, AnswerKind, Call, Destination, EXTENSIONS_MAX, Extensions, Feed, Invocation, Invoke,
    Lifecycle, LogFormat, Moment, Outcome, Ruling, Subscriber, Task, Telemetry, lifecycle,
    place_of,
};
pub use mode::Mode;
pub use other_api::{FailsAt, ForExtensions, OtherApis};
pub use other_call::{OtherCall, OtherReply, OtherRuling};

/// The largest head of a request, in bytes, inclusive: 1 MiB + 4096, as net/http in Go.
pub const HEAD_BYTES_MAX: u64 = 1024 * 1024 + 4096;

/// The largest body of `/response`, in bytes, inclusive: 6 MiB + 100 (RESP-07).
pub const RESPONSE_BYTES_MAX: u64 = 6 * 1024 * 1024 + 100;

/// The largest body of any other call on Managed Instances, in bytes, inclusive.
pub const REPORT_BYTES_MAX: u64 = 1024 * 1024;
