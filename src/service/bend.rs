//! Bends a finished reply on its way to the wire: pure, bytes in and operations out.

use crate::case::{Close, Cut, CutHow, Names, Shape};

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

/// The operations that put `reply`, a whole response as hyper wrote it, on the wire in this shape.
pub(super) fn bend(reply: Vec<u8>, shape: &Shape) -> Vec<Operation> {
    if let Some(raw) = &shape.raw {
        let mut operations = pieces(raw.bytes().unwrap_or_default(), shape);
        operations.push(Operation::Close);
        return operations;
    }
    let bent_head = head_end(&reply).unwrap_or(reply.len());
    let mut bytes = reply;
    // Neither changes the length; a reply of mebibytes is not copied.
    if let Some(head) = bytes.get_mut(..bent_head) {
        rename(head, shape.names);
    }
    if let Some(version) = bytes.get_mut(..8).filter(|_| shape.http_1_0) {
        version.copy_from_slice(b"HTTP/1.0");
    }
    if let Some(cut) = shape.cut {
        let keep = cut
            .head_bytes
            .map_or(bent_head + cut.body_bytes, |head| head.min(bent_head));
        bytes.truncate(keep);
    }
    let mut operations = pieces(bytes, shape);
    match (shape.cut, shape.close) {
        (
            Some(Cut {
                how: CutHow::Reset, ..
            }),
            _,
        ) => operations.push(Operation::Reset),
        (Some(_), _) | (None, Close::Silent) => operations.push(Operation::Close),
        (None, _) if shape.http_1_0 => operations.push(Operation::Close),
        (None, Close::Half) => operations.push(Operation::CloseHalf),
        (None, Close::Never | Close::Announced) => {}
    }
    operations
}

/// Where the head ends: behind its empty line.
pub(super) fn head_end(reply: &[u8]) -> Option<usize> {
    reply
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| at + 4)
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

fn rename(head: &mut [u8], names: Names) {
    let lines = head.split_inclusive_mut(|byte| *byte == b'\n');
    for line in lines.skip(1) {
        let name_end = line.iter().position(|byte| *byte == b':').unwrap_or(0);
        let (name, _) = line.split_at_mut(name_end);
        match names {
            Names::Canonical => {}
            Names::Upper => name.make_ascii_uppercase(),
            Names::Lower => name.make_ascii_lowercase(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Segment;

    const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nFoo-Bar: Baz:Q\r\n\r\nbody";

    fn check(shape: &Shape, expect: &[Operation]) {
        assert_eq!(bend(REPLY.to_vec(), shape), expect);
    }

    #[test]
    fn names_change_and_values_do_not() {
        let upper = b"HTTP/1.1 200 OK\r\nFOO-BAR: Baz:Q\r\n\r\nbody".to_vec();
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
        let reply = b"HTTP/1.0 200 OK\r\nFoo-Bar: Baz:Q\r\n\r\nbody".to_vec();
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
            bytes: 30,
            delay_ms: 1,
        };
        let (first, second) = REPLY.split_at(30);
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
