//! HTTP requests as a function URL takes them: any path that is not one of the Invoke API.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::response::Builder;
use hyper::{Request, Response};
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use super::stream::Bytewise;
use crate::protocol::invoke::{EVENT_BYTES_MAX, InvocationType, Refusal};
use crate::protocol::{AnswerKind, Prelude, Returned, STREAM_TYPE, UrlAnswer, UrlRequest, header};
use crate::service::door::{Answer, Gone, Pieces, refused};
use crate::service::engine::{Invoke, Reads};
use crate::service::piece::Piece;

/// The event of a request, or the answer to one that is too large.
pub(super) async fn event_of(
    request: Request<Incoming>,
    caller: usize,
    source: IpAddr,
) -> Result<Result<Invoke, Answer>, Gone> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, EVENT_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(fault) if fault.is::<LengthLimitError>() => {
            let refusal = Refusal::too_large(InvocationType::RequestResponse);
            return Ok(Err(refused(&refusal)));
        }
        Err(_) => return Err(Gone),
    };
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    });
    let headers: Vec<(String, String)> = headers.collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let request_id = Uuid::new_v4().to_string();
    let event = UrlRequest {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        protocol: "HTTP/1.1",
        headers: &headers,
        body: &body,
        source_ip: &source.to_string(),
        request_id: &request_id,
        at_unix_ms: u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(u64::MAX),
    }
    .event();
    Ok(Ok(Invoke {
        caller,
        function: String::new(),
        request_id: Some(request_id),
        client_context: None,
        event: event.into(),
        reads: Reads::AsSent,
    }))
}

/// The answer to a request: whole, or as it comes if the runtime streams it.
pub(super) async fn answer_as_sent(mut pieces: UnboundedReceiver<Piece>) -> Result<Answer, Gone> {
    let media = match pieces.recv().await.ok_or(Gone)? {
        Piece::Begun { media } => media,
        Piece::End(answered) => return Ok(answer_of(&answered.returned)),
        Piece::Data(_) => return Err(Gone),
    };
    let begun = match media.as_deref() {
        Some(header::HTTP_INTEGRATION) => begin(&mut pieces).await?,
        media => UrlAnswer {
            status: 200,
            headers: vec![(
                "Content-Type".to_owned(),
                media.unwrap_or(STREAM_TYPE).to_owned(),
            )],
            body: Bytes::new(),
        },
    };
    let is_refused = begun == UrlAnswer::bad_gateway();
    let Some(head) = head_of(&begun).filter(|_| !is_refused) else {
        return Ok(build(&UrlAnswer::bad_gateway()).expect("our own headers can be sent"));
    };
    let body = Pieces::new(Bytewise::new(begun.body, pieces));
    Ok(head.body(Either::Right(body)).expect("its head is known"))
}

/// The answer that the prelude of a stream chooses.
async fn begin(pieces: &mut UnboundedReceiver<Piece>) -> Result<UrlAnswer, Gone> {
    let mut prelude = Prelude::default();
    loop {
        match pieces.recv().await.ok_or(Gone)? {
            Piece::Data(data) => {
                if let Some(answer) = prelude.push(&data.bytes) {
                    return Ok(answer);
                }
            }
            Piece::Begun { .. } => {}
            // It broke off, or has no prelude.
            Piece::End(_) => return Ok(UrlAnswer::bad_gateway()),
        }
    }
}

/// The answer to a request, from what the function returned.
fn answer_of(returned: &Returned) -> Answer {
    let answer = match returned.kind {
        AnswerKind::Response => UrlAnswer::of(&returned.body),
        AnswerKind::Error => UrlAnswer::bad_gateway(),
    };
    let sent = build(&answer).or_else(|| build(&UrlAnswer::bad_gateway()));
    sent.expect("our own headers can be sent")
}

/// The answer, unless a header cannot be sent.
fn build(answer: &UrlAnswer) -> Option<Answer> {
    let body = Either::Left(Full::new(answer.body.clone()));
    head_of(answer)?.body(body).ok()
}

fn head_of(answer: &UrlAnswer) -> Option<Builder> {
    let mut built = Response::builder().status(answer.status);
    let headers = built.headers_mut()?;
    for (name, value) in &answer.headers {
        let name = HeaderName::try_from(name).ok()?;
        // The framing is ours.
        if !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            headers.append(name, HeaderValue::try_from(value).ok()?);
        }
    }
    Some(built)
}
