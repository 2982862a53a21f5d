//! An answer as it comes: its pieces, on their way from the connection of the runtime to the caller.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::http1::Event;
use crate::protocol::Returned;

/// How many bytes of a connection may be on their way; then nothing more is read from it until the caller has taken some.
const ON_THE_WAY_MAX: usize = 256 * 1024;

/// What a caller gets who reads an answer as it comes.
#[derive(Debug)]
pub enum Piece {
    /// The answer has begun, with this media type.
    Begun {
        /// The media type.
        media: Option<String>,
    },
    /// Part of its body.
    Data(Data),
    /// Its end. A result has come before; an error is told here.
    End(Answered),
}

/// What a caller gets.
#[derive(Debug)]
pub struct Answered {
    /// The result or the error.
    pub returned: Returned,
    /// The end of the log of the invocation.
    pub log: Vec<u8>,
}

/// Part of a body. Until it is dropped, it counts as on its way.
#[derive(Debug)]
pub struct Data {
    /// The bytes.
    pub bytes: Bytes,
    _on_the_way: Option<OwnedSemaphorePermit>,
}

/// The room of a connection for bytes on their way.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ON_THE_WAY_MAX)))
    }

    /// The bytes of a body that came, if they are passed on: once there is room for them.
    pub(super) async fn admit(
        &self,
        event: &mut Event,
        hangup: &CancellationToken,
    ) -> Option<Data> {
        let Event::Data { data, .. } = event else {
            return None;
        };
        let bytes = Some(std::mem::take(data)).filter(|data| !data.is_empty())?;
        let count = u32::try_from(bytes.len().min(ON_THE_WAY_MAX)).unwrap_or(u32::MAX);
        tokio::select! {
            room = Arc::clone(&self.0).acquire_many_owned(count) => Some(Data {
                bytes: bytes.into(),
                // It is never closed.
                _on_the_way: room.ok(),
            }),
            () = hangup.cancelled() => None,
        }
    }
}
