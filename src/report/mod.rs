//! Reports: a run, or runs side by side, as text; one file for each format. Both for machines and for people.
//!
//! Pure: each is a function from [`Report`](crate::verdict::Report) or [`Matrix`](crate::verdict::Matrix) to text, in the order of case ids, without a clock.

mod block;
mod cause;
pub mod comparison;
mod digest;
pub mod explanation;
mod format;
pub mod har;
pub mod human;
mod lenient;
mod printable;
pub mod serving;
mod style;
mod text;
#[cfg(feature = "cli")]
pub mod trend;

pub use cause::{Cause, Trouble, causes, troubles};
pub use digest::{hex, sha256};
#[cfg(feature = "cli")]
pub use format::html;
pub use format::{Content, Format, github, json, junit, markdown, ndjson};
pub use human::{Detail, Failures};
pub use json::ReportError;
pub use lenient::lenient;
pub use printable::Printable;
pub use style::{Look, Style};
pub use text::visible;
