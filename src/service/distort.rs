//! Puts a reply on the wire in its shape, with the faults that a case asks for: pure, a reply in and operations out.

use crate::case::{Close, Cut, CutHow, Framing, Names, Shape};
use crate::http1::{self, Asked, Refusal, Reply};

use super::outgoing::Outgoing;

/// What the outgoing half of a connection does, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Operation {
    /// Write these bytes, as one segment.
    Write(Vec<u8>),
    /// Wait, in milliseconds.
    Pause(u64),
    /// Close with FIN.
    Close,
    /// Close with RST.
    Reset,
    /// Close the direction to the runtime with FIN, and leave the other one open.
    CloseHalf,
}

/// The operations that answer a request with a reply, at this date.
pub(super) fn distort(outgoing: &Outgoing, asked: Asked, date: &str) -> Vec<Operation> {
    let shape = &outgoing.shape;
    if let Some(raw) = &shape.raw {
        let mut operations = pieces(raw.bytes().unwrap_or_default(), shape);
        operations.push(Operation::Close);
        return operations;
    }
    let mut rendered = reply(outgoing, date).write(asked);
    if let Some(cut) = shape.cut {
        let keep = cut
            .head_bytes
            .map_or(rendered.head + cut.body_bytes, |head| {
                head.min(rendered.head)
            });
        rendered.bytes.truncate(keep);
    }
    let mut operations = pieces(rendered.bytes, shape);
    match (shape.cut, shape.close) {
        (
            Some(Cut {
                how: CutHow::Reset, ..
            }),
            _,
        ) => operations.push(Operation::Reset),
        (Some(_), _) | (None, Close::Silent) => operations.push(Operation::Close),
        (None, _) if shape.http_1_0 || rendered.last => operations.push(Operation::Close),
        (None, Close::Half) => operations.push(Operation::CloseHalf),
        (None, Close::Never | Close::Announced) => {}
    }
    operations
}

/// The reply of the server below the service, Go's, to a request that it does not accept: the status, and the bytes.
pub(super) fn refused(refusal: Refusal) -> (u16, Vec<u8>) {
    let (status, text) = match refusal {
        Refusal::Malformed => (400, "400 Bad Request"),
        Refusal::HeadTooLarge => (431, "431 Request Header Fields Too Large"),
        Refusal::UnknownCoding => (501, "Unsupported transfer encoding"),
    };
    let reply = Reply {
        minor: Some(1),
        status,
        headers: &[(
            "Content-Type".to_owned(),
            "text/plain; charset=utf-8".to_owned(),
        )],
        date: None,
        closes: true,
        names: http1::Names::Title,
        framing: http1::Framing::Close,
        body: text.as_bytes(),
    };
    let asked = Asked {
        minor: 1,
        bodiless: false,
        keeps_alive: false,
    };
    (status, reply.write(asked).bytes)
}

fn reply<'a>(outgoing: &'a Outgoing, date: &'a str) -> Reply<'a> {
    let shape = &outgoing.shape;
    Reply {
        minor: shape.http_1_0.then_some(0),
        status: outgoing.status,
        headers: &outgoing.headers,
        date: (!shape.dateless).then_some(date),
        closes: shape.close == Close::Announced,
        names: match shape.names {
            Names::Canonical => http1::Names::Title,
            Names::Lower => http1::Names::Lower,
            Names::Upper => http1::Names::Upper,
        },
        framing: match &shape.framing {
            Framing::Length => http1::Framing::Length,
            Framing::Chunked(sizes) => http1::Framing::Chunks(sizes),
        },
        body: &outgoing.body,
    }
}

fn pieces(bytes: Vec<u8>, shape: &Shape) -> Vec<Operation> {
    let Some(segment) = shape.segment else {
        return vec![Operation::Write(bytes)];
    };
    let mut operations = Vec::new();
    for piece in bytes.chunks(segment.bytes.max(1)) {
        operations.push(Operation::Write(piece.to_vec()));
        if segment.delay_ms > 0 {
            operations.push(Operation::Pause(segment.delay_ms));
        }
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Segment;

    const REPLY: &[u8] =
        b"HTTP/1.1 200 OK\r\nFoo-Bar: Baz:Q\r\nDate: D\r\nContent-Length: 4\r\n\r\nbody";

    fn check(shape: &Shape, expect: &[Operation]) {
        let headers = vec![("foo-bar".to_owned(), "Baz:Q".to_owned())];
        let outgoing = Outgoing::event(headers, b"body".as_slice().into(), shape.clone());
        let asked = Asked {
            minor: 1,
            bodiless: false,
            keeps_alive: true,
        };
        assert_eq!(distort(&outgoing, asked, "D"), expect);
    }

    #[test]
    fn names_change_and_values_do_not() {
        let upper =
            b"HTTP/1.1 200 OK\r\nFOO-BAR: Baz:Q\r\nDATE: D\r\nCONTENT-LENGTH: 4\r\n\r\nbody";
        let upper = upper.to_vec();
        check(
            &Shape {
                names: Names::Upper,
                ..Shape::default()
            },
            &[Operation::Write(upper)],
        );
    }

    #[test]
    fn a_reply_of_http_1_0_ends_the_connection() {
        let mut reply = REPLY.to_vec();
        reply[7] = b'0';
        let shape = Shape {
            http_1_0: true,
            ..Shape::default()
        };
        check(&shape, &[Operation::Write(reply), Operation::Close]);
    }

    #[test]
    fn a_cut_in_the_body_and_in_the_head() {
        let cut = Cut {
            head_bytes: None,
            body_bytes: 2,
            how: CutHow::Close,
        };
        let kept = REPLY[..REPLY.len() - 2].to_vec();
        check(
            &Shape {
                cut: Some(cut),
                ..Shape::default()
            },
            &[Operation::Write(kept), Operation::Close],
        );
        let cut = Cut {
            head_bytes: Some(5),
            body_bytes: 0,
            how: CutHow::Reset,
        };
        let expect = [Operation::Write(b"HTTP/".to_vec()), Operation::Reset];
        check(
            &Shape {
                cut: Some(cut),
                ..Shape::default()
            },
            &expect,
        );
    }

    #[test]
    fn segments_are_written_apart() {
        let segment = Segment {
            bytes: 50,
            delay_ms: 1,
        };
        let (first, second) = REPLY.split_at(50);
        let expect = [
            Operation::Write(first.to_vec()),
            Operation::Pause(1),
            Operation::Write(second.to_vec()),
            Operation::Pause(1),
        ];
        check(
            &Shape {
                segment: Some(segment),
                ..Shape::default()
            },
            &expect,
        );
    }
}
