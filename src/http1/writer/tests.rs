//! Replies byte for byte.

use super::*;

const ASKED: Asked = Asked {
    minor: 1,
    bodiless: false,
    keeps_alive: true,
};

const OLD: Asked = Asked { minor: 0, ..ASKED };

fn reply(framing: Framing<'static>, body: &'static str) -> Reply<'static> {
    Reply {
        minor: None,
        status: 200,
        headers: &[],
        date: None,
        closes: false,
        names: Names::Title,
        framing,
        body: body.as_bytes(),
    }
}

#[track_caller]
fn check(reply: Reply<'_>, asked: Asked, expect: &str, last: bool) {
    let rendered = reply.write(asked);
    assert_eq!(String::from_utf8_lossy(&rendered.bytes), expect);
    assert_eq!(rendered.last, last, "{expect}");
    assert!(rendered.bytes[..rendered.head].ends_with(b"\r\n\r\n"));
}

#[test]
fn header_lines_keep_their_order() {
    let headers =
        [("x-b", "1"), ("X-A", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let reply = Reply {
        headers: &headers,
        date: Some("D"),
        closes: true,
        ..reply(Framing::Length, "body")
    };
    let expect = "HTTP/1.1 200 OK\r\nX-B: 1\r\nX-A: 2\r\nDate: D\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";
    check(reply, ASKED, expect, true);
    let lower = Reply {
        names: Names::Lower,
        ..reply
    };
    check(
        lower,
        ASKED,
        &expect
            .replace("X-", "x-")
            .replace("-B", "-b")
            .replace("-A", "-a")
            .replace("Date", "date")
            .replace("Connection", "connection")
            .replace("Content-Length", "content-length"),
        true,
    );
}

#[test]
fn chunks_have_the_sizes_that_were_asked_for() {
    let expect = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n1\r\nd\r\n0\r\n\r\n";
    check(
        reply(Framing::Chunks(&[1, 2]), "abcd"),
        ASKED,
        expect,
        false,
    );
    let expect =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n";
    check(
        reply(Framing::Chunks(&[10]), "0123456789"),
        ASKED,
        expect,
        false,
    );
    let expect = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    check(reply(Framing::Chunks(&[10]), ""), ASKED, expect, false);
}

#[test]
fn a_client_of_http_1_0_is_answered_in_kind() {
    let expect = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na";
    check(reply(Framing::Length, "a"), OLD, expect, false);
    let once = Asked {
        keeps_alive: false,
        ..OLD
    };
    let expect = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na";
    check(reply(Framing::Length, "a"), once, expect, true);
    check(
        reply(Framing::Chunks(&[1]), "ab"),
        OLD,
        "HTTP/1.0 200 OK\r\n\r\nab",
        true,
    );
}

#[test]
fn a_client_that_closes_is_told_so() {
    let once = Asked {
        keeps_alive: false,
        ..ASKED
    };
    let expect = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na";
    check(reply(Framing::Length, "a"), once, expect, true);
}

#[test]
fn what_has_no_body_gets_none() {
    let head = Asked {
        bodiless: true,
        ..ASKED
    };
    check(
        reply(Framing::Length, "abc"),
        head,
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
        false,
    );
    check(
        reply(Framing::Length, ""),
        head,
        "HTTP/1.1 200 OK\r\n\r\n",
        false,
    );
    check(
        reply(Framing::Chunks(&[1]), "abc"),
        head,
        "HTTP/1.1 200 OK\r\n\r\n",
        false,
    );
    let empty = Reply {
        status: 204,
        ..reply(Framing::Length, "")
    };
    check(empty, ASKED, "HTTP/1.1 204 No Content\r\n\r\n", false);
    check(
        reply(Framing::Length, ""),
        ASKED,
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        false,
    );
}

#[test]
fn a_status_that_nobody_knows_is_written() {
    let odd = Reply {
        status: 599,
        ..reply(Framing::Length, "")
    };
    check(
        odd,
        ASKED,
        "HTTP/1.1 599 <none>\r\nContent-Length: 0\r\n\r\n",
        false,
    );
}
