//! HTTP/1 for a tester: requests read byte for byte, and replies written exactly as asked for, right or wrong.
//!
//! Pure: bytes in, events out, and bytes for replies. It knows neither the Runtime API nor sockets and clocks.

mod body;
mod event;
mod head;
mod header;
mod reader;
mod writer;

pub use body::{Body, BodyMeter, hex};
pub use event::{Event, Refusal};
pub use head::Head;
pub use header::{Header, on_the_wire, value_of};
pub use reader::Reader;
pub use writer::{Asked, Framing, Names, Rendered, Reply};
