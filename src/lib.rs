//! Checks a Lambda runtime against the Runtime API by playing the other side.

pub mod protocol;
