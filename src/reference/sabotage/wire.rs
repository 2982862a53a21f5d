//! Faults that no HTTP library would make: the bytes of a request are changed as they leave.

use super::super::client::Call;
use super::super::fault::{Fault, Flaw};
use super::super::wire::Forge;

/// What becomes of the first bytes of a request, which hold its head.
pub(in super::super) fn forge(flaw: Flaw, call: &Call) -> Option<Forge> {
    let body = call.body.clone().unwrap_or_default();
    let length = format!("Content-Length: {}\r\n", body.len());
    Some(match flaw.0? {
        Fault::Http10 => replacing(" HTTP/1.1\r\n", " HTTP/1.0\r\n".to_owned()),
        Fault::Http2 => Box::new(|_| b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        Fault::TlsHello => Box::new(|_| {
            [
                &b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03"[..],
                &[7; 230],
            ]
            .concat()
        }),
        Fault::NoHost => Box::new(|bytes| without_line(bytes, "Host: ")),
        Fault::LengthInCharacters => {
            let characters = String::from_utf8_lossy(&body).chars().count();
            let fault = format!("Content-Length: {characters}\r\n");
            replacing_once(length, fault)
        }
        Fault::TwoFramings if !body.is_empty() => {
            let both = format!("{length}Transfer-Encoding: chunked\r\n");
            let chunk = format!("{:x}\r\n", body.len()).into_bytes();
            Box::new(move |bytes| {
                let mut bytes = replace(bytes, &length, &both);
                bytes.truncate(end_of_head(&bytes));
                [bytes, chunk, body.to_vec(), b"\r\n0\r\n\r\n".to_vec()].concat()
            })
        }
        Fault::UnterminatedChunks if !body.is_empty() => {
            let chunk = format!("{:x}\r\n", body.len()).into_bytes();
            Box::new(move |bytes| {
                let mut bytes = replace(bytes, &length, "Transfer-Encoding: chunked\r\n");
                bytes.truncate(end_of_head(&bytes));
                [bytes, chunk, body.to_vec(), b"\r\n".to_vec()].concat()
            })
        }
        Fault::TwoCodings | Fault::OtherCoding if !body.is_empty() => {
            let codings = match flaw.is(Fault::TwoCodings) {
                true => "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                false => "Transfer-Encoding: gzip, chunked\r\n",
            };
            let chunk = format!("{:x}\r\n", body.len()).into_bytes();
            Box::new(move |bytes| {
                let mut bytes = replace(bytes, &length, codings);
                bytes.truncate(end_of_head(&bytes));
                [bytes, chunk, body.to_vec(), b"\r\n0\r\n\r\n".to_vec()].concat()
            })
        }
        Fault::BlankLineFirst => Box::new(|bytes| [b"\r\n".to_vec(), bytes].concat()),
        Fault::UserInHost => replacing("Host: ", "Host: user@".to_owned()),
        Fault::ControlBytesInCause => {
            let raw =
                |bytes: Vec<u8>, escaped, byte: char| replace(bytes, escaped, &byte.to_string());
            Box::new(move |bytes| {
                let bytes = raw(bytes, "\\u007f", '\u{7f}');
                raw(bytes, "\\u0001", '\u{1}')
            })
        }
        Fault::RawId => {
            let (coded, raw) = (
                call.path.clone(),
                crate::protocol::percent_decode(&call.path),
            );
            replacing_once(coded, raw)
        }
        _ => return None,
    })
}

fn replacing(from: &'static str, to: String) -> Forge {
    replacing_once(from.to_owned(), to)
}

fn replacing_once(from: String, to: String) -> Forge {
    Box::new(move |bytes| replace(bytes, &from, &to))
}

fn replace(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let Some(start) = find(&bytes, from.as_bytes()) else {
        return bytes;
    };
    let (before, rest) = bytes.split_at(start);
    [before, to.as_bytes(), &rest[from.len()..]].concat()
}

fn without_line(bytes: Vec<u8>, name: &str) -> Vec<u8> {
    let Some(start) = find(&bytes, name.as_bytes()) else {
        return bytes;
    };
    let (before, rest) = bytes.split_at(start);
    let end = find(rest, b"\r\n").map_or(rest.len(), |end| end + 2);
    [before, &rest[end..]].concat()
}

fn end_of_head(bytes: &[u8]) -> usize {
    find(bytes, b"\r\n\r\n").map_or(bytes.len(), |end| end + 4)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
