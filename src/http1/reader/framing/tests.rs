//! Framings that servers read differently: here each has one meaning.

use crate::http1::{Event, Reader};

/// The version, the header lines, and what happens to the request and its connection. The body is always `x`.
const FRAMINGS: &str = "\
1.1 | Content-Length: 1                                           | taken, stays
1.1 | Content-Length: 1; content-length: 1                        | taken, stays
1.1 | Content-Length: 1; Content-Length: 2                        | Malformed
1.1 | Content-Length: +1                                          | Malformed
1.1 | Content-Length: 1, 1                                        | Malformed
1.1 | Content-Length: 0x1                                         | Malformed
1.1 | Content-Length:                                             | Malformed
1.1 | Transfer-Encoding: chunked                                  | taken, stays
1.1 | Transfer-Encoding: CHUNKED                                  | taken, stays
1.1 | Transfer-Encoding: gzip, chunked                            | taken, stays
1.1 | Transfer-Encoding: gzip; Transfer-Encoding: chunked         | taken, stays
1.1 | Content-Length: 9; Transfer-Encoding: chunked               | taken, ends
1.1 | Transfer-Encoding: chunked; Content-Length: +1              | taken, ends
1.1 | Transfer-Encoding: gzip                                     | UnknownCoding
1.1 | Transfer-Encoding: chunked, gzip                            | UnknownCoding
1.1 | Transfer-Encoding: chunked; Transfer-Encoding: gzip         | UnknownCoding
1.0 | Transfer-Encoding: chunked                                  | Malformed
1.0 | Transfer-Encoding: chunked; Content-Length: 1               | Malformed
1.0 | Content-Length: 1                                           | taken, ends
1.0 | Content-Length: 1; Connection: Keep-Alive                   | taken, stays
1.0 | Content-Length: 1; Connection: close, keep-alive            | taken, ends
1.1 | Content-Length: 1; Connection: a, CLOSE                     | taken, ends
1.1 | Content-Length: 1; Connection: close; Connection: keep-alive | taken, ends";

/// What happens to a request, in the words of the table.
fn fate(request: &str) -> String {
    let events = Reader::keeping(10).feed(request.as_bytes());
    match events.as_slice() {
        [
            Event::Head(head),
            Event::Data { bytes: 1, .. },
            Event::End {
                body, broken: None, ..
            },
        ] => {
            assert_eq!(body.text(), "x", "{request}");
            let after = if head.keeps_alive() { "stays" } else { "ends" };
            format!("taken, {after}")
        }
        [
            Event::Head(_),
            Event::End {
                broken: Some(_), ..
            },
            Event::Lost(Some(refusal)),
        ] => {
            format!("{refusal:?}")
        }
        other => panic!("{request}: {other:?}"),
    }
}

#[test]
fn each_framing_means_one_thing() {
    for line in FRAMINGS.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [version, head, expect] = cells.as_slice() else {
            panic!("{line}")
        };
        let body = match head.contains("Transfer-Encoding") {
            true => "1\r\nx\r\n0\r\n\r\n",
            false => "x",
        };
        let head = head.replace("; ", "\r\n");
        let request = format!("POST /x HTTP/{version}\r\n{head}\r\n\r\n{body}");
        assert_eq!(fate(&request), *expect, "{line}");
    }
}
