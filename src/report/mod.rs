//! Reports: a run as text, one form a file. They are files for machines and calm words for people.
//!
//! Pure: each is a function from [`Report`](crate::verdict::Report) to text, in the order of case ids, without a clock.

pub mod human;
pub mod json;
pub mod junit;
mod text;

pub use human::{Detail, Style};
pub use json::ReportError;
