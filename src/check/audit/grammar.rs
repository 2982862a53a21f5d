//! HTTP grammar: versions, hosts, paths, methods, framing, and headers that the service would refuse.

use super::super::timeline::{Call, Timeline};
use super::{Breach, Code, Evidence, Proof, Scope, Weight, restore};
use crate::cut::shortened;
use crate::law::Level;
use crate::protocol::{Endpoint, Route, header};
use crate::transcript::{Connection, EndReason, Head, Side};

/// The longest header that net/http accepts, in bytes; the X-Ray cause must stay below it (XRAY-06).
const XRAY_CAUSE_BYTES_MAX: usize = 1024 * 1024;
/// How long a body may take before it counts as endless, in microseconds.
const UNFINISHED_US: u64 = 3_000_000;

pub(super) const SCOPE: Scope = Scope::RUNTIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> impl Iterator<Item = Breach<'static>> {
    let connections = timeline.connections();
    let garbage =
        connections.filter_map(|(index, connection)| no_request(timeline, index, connection));
    let calls = timeline.calls.iter();
    garbage.chain(calls.flat_map(move |call| {
        let head = call.exchange.head();
        [
            version(timeline, call, &head),
            line_before(call, &head),
            host(call, &head),
            path(timeline, call, &head),
            method(call, &head),
            two_framings(call, &head),
            transfer_coding(call, &head),
            broken_framing(timeline, call),
            response_mode(call, &head),
            xray_cause(call, &head),
        ]
        .into_iter()
        .flatten()
    }))
}

fn no_request(
    timeline: &Timeline<'_>,
    index: usize,
    connection: &Connection,
) -> Option<Breach<'static>> {
    let garbage = connection.garbage.as_ref()?;
    let text = garbage.text();
    let (requirement, code, actual) = match &*garbage.kept {
        [0x16, 0x03, ..] => ("BOOT-03", Code::Tls, "a TLS handshake".to_owned()),
        bytes if bytes.starts_with(b"PRI * HTTP/2") => (
            "BOOT-03",
            Code::Http2,
            "an HTTP/2 connection preface".to_owned(),
        ),
        _ if raw_id(timeline, &text) => (
            "RESP-19",
            Code::IdNotEncoded,
            "the request line holds the request id unescaped, which is not a valid path".to_owned(),
        ),
        _ if causes(&text).any(|cause| control_byte(cause).is_some()) => (
            "XRAY-07",
            Code::XrayCauseBytes,
            "the X-Ray cause holds a control byte, for which the service refuses the request"
                .to_owned(),
        ),
        _ if causes(&text).next().is_some() => (
            "XRAY-06",
            Code::XrayCauseTooLarge,
            format!(
                "a head of {} bytes or more, with the X-Ray cause",
                garbage.bytes
            ),
        ),
        // A body came before on the connection, so its length was wrong.
        _ if timeline.brought_body(index) => (
            "RESP-06",
            Code::BytesAfterBody,
            format!("{} bytes more than the Content-Length says", garbage.bytes),
        ),
        _ => (
            "BOOT-03",
            Code::NotHttp,
            format!("{} bytes that are not an HTTP/1 request", garbage.bytes),
        ),
    };
    let lines = text.lines().take(8);
    Some(Breach {
        weight: Weight::Cause,
        requirement,
        most: Level::Must,
        code: code.name(),
        expected: "plain HTTP/1.1 requests".to_owned(),
        actual,
        proof: Proof::Shown(Evidence {
            exchange: None,
            lines: lines
                .map(|line| format!("{:>10} > {}", "", shortened(line)))
                .collect(),
        }),
    })
}

/// The X-Ray causes among the header lines of a request that the service refused.
fn causes(text: &str) -> impl Iterator<Item = &str> {
    let name = format!("{}:", header::XRAY_ERROR_CAUSE.to_ascii_lowercase());
    text.split("\r\n")
        .filter(move |line| line.to_ascii_lowercase().starts_with(&name))
}

/// Bytes that no header value may have.
fn control_byte(value: &str) -> Option<u8> {
    value
        .bytes()
        .find(|byte| byte.is_ascii_control() && *byte != b'\t')
}

/// Whether a text holds an invocation id without its necessary percent-encoding.
fn raw_id(timeline: &Timeline<'_>, text: &str) -> bool {
    timeline.raw_ids().iter().any(|id| text.contains(id))
}

fn version(timeline: &Timeline<'_>, call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    let minor = head.minor;
    // A client may use the version in which it was answered. The service accepts both.
    (minor != 1 && !timeline.has_spoken_1_0()).then(|| {
        Breach::at(
            call.index,
            ("BOOT-03", Code::HttpVersion),
            "HTTP/1.1",
            format!("HTTP/1.{minor}"),
        )
        .should()
    })
}

/// An empty line before the request line: a server may ignore it, but net/http does not.
fn line_before(call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    head.bytes.kept.starts_with(b"\r\n").then(|| {
        let expected = "a request line right at the start, or right behind the last body";
        let actual = "an empty line before it, which the service answers with 400";
        let code = ("BOOT-03", Code::NotHttp);
        Breach::at(call.index, code, expected, actual).remark()
    })
}

fn host(call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    let count = head.values("Host").count();
    let named = |value: &str| value.bytes().all(may_stand_in_host);
    let actual = match head.header("Host") {
        _ if head.minor != 1 => return None,
        Some(value) if count == 1 && named(value) => return None,
        Some(value) if count == 1 => {
            format!("`{}`, which the service answers with 400", shortened(value))
        }
        _ => format!("{count} of them"),
    };
    let expected = "exactly one Host header, with a host and a port";
    let breach = Breach::at(call.index, ("BOOT-03", Code::Host), expected, actual);
    Some(breach.remark())
}

/// What net/http accepts in a Host header: what RFC 3986 allows for hosts and ports, and nothing before an `@`.
fn may_stand_in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=[]_~".contains(&byte)
}

fn path(timeline: &Timeline<'_>, call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    let target = &head.target;
    // Paths of other modes have a rule of their own.
    if call.route != Route::NotFound || restore::is_elsewhere(call, head) {
        return None;
    }
    if raw_id(timeline, target) {
        return Some(Breach::at(
            call.index,
            ("RESP-19", Code::IdNotEncoded),
            "the request id percent-encoded, so that it is one segment of the path",
            format!("the path `{}`", shortened(target)),
        ));
    }
    Some(Breach::at(
        call.index,
        ("BOOT-02", Code::UnknownPath),
        "paths of the Runtime API under /2018-06-01, with no double or trailing slash",
        format!(
            "the path `{}`, which the service answers with 404",
            shortened(target)
        ),
    ))
}

fn method(call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    if let Route::WrongMethod { endpoint, allow } = &call.route {
        let requirement = match endpoint {
            Endpoint::RestoreNext | Endpoint::RestoreError => "SNAP-02",
            Endpoint::Response(_) => "RESP-01",
            Endpoint::Error(_) => "ERR-01",
            Endpoint::InitError => "INIT-01",
            Endpoint::Next
            | Endpoint::Ping
            | Endpoint::Register
            | Endpoint::EventNext
            | Endpoint::ExtensionInitError
            | Endpoint::ExtensionExitError
            | Endpoint::Telemetry
            | Endpoint::Logs
            | Endpoint::Metadata
            | Endpoint::Credentials => "NEXT-02",
        };
        return Some(Breach::at(
            call.index,
            (requirement, Code::WrongMethod),
            &format!("the method {allow}"),
            format!("{}, which the service answers with 405", head.method),
        ));
    }
    let bytes = call.exchange.body.bytes;
    (call.is_next() && bytes > 0).then(|| {
        Breach::at(
            call.index,
            ("NEXT-02", Code::BodyOnNext),
            "GET /next without a body",
            format!("a body of {bytes} bytes, which the service reads over"),
        )
        .should()
        .remark()
    })
}

fn two_framings(call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    let lengths = head.values("Content-Length").count();
    let chunked = head.header("Transfer-Encoding").is_some();
    (lengths > 1 || (lengths > 0 && chunked)).then(|| {
        Breach::at(
            call.index,
            ("RESP-06", Code::TwoFramings),
            "either one Content-Length or Transfer-Encoding: chunked",
            "more than one framing header",
        )
        .remark()
    })
}

/// A transfer coding that net/http refuses: the answer is lost.
fn transfer_coding(call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    let codings: Vec<&str> = head.values("Transfer-Encoding").collect();
    let is_taken = match codings.as_slice() {
        [] => true,
        [coding] => coding.eq_ignore_ascii_case("chunked"),
        _ => false,
    };
    // If the coding does not end a body, the framing is also broken.
    (!is_taken && call.exchange.broken().is_none()).then(|| {
        Breach::at(
            call.index,
            ("RESP-06", Code::TransferCoding),
            "one Transfer-Encoding header, and it says `chunked`",
            format!(
                "`{}`, which the service answers with 501",
                shortened(&codings.join("` and `"))
            ),
        )
        .remark()
    })
}

fn broken_framing(timeline: &Timeline<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let broken = call.exchange.broken()?;
    let transcript = timeline.transcript;
    let connection = transcript.connections.get(call.exchange.connection)?;
    // The service has answered before the end, which nobody needs any more.
    if call.exchange.reply.is_some() && broken.contains("connection ended") {
        return None;
    }
    if unfinished(timeline, call) {
        if call.exchange.body.bytes == 0 && call.exchange.header("Expect").is_some() {
            let code = ("BOOT-15", Code::WaitsForContinue);
            let expected = "a body that does not wait for `100 Continue`";
            let actual = "no body, and `Expect` in the head";
            return Some(Breach::at(call.index, code, expected, actual));
        }
        let expected = "a body with the end that its framing needs";
        let actual = "the body never ended, and the runtime waited for the reply";
        let code = ("RESP-06", Code::BodyWithoutEnd);
        return Some(Breach::at(call.index, code, expected, actual));
    }
    // A process that dies in the middle of a request, or that we stop there, loses the invocation; this is not a fault of
    // its framing. Neither is it when the service closes the connection.
    let ended = transcript
        .runtime()
        .exit
        .map_or(transcript.end.at, |exit| exit.at);
    let by_end = connection.closed.is_none_or(|closed| closed >= ended)
        || transcript.runtime().exit.is_some() && !timeline.went_on_after(call.at());
    if broken.contains("connection ended")
        && (by_end || connection.closed_by == Some(Side::Service))
    {
        return None;
    }
    Some(Breach::at(
        call.index,
        ("RESP-06", Code::BrokenFraming),
        "a body framed as its headers say",
        broken,
    ))
}

/// Whether a runtime that is still running began a body long before the case ended, and never ended it.
fn unfinished(timeline: &Timeline<'_>, call: &Call<'_>) -> bool {
    let transcript = timeline.transcript;
    let waited = transcript.end.at.us().saturating_sub(call.at().us());
    let last = !timeline.went_on_after(call.at());
    let alive = transcript.runtime().exit.is_none();
    last && alive && transcript.end.reason == EndReason::Deadline && waited >= UNFINISHED_US
}

fn response_mode(call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    let mode = head
        .values(header::RESPONSE_MODE)
        .find(|mode| !mode.is_empty() && *mode != "streaming")?;
    Some(Breach::at(
        call.index,
        ("RESP-18", Code::ResponseMode),
        "no response mode header, or exactly `streaming`",
        format!(
            "`{}`, after which the service refuses every call",
            shortened(mode)
        ),
    ))
}

fn xray_cause(call: &Call<'_>, head: &Head) -> Option<Breach<'static>> {
    let cause = head.header(header::XRAY_ERROR_CAUSE)?;
    if cause.chars().count() >= XRAY_CAUSE_BYTES_MAX {
        let breach = Breach::at(
            call.index,
            ("XRAY-06", Code::XrayCauseTooLarge),
            "no X-Ray cause header when it would have 1 MiB or more",
            format!("{} bytes", cause.chars().count()),
        );
        return Some(breach.remark());
    }
    let byte = control_byte(cause)?;
    let fault = format!("the control byte 0x{byte:02x}");
    let expected = "one line of visible header bytes";
    Some(
        Breach::at(
            call.index,
            ("XRAY-07", Code::XrayCauseBytes),
            expected,
            fault,
        )
        .remark(),
    )
}
