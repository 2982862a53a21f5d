//! A result that the function writes piece by piece: each piece is sent as it comes, and a later failure in trailers.

use std::pin::pin;
use std::sync::Arc;

use http_body_util::channel::{Channel, SendError, Sender};
use hyper::body::Bytes;

use super::call::CallError;
use super::client::{Call, Client, Stream};
use super::failure::Failure;
use super::fatal::Fatal;
use super::hooks::{Delivered, Happened, Replied};
use super::invocation::Invocation;
use super::parts::{Parts, Written};
use super::settings::Settings;
use super::ways::Ways;
use super::{Runtime, log_failure};
use crate::protocol::header;

/// How many parts may wait for the connection.
const WAITING_MAX: usize = 1;

/// A stream on its way.
struct Flow<'a> {
    invocation: &'a Invocation,
    settings: Arc<Settings>,
    ways: Ways,
    parts: Parts,
    sender: Sender<Bytes>,
}

impl Runtime {
    /// Answers with a stream. A failure before the first byte is an ordinary one (STREAM-06).
    pub(super) async fn stream(
        &mut self,
        invocation: &Invocation,
        written: Written,
    ) -> Result<(), Fatal> {
        let (ways, id) = (self.ways, invocation.id_text());
        let Written {
            kind,
            prelude,
            parts,
        } = written;
        let mut parts = ways.parts(parts).await;
        let first = match parts.recv().await {
            Some(Err(failure)) => return self.answer(invocation, Err(failure)).await,
            Some(Ok(first)) => first,
            None => Bytes::new(),
        };
        let call = begin(
            invocation,
            prelude.as_ref().map_or(&kind, |_| header::HTTP_INTEGRATION),
        );
        let (sender, body) = Channel::new(WAITING_MAX);
        let flow = Flow {
            invocation,
            settings: Arc::clone(&self.settings),
            ways,
            parts,
            sender,
        };
        let prelude = prelude.map(|prelude| ways.prelude(prelude).into());
        let write = flow.write(prelude, first);
        let (reply, written) = send(&mut self.client, &call, body, write).await;
        if written.is_none() {
            ways.cut_short().await;
        }
        let failure = written.flatten();
        if let Some(failure) = &failure {
            ways.tell(Happened::Failed);
            log_failure(self.log, failure, Some(&id)).await;
        }
        // That the connection ends is no reason to end: the invocation is over (STREAM-13).
        let reply = reply.map_err(|error| match error {
            CallError::Broken(_) => CallError::Closed,
            other @ (CallError::Unreachable { .. }
            | CallError::Unwritable(_)
            | CallError::Closed) => other,
        });
        let sent = Delivered {
            client: &mut self.client,
            settings: &self.settings,
            call: &call,
            failure: failure.as_ref(),
            reply,
        };
        let reply = ways.answered(sent).await;
        let refused = reply.as_ref().is_ok_and(|reply| !reply.status.is_success());
        let ended = self.acknowledge(reply, failure.as_ref(), &id).await;
        ways.tell(Happened::Finished(refused));
        ended
    }
}

/// Sends a stream while it is written. If the service answers or hangs up before the end, the rest is dropped, and there is
/// only the reply.
async fn send(
    client: &mut Client,
    call: &Call,
    body: Stream,
    write: impl Future<Output = Result<Option<Failure>, SendError>>,
) -> (Replied, Option<Option<Failure>>) {
    let mut write = pin!(write);
    let mut sent = pin!(client.stream(call, body));
    tokio::select! {
        biased;
        written = &mut write => (sent.await, written.ok()),
        reply = &mut sent => (reply, None),
    }
}

/// The head of a stream, which announces the trailers.
fn begin(invocation: &Invocation, kind: &str) -> Call {
    let mut call = Call::post(&invocation.path("response"), Bytes::new());
    call.body = None;
    call.replace("Content-Type", kind);
    call.add(header::RESPONSE_MODE, "streaming");
    let trailers = format!("{}, {}", header::ERROR_TYPE, header::ERROR_BODY);
    call.add("Trailer", trailers);
    if let Some(invocation_id) = &invocation.invocation_id {
        call.add(header::INVOCATION_ID, invocation_id);
    }
    call
}

impl Flow<'_> {
    /// Writes each part as it comes; gives the failure at the end, if there is one.
    async fn write(
        mut self,
        prelude: Option<Bytes>,
        first: Bytes,
    ) -> Result<Option<Failure>, SendError> {
        for data in prelude.into_iter().chain([first]) {
            self.sender.send_data(data).await?;
        }
        while let Some(part) = self.parts.recv().await {
            match part {
                Ok(data) => self.sender.send_data(data).await?,
                Err(failure) => {
                    self.before_end(Some(&failure)).await;
                    if let Some(frame) = self.ways.last_frame(&failure) {
                        self.sender.send(frame).await?;
                    }
                    return Ok(Some(failure));
                }
            }
        }
        self.before_end(None).await;
        if let Some(frame) = self.ways.whole_frame() {
            self.sender.send(frame).await?;
        }
        Ok(None)
    }

    async fn before_end(&self, failure: Option<&Failure>) {
        let ways = self.ways;
        ways.before_end(&self.settings, self.invocation, failure)
            .await;
    }
}
