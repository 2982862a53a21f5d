//! Reads the document with which an extension subscribes.

use super::dialect::Feed;
use super::wanted::Wanted;
use super::{managed, usual};
use crate::protocol::Mode;

/// Reads a subscription; `Err` is the message of the refusal.
pub(super) fn wanted(mode: Mode, feed: Feed, body: &[u8]) -> Result<Wanted, String> {
    match mode {
        Mode::OnDemand | Mode::SnapStart => usual::wanted(mode, feed, body),
        Mode::ManagedInstances { .. } => managed::wanted(mode, feed, body),
    }
}
