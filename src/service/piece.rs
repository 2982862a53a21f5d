//! An answer as it comes: its pieces, on their way from the connection of the runtime to the caller.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::http1::Event;
use crate::protocol::Returned;

/// How many bytes of a connection may be on their way to a caller; then nothing more is read from it until the caller has
/// taken some.
const ON_THE_WAY_MAX: usize = 256 * 1024;
/// Where they are not passed on: how many may have been read that the engine has not heard of. The service reads no further
/// than it needs for its reply.
const UNHEARD_MAX: usize = 1024 * 1024;

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
    /// The bytes, if they are passed on.
    pub bytes: Bytes,
    _on_the_way: Option<OwnedSemaphorePermit>,
}

/// The room of a connection for bytes on their way.
#[derive(Clone, Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    most: usize,
}

impl Room {
    /// The room of a connection whose bytes are passed on, or not.
    pub(super) fn new(passes_on: bool) -> Self {
        let most = if passes_on {
            ON_THE_WAY_MAX
        } else {
            UNHEARD_MAX
        };
        Self {
            free: Arc::new(Semaphore::new(most)),
            most,
        }
    }

    /// The bytes of a body that came, once there is room for them.
    pub(super) async fn admit(
        &self,
        event: &mut Event,
        hangup: &CancellationToken,
    ) -> Option<Data> {
        let Event::Data { bytes, data, .. } = event else {
            return None;
        };
        let count = usize::try_from(*bytes).map_or(self.most, |count| count.min(self.most));
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let bytes = std::mem::take(data).into();
        tokio::select! {
            room = Arc::clone(&self.free).acquire_many_owned(count) => Some(Data {
                bytes,
                // It is never closed.
                _on_the_way: room.ok(),
            }),
            () = hangup.cancelled() => None,
        }
    }
}
