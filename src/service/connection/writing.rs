//! A reply on its way out: operation by operation, and what becomes of the connection.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::WriteHalf;

use crate::service::distort::Operation;

/// How much of a reply is kept as evidence, in bytes.
const WIRE_KEPT: usize = 2048;

/// What happens to a connection after a reply.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Fate {
    Open,
    Closed,
    HalfClosed,
    Reset,
}

/// The first bytes of a reply.
pub(super) fn beginning(operations: &[Operation]) -> Vec<u8> {
    let mut wire = Vec::new();
    for operation in operations {
        if let Operation::Write(bytes) = operation {
            let room = WIRE_KEPT.saturating_sub(wire.len()).min(bytes.len());
            wire.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
    }
    wire
}

/// Writes a reply. If the runtime reads nothing, this waits until the case is over.
pub(super) async fn carry_out(operations: &[Operation], write: &mut WriteHalf<'_>) -> Fate {
    for operation in operations {
        match operation {
            Operation::Write(bytes) if write.write_all(bytes).await.is_err() => {
                return Fate::Closed;
            }
            Operation::Write(_) => {}
            Operation::Pause(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
            Operation::Close => return Fate::Closed,
            Operation::Reset => return Fate::Reset,
            Operation::CloseHalf => return Fate::HalfClosed,
        }
    }
    Fate::Open
}
