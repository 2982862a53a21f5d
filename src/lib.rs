//! Checks a Lambda runtime against the Runtime API by playing the other side.

pub mod protocol;
pub mod spec;
pub mod case;
pub mod transcript;
pub mod check;
pub mod verdict;
