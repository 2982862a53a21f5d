//! The lines behind the last chunk of a body.

use super::{Event, Header, Reader};

/// How many bytes of trailers are read.
const TRAILERS_READ: usize = 64 * 1024;

impl Reader {
    pub(super) fn trailers(&mut self, events: &mut Vec<Event>) -> bool {
        if !self.rest().starts_with(b"\r\n") && !self.is_due() {
            return false;
        }
        let rest = self.rest();
        let mut lines = vec![httparse::EMPTY_HEADER; 64];
        match httparse::parse_headers(rest, &mut lines) {
            Ok(httparse::Status::Partial) if rest.len() <= TRAILERS_READ => false,
            Ok(httparse::Status::Partial) => {
                self.fault(&format!(
                    "the trailers have more than {TRAILERS_READ} bytes"
                ));
                self.lose();
                true
            }
            Ok(httparse::Status::Complete((length, found))) => {
                let trailers = found.iter().map(Header::from).collect();
                self.skip(length);
                self.tell_end(trailers, events);
                true
            }
            Err(error) => {
                self.fault(&format!("the trailers are malformed: {error}"));
                self.lose();
                true
            }
        }
    }
}
