//! Requests in pieces, broken requests, and requests that try to be expensive.

use super::*;

fn read(pieces: &[&[u8]]) -> Vec<Event> {
    let mut reader = Reader::keeping(1_000_000);
    let mut events: Vec<Event> = pieces.iter().flat_map(|piece| reader.feed(piece)).collect();
    events.extend(reader.finish());
    // How data is reported has its own test.
    events.retain(|event| !matches!(event, Event::Data { .. }));
    events
}

#[test]
fn a_body_of_which_the_end_cannot_be_known_is_told() {
    let events = read(&[b"POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n1"]);
    assert!(format!("{events:?}").contains("`gzip` ends no body"));
}

fn fault(text: &str) -> String {
    let events = read(&[text.as_bytes()]);
    match events.get(1) {
        Some(Event::End { broken, .. }) => broken.clone().unwrap_or_default(),
        _ => panic!("{events:?}"),
    }
}

#[test]
fn a_body_whose_end_is_in_doubt_is_not_taken() {
    let check = |head: &str, body: &str, expect: &str| {
        let told = fault(&format!("POST /x HTTP/1.1\r\n{head}\r\n\r\n{body}"));
        assert!(told.contains(expect), "{head}: {told}");
    };
    check("Content-Length: +1", "a", "`+1` is not a number");
    check("Content-Length: ", "a", "is not a number");
    check(
        "Content-Length: 99999999999999999999",
        "a",
        "is not a number",
    );
    check(
        "Content-Length: 1\r\nContent-Length: 2",
        "a",
        "`1`, and then `2`",
    );
    let chunked = "Transfer-Encoding: chunked";
    check(chunked, "+1\r\na\r\n0\r\n\r\n", "`+1` is not a chunk size");
    check(chunked, "\r\na\r\n0\r\n\r\n", "is not a chunk size");
    check("Transfer-Encoding: chunked, gzip", "1", "ends no body");
    check(chunked, &"1".repeat(20_000), "more than 16384 bytes");
    let trailers = format!("0\r\n{}", "a: b\r\n".repeat(20_000));
    check(chunked, &trailers, "trailers");
    let told = fault("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert!(told.contains("in HTTP/1.0"), "{told}");
    assert_eq!(
        fault("POST /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        ""
    );
}

#[test]
fn a_long_value_is_told_in_part() {
    let value = "x".repeat(10_000);
    let told = fault(&format!(
        "POST /x HTTP/1.1\r\nTransfer-Encoding: {value}\r\n\r\n"
    ));
    assert!(
        told.len() < 400 && told.contains("9800 bytes more"),
        "{told}"
    );
}

#[test]
fn empty_lines_without_end_are_no_request() {
    let lines = b"\r\n".repeat(10_000);
    let events = read(&[&lines, b"GET / HTTP/1.1\r\n\r\n"]);
    let [Event::Lost(Some(Refusal::Malformed)), Event::Garbage(body)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(body.kept.len(), 4096);
}

/// Work that grows with the square of the input would take minutes here.
#[test]
fn small_pieces_cost_no_more_than_large_ones() {
    let head = format!(
        "POST / HTTP/1.1\r\n{}Transfer-Encoding: chunked\r\n\r\n",
        format!("A: {}\r\n", "b".repeat(1000)).repeat(400)
    );
    let chunks = "1\r\na\r\n".repeat(200_000);
    let text = format!("{head}{chunks}0\r\n\r\n");
    let whole = read(&[text.as_bytes()]);
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(7).collect();
    for events in [whole, read(&pieces)] {
        let Some(Event::End { body, broken, .. }) = events.get(1) else {
            panic!("{} events", events.len())
        };
        assert_eq!((body.bytes, broken), (200_000, &None));
    }
}

#[test]
fn order_case_and_duplicates_of_headers_are_kept() {
    let events = read(&[b"GET /x HTTP/1.1\r\nhOst: a\r\nX: 1\r\nx: 2\r\n\r\n"]);
    let [Event::Head(head), Event::End { broken: None, .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(head.minor, 1);
    let names: Vec<_> = head
        .headers
        .iter()
        .map(|header| header.name.as_str())
        .collect();
    assert_eq!(names, ["hOst", "X", "x"]);
}

#[test]
fn chunks_and_trailers_byte_by_byte() {
    let text = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";
    let pieces: Vec<&[u8]> = text.chunks(1).collect();
    let events = read(&pieces);
    let Some(Event::End {
        body,
        chunks,
        trailers,
        broken,
    }) = events.get(1)
    else {
        panic!("{events:?}")
    };
    assert_eq!((body.text().as_str(), *chunks), ("abcde", Some(2)));
    assert_eq!((trailers.len(), broken), (1, &None));
}

#[test]
fn a_short_body_and_garbage_are_told() {
    let events = read(&[b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"]);
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
    let events = read(&[b"\x16\x03\x01 hello\r\n"]);
    assert!(
        matches!(
            events.as_slice(),
            [Event::Lost(Some(Refusal::Malformed)), Event::Garbage(_)]
        ),
        "{events:?}"
    );
}

#[test]
fn two_requests_in_one_piece() {
    let events = read(&[b"POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\n\r\n"]);
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
        let events = read(&[text.as_bytes()]);
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
    let events = read(&[format!("POST / HTTP/1.1\r\n{twice}\r\n\r\nx").as_bytes()]);
    assert!(
        matches!(events.get(1), Some(Event::End { broken: None, .. })),
        "{events:?}"
    );
}

#[test]
fn what_is_held_is_told() {
    let mut reader = Reader::keeping(1000);
    reader.feed(b"POST /a HTTP/1.1\r\n");
    assert_eq!(reader.held(), 18);
    let events = reader.feed(b"Content-Length: 9\r\n\r\nabc");
    assert_eq!(reader.held(), 3);
    assert_eq!(events.iter().map(Event::kept).sum::<usize>(), 39);
}

#[test]
fn the_last_bytes_are_looked_at_however_they_came() {
    for text in [
        b"\r\n\r\r".as_slice(),
        b"GET /x\x00",
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n",
    ] {
        let whole = format!("{:?}", read(&[text]));
        let pieces: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(format!("{:?}", read(&pieces)), whole);
    }
}

#[test]
fn a_head_beyond_what_is_read_is_too_large() {
    let lines = "A: b\r\n".repeat(600);
    let long = format!("A: {}", "b".repeat(5_000_000));
    for head in [lines, long] {
        let text = format!("GET / HTTP/1.1\r\n{head}\r\n\r\n");
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(100_000).collect();
        let lost = read(&pieces).into_iter().next();
        assert!(matches!(
            lost,
            Some(Event::Lost(Some(Refusal::HeadTooLarge)))
        ));
    }
}

#[test]
fn data_is_told_as_it_comes() {
    let told = |pieces: &[&str]| -> Vec<Vec<u64>> {
        let mut reader = Reader::keeping(2);
        let of = |event: Event| match event {
            Event::Data { bytes, .. } => Some(bytes),
            Event::Head(_) | Event::End { .. } | Event::Lost(_) | Event::Garbage(_) => None,
        };
        let each = |piece: &&str| {
            reader
                .feed(piece.as_bytes())
                .into_iter()
                .filter_map(of)
                .collect()
        };
        pieces.iter().map(each).collect()
    };
    let head = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(told(&[head, "a", "bc"]), [vec![], vec![1], vec![2]]);
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let first = format!("{head}1\r\na\r\n2\r\nb");
    let last = "c\r\n0\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nxy";
    assert_eq!(told(&[&first, last]), [vec![2], vec![1, 2]]);
}

#[test]
fn the_first_chunks_are_told_as_they_begin() {
    let mut reader = Reader::keeping(2);
    let mut begun = |piece: &str| -> Vec<u64> {
        let events = reader.feed(piece.as_bytes()).into_iter();
        let of = |event: Event| match event {
            Event::Data { chunks, .. } => chunks,
            Event::End { chunks, .. } => chunks.into_iter().collect(),
            Event::Head(_) | Event::Lost(_) | Event::Garbage(_) => Vec::new(),
        };
        events.flat_map(of).collect()
    };
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(begun(&format!("{head}1\r\na\r\n2\r\n")), [1, 2]);
    assert_eq!(begun("b"), [0; 0]);
    assert_eq!(begun("c\r\n3\r\nab"), [3]);
    assert_eq!(
        begun(&format!("c\r\n{}", "4\r\nabcd\r\n".repeat(100))),
        [4; 61]
    );
    assert_eq!(begun("0\r\n\r\n"), [103]);
}

#[test]
fn a_client_may_wait_with_its_body() {
    let expects = |head: &str| {
        let events = read(&[format!("POST / {head}\r\n\r\n").as_bytes()]);
        matches!(events.first(), Some(Event::Head(head)) if head.expects_continue())
    };
    assert!(expects("HTTP/1.1\r\nExpect: 100-Continue"));
    assert!(!expects("HTTP/1.0\r\nExpect: 100-continue"));
    assert!(!expects("HTTP/1.1\r\nExpect: 200-ok"));
}
