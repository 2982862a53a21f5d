//! The pace at which a body is read: its beginning at once, and then so much a second.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::case::Reads;
use crate::http1::Event;

/// The window of a connection that is read slowly, in bytes: what waits in it is not felt by the runtime.
const WINDOW: usize = 64 * 1024;

/// The shortest pause; shorter ones add up to it, because timers are not exact.
const LEAST: Duration = Duration::from_millis(20);

/// How much of the current body has come.
#[derive(Debug)]
pub(super) struct Pace {
    reads: Reads,
    come: u64,
    /// The pause that is due.
    due: Duration,
}

impl Pace {
    /// Reads a connection like this.
    pub(super) fn begin(reads: Reads, stream: &TcpStream) -> Self {
        // If the system refuses, its buffers are larger.
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size(stream, WINDOW);
        Self {
            reads,
            come: 0,
            due: Duration::ZERO,
        }
    }

    /// How long nothing more is read after this, if a pause is due.
    pub(super) fn pause(&mut self, events: &[Event]) -> Option<Duration> {
        let mut slow = 0;
        for event in events {
            match event {
                Event::Head(_) => self.come = 0,
                Event::Data { bytes, .. } => {
                    let at_once = (self.reads.at_once_kib * 1024).saturating_sub(self.come);
                    slow += bytes.saturating_sub(at_once);
                    self.come += bytes;
                }
                Event::End { .. } | Event::Lost(_) | Event::Garbage(_) => {}
            }
        }
        let rate = 1024 * self.reads.then_kib_a_second.max(1);
        self.due += Duration::from_micros(slow * 1_000_000 / rate);
        (self.due >= LEAST).then(|| std::mem::take(&mut self.due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::Reader;

    #[test]
    fn what_is_beyond_the_beginning_of_each_body_takes_time() {
        let reads = Reads {
            at_once_kib: 2,
            then_kib_a_second: 4,
        };
        let due = Duration::ZERO;
        let mut pace = Pace {
            reads,
            come: 0,
            due,
        };
        let mut reader = Reader::keeping(0);
        let mut pause = |bytes: &[u8]| {
            let pause = pace.pause(&reader.feed(bytes));
            pause.map_or(0, |pause| pause.as_millis())
        };
        let head = b"POST / HTTP/1.1\r\nContent-Length: 6144\r\n\r\n";
        assert_eq!(pause(head), 0);
        assert_eq!(pause(&[b'x'; 1024]), 0);
        assert_eq!(pause(&[b'x'; 2048]), 250, "half of it is beyond");
        assert_eq!(pause(&[b'x'; 64]), 0, "too short for now");
        assert_eq!(pause(&[b'x'; 3008]), 750);
        assert_eq!(
            pause(&[head.as_slice(), &[b'x'; 2048]].concat()),
            0,
            "the next"
        );
    }
}
