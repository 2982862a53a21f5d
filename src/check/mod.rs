//! The bench: reads a transcript and finds breaches.

mod finding;

pub use finding::{Evidence, Finding};
