//! A call of the Invoke API: what it asks for, or why it is refused, and its answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::protocol::invoke::{self, InvocationType, Refusal};
use crate::protocol::{AnswerKind, Returned};
use crate::service::engine::{Invoke, Reads};

/// The body of an answer in pieces, as they come.
pub type Pieces = UnsyncBoxBody<Bytes, Gone>;

/// An answer: whole, or in pieces as they come.
pub type Answer = Response<Either<Full<Bytes>, Pieces>>;

/// The caller gets no answer, or not all of it, because it or the environment is gone.
#[derive(Debug, Error)]
#[error("the caller or the environment is gone")]
pub struct Gone;

/// What a caller asks for.
#[derive(Debug)]
pub(in crate::service) struct Asked {
    function: String,
    request_id: Option<String>,
    client_context: Option<String>,
    event: Bytes,
    /// How the caller takes the answer.
    pub(in crate::service) reads: Reads,
    pub(in crate::service) invocation_type: InvocationType,
    /// Whether the caller wants the end of the log.
    pub(in crate::service) wants_log: bool,
}

impl Asked {
    /// The event of the caller with this number.
    pub(in crate::service) fn invoke(self, caller: usize) -> Invoke {
        Invoke {
            caller,
            function: self.function,
            request_id: self.request_id,
            client_context: self.client_context,
            event: self.event,
            reads: self.reads,
        }
    }
}

/// Reads a call.
pub(in crate::service) async fn read(
    request: Request<Incoming>,
) -> Result<Result<Asked, Refusal>, Gone> {
    let (head, body) = request.into_parts();
    let mut asked = match read_head(&head) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let most = asked.invocation_type.event_bytes_max();
    match Limited::new(body, most).collect().await {
        Ok(event) => asked.event = event.to_bytes(),
        Err(fault) if fault.is::<LengthLimitError>() => {
            return Ok(Err(Refusal::too_large(asked.invocation_type)));
        }
        Err(_) => return Err(Gone),
    }
    if asked.event.is_empty() {
        asked.event = Bytes::from_static(b"{}");
    }
    Ok(match serde_json::from_slice::<IgnoredAny>(&asked.event) {
        Ok(_) => Ok(asked),
        Err(fault) => Err(Refusal::not_json(&fault.to_string())),
    })
}

fn read_head(head: &Parts) -> Result<Asked, Refusal> {
    let path = head.uri.path();
    let whole = invoke::function_of(path).map(|name| (name, Reads::Whole));
    let streamed = invoke::streamed_function_of(path).map(|name| (name, Reads::Stream));
    let (function, reads) = whole.or(streamed).ok_or_else(|| Refusal::not_found(path))?;
    if head.method != Method::POST {
        return Err(Refusal::wrong_method());
    }
    let text = |name: &str| head.headers.get(name).map(|value| value.to_str().ok());
    let invocation_type = match text(invoke::INVOCATION_TYPE) {
        None => Some(InvocationType::default()),
        Some(name) => name.and_then(InvocationType::named),
    };
    let is_stream = reads == Reads::Stream;
    let known = match is_stream {
        true => "RequestResponse or DryRun",
        false => "RequestResponse, Event or DryRun",
    };
    let fits = |kind: &InvocationType| !is_stream || *kind != InvocationType::Event;
    let invocation_type = invocation_type
        .filter(fits)
        .ok_or_else(|| Refusal::bad_header(invoke::INVOCATION_TYPE, known))?;
    let decoded = |text: &str| String::from_utf8(STANDARD.decode(text).ok()?).ok();
    let client_context =
        match text(invoke::CLIENT_CONTEXT) {
            None => None,
            Some(said) => Some(said.and_then(decoded).ok_or_else(|| {
                Refusal::bad_header(invoke::CLIENT_CONTEXT, "JSON text in base64")
            })?),
        };
    Ok(Asked {
        function: function.to_owned(),
        request_id: text(invoke::REQUEST_ID).flatten().map(str::to_owned),
        client_context,
        event: Bytes::new(),
        reads,
        invocation_type,
        wants_log: text(invoke::LOG_TYPE).flatten() == Some("Tail"),
    })
}

/// The answer to a call that is refused.
pub(in crate::service) fn refused(refusal: &Refusal) -> Answer {
    build(
        refusal.status,
        &[(invoke::REFUSAL_TYPE, refusal.kind)],
        refusal.body(),
    )
}

/// The answer to a caller that does not wait for a result.
pub(in crate::service) fn accepted(status: u16) -> Answer {
    build(status, &[], Bytes::new())
}

/// The result of an invocation, with the end of the log if the caller wants it.
pub(in crate::service) fn answered(returned: Returned, log: Option<&[u8]>) -> Answer {
    let log = log.map(|log| STANDARD.encode(log));
    let mut headers = vec![(invoke::EXECUTED_VERSION, "$LATEST")];
    match returned.kind {
        AnswerKind::Error => headers.push((invoke::FUNCTION_ERROR, "Unhandled")),
        AnswerKind::Response => {}
    }
    headers.extend(log.iter().map(|log| (invoke::LOG_RESULT, log.as_str())));
    build(200, &headers, returned.body)
}

fn build(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    let mut answer = Response::builder().status(status);
    if !body.is_empty() {
        answer = answer.header(CONTENT_TYPE, "application/json");
    }
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    let answer = answer.body(Either::Left(Full::new(body)));
    answer.expect("names and values of headers that are known")
}
