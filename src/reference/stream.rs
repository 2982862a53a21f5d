//! A result that the function writes piece by piece: each piece is sent as it comes, and a later failure in trailers.

use http_body_util::channel::{Channel, SendError, Sender};
use hyper::body::Bytes;

use super::client::Call;
use super::failure::Failure;
use super::fatal::Fatal;
use super::hooks::Happened;
use super::invocation::Invocation;
use super::parts::Parts;
use super::ways::Ways;
use super::{Runtime, log_failure};
use crate::protocol::header;

/// How many parts may wait for the connection.
const WAITING_MAX: usize = 1;

impl Runtime {
    /// Answers with a stream. A failure before the first byte is an ordinary one (STREAM-06).
    pub(super) async fn stream(
        &mut self,
        invocation: &Invocation,
        parts: Parts,
    ) -> Result<(), Fatal> {
        let (ways, id) = (self.ways, invocation.id_text());
        let mut parts = ways.parts(parts).await;
        let first = match parts.recv().await {
            Some(Err(failure)) => return self.answer(invocation, Err(failure)).await,
            Some(Ok(first)) => first,
            None => Bytes::new(),
        };
        let call = begin(invocation);
        let (sender, body) = Channel::new(WAITING_MAX);
        let write = write(first, parts, sender, ways);
        let (reply, written) = tokio::join!(self.client.stream(&call, body), write);
        // If the service reads no more, the rest of the stream is dropped.
        let failure = written.unwrap_or_default();
        if let Some(failure) = &failure {
            ways.tell(Happened::Failed);
            log_failure(self.log, failure, Some(&id)).await;
        }
        let refused = reply.as_ref().is_ok_and(|reply| !reply.status.is_success());
        let ended = self.acknowledge(reply, failure.as_ref(), &id).await;
        ways.tell(Happened::Finished(refused));
        ended
    }
}

/// The head of a stream, which announces the trailers.
fn begin(invocation: &Invocation) -> Call {
    let mut call = Call::post(&invocation.path("response"), Bytes::new());
    call.body = None;
    call.replace("Content-Type", "application/octet-stream");
    call.add(header::RESPONSE_MODE, "streaming");
    let trailers = format!("{}, {}", header::ERROR_TYPE, header::ERROR_BODY);
    call.add("Trailer", trailers);
    if let Some(invocation_id) = &invocation.invocation_id {
        call.add(header::INVOCATION_ID, invocation_id);
    }
    call
}

/// Writes each part as it comes; gives the failure at the end, if there is one.
async fn write(
    first: Bytes,
    mut parts: Parts,
    mut sender: Sender<Bytes>,
    ways: Ways,
) -> Result<Option<Failure>, SendError> {
    sender.send_data(first).await?;
    while let Some(part) = parts.recv().await {
        match part {
            Ok(data) => sender.send_data(data).await?,
            Err(failure) => {
                if let Some(frame) = ways.last_frame(&failure) {
                    sender.send(frame).await?;
                }
                return Ok(Some(failure));
            }
        }
    }
    Ok(None)
}
