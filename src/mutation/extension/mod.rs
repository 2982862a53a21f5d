//! Mutants and variants of the reference extension. They are played in cases about an extension only.

pub(super) mod batches;
mod change;
pub(super) mod ends;
pub(super) mod events;
pub(super) mod registers;
pub(super) mod subscribes;
pub(super) mod trouble;
pub(super) mod variants;
pub(super) mod waits;
