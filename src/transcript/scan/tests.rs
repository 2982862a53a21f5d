//! Requests in pieces, and what is no request.

use super::*;

fn scan(pieces: &[&[u8]]) -> Vec<Event> {
    let mut scanner = Scanner::default();
    let mut events: Vec<Event> = pieces
        .iter()
        .flat_map(|piece| scanner.feed(piece))
        .collect();
    events.extend(scanner.finish());
    events
}

#[test]
fn a_body_of_which_the_end_cannot_be_known_is_told() {
    let events = scan(&[b"POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n1"]);
    assert!(format!("{events:?}").contains("`gzip` ends no body"));
}

#[test]
fn order_case_and_duplicates_of_headers_are_kept() {
    let events = scan(&[b"GET /x HTTP/1.1\r\nhOst: a\r\nX: 1\r\nx: 2\r\n\r\n"]);
    let [
        Event::Head {
            headers, minor: 1, ..
        },
        Event::End { broken: None, .. },
    ] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    let names: Vec<_> = headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["hOst", "X", "x"]);
}

#[test]
fn chunks_and_trailers_byte_by_byte() {
    let text = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";
    let pieces: Vec<&[u8]> = text.chunks(1).collect();
    let events = scan(&pieces);
    let Some(Event::End {
        body,
        chunks,
        trailers,
        broken,
    }) = events.get(1)
    else {
        panic!("{events:?}")
    };
    assert_eq!(
        (body.text().as_str(), chunks.as_deref()),
        ("abcde", Some([3, 2].as_slice()))
    );
    assert_eq!((trailers.len(), broken), (1, &None));
}

#[test]
fn a_short_body_and_garbage_are_told() {
    let events = scan(&[b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"]);
    assert!(
        matches!(
            events.get(1),
            Some(Event::End {
                broken: Some(_),
                ..
            })
        ),
        "{events:?}"
    );
    let events = scan(&[b"\x16\x03\x01 hello\r\n"]);
    assert!(
        matches!(events.as_slice(), [Event::Garbage(_)]),
        "{events:?}"
    );
}

#[test]
fn two_requests_in_one_piece() {
    let events = scan(&[b"POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\n\r\n"]);
    assert_eq!(events.len(), 4, "{events:?}");
}

#[test]
fn numbers_are_digits_and_nothing_else() {
    for head in [
        "Content-Length: +1",
        "Content-Length: -1",
        "Content-Length: 1, 1",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length:",
        "Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0",
        "Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0",
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
    ] {
        let text = format!("POST / HTTP/1.1\r\n{head}\r\n\r\nx");
        let events = scan(&[text.as_bytes()]);
        let end = events.get(1);
        assert!(
            matches!(
                end,
                Some(Event::End {
                    broken: Some(_),
                    ..
                })
            ),
            "{head}: {events:?}"
        );
    }
    let twice = "Content-Length: 1\r\ncontent-length: 1";
    let events = scan(&[format!("POST / HTTP/1.1\r\n{twice}\r\n\r\nx").as_bytes()]);
    assert!(
        matches!(events.get(1), Some(Event::End { broken: None, .. })),
        "{events:?}"
    );
}

#[test]
fn what_is_held_is_told() {
    let mut scanner = Scanner::default();
    scanner.feed(b"POST /a HTTP/1.1\r\n");
    assert_eq!(scanner.held(), 18);
    let events = scanner.feed(b"Content-Length: 9\r\n\r\nabc");
    assert_eq!(scanner.held(), 3);
    assert_eq!(events.iter().map(Event::kept).sum::<usize>(), 39);
}
