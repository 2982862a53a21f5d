//! Mutants: results that the function writes piece by piece.

use std::fs::{self, File};
use std::future::pending;
use std::io::Write;
use std::path::PathBuf;
use std::process::exit;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::{Bytes, Frame};
use hyper::header::HeaderValue;
use tokio::sync::mpsc;

use super::change::{
    BeforeEnd, Forged, LastFrame, Prelude, Request, Wire, is_response, own_client,
};
use super::forge::without_line;
use super::init::in_tmp;
use super::mutant::{Mutant, When};
use crate::protocol::header;
use crate::reference::client::Call;
use crate::reference::failure::Failure;
use crate::reference::hooks::{Hooks, Later, at_once};
use crate::reference::parts::{NULS, Parts, trailers};
use crate::reference::report;
use crate::reference::settings::Settings;

mutants! {
    "stream-collected": "Sends a stream only once the function has written all of it.",
        breaks ["STREAM-03", "STREAM-12"] => Collected;
    "stream-runs-ahead": "Takes what the function writes as fast as it comes, and keeps it until it can be sent.",
        breaks ["STREAM-12"] => RunsAhead;
    "stream-keeps-connection": "Uses the connection of a stream again.",
        breaks ["STREAM-04"] should() => Wire(|_, way| way.keeps = true);
    "stream-spooled": "Keeps a copy of a stream in /tmp until it has ended, and begins the next one with what is there.",
        breaks ["LIFE-10"] => Spooled;
    "stream-not-announced": "Sends trailers behind a stream without announcing them.",
        breaks ["STREAM-09"] => Forged(|_, bytes| without_line(bytes, "Trailer:"));
    "stream-without-trailers": "Ends a stream that fails like one that is whole.",
        breaks ["STREAM-08"] => LastFrame(|_| None);
    "stream-trailer-as-json": "Sends the error document behind a stream as JSON, and not in base64.",
        breaks ["STREAM-08"] => LastFrame(|failure| {
            let mut lines = trailers(failure);
            let document = HeaderValue::try_from(failure.document()).ok()?;
            *lines.get_mut(header::ERROR_BODY)? = document;
            Some(Frame::trailers(lines))
        });
    "stream-trailers-as-text": "Writes the trailers into the stream as text.",
        breaks ["STREAM-08", "STREAM-10"] => LastFrame(|failure| {
            let (kind, document) = (failure.type_header(), STANDARD.encode(failure.document()));
            let text = format!("{}: {kind}\r\n{}: {document}\r\n", header::ERROR_TYPE, header::ERROR_BODY);
            Some(Frame::data(text.into()))
        });
    "stream-trailer-without-document": "Sends the type of a failure behind a stream, and no error document.",
        breaks ["STREAM-08"] => LastFrame(|failure| {
            let mut lines = trailers(failure);
            lines.remove(header::ERROR_BODY);
            Some(Frame::trailers(lines))
        });
    "stream-trailer-without-type": "Sends the error document behind a stream, and no type.",
        breaks ["STREAM-08"] => LastFrame(|failure| {
            let mut lines = trailers(failure);
            lines.remove(header::ERROR_TYPE);
            Some(Frame::trailers(lines))
        });
    "stream-trailer-message-only": "Sends the bare message behind a stream, in base64, and no error document.",
        breaks ["STREAM-08"] => LastFrame(|failure| {
            let mut lines = trailers(failure);
            let message = HeaderValue::try_from(STANDARD.encode(&failure.message)).ok()?;
            *lines.get_mut(header::ERROR_BODY)? = message;
            Some(Frame::trailers(lines))
        });
    "stream-trailer-cut": "Cuts the trailer with the error document off at 1024 bytes.",
        breaks ["STREAM-08"] => LastFrame(|failure| {
            let mut lines = trailers(failure);
            let document = lines.get_mut(header::ERROR_BODY)?;
            let kept = document.as_bytes().get(..1024);
            if let Some(kept) = kept {
                *document = HeaderValue::from_bytes(kept).ok()?;
            }
            Some(Frame::trailers(lines))
        });
    "stream-without-mode": "Sends a stream without saying that it is one.",
        breaks ["STREAM-01"] should() => Request(|call| {
            if is_stream(call) {
                call.headers.retain(|(name, _)| name != header::RESPONSE_MODE);
            }
        });
    "stream-opened-at-once": "Opens the answer before the function has written anything.",
        breaks ["STREAM-06"] should() => PartsOf(|mut parts, further| Box::pin(async move {
            let _ = further.send(Ok(Bytes::new())).await;
            pass_on(&mut parts, &further).await;
        }));
    "stream-empty-never-ends": "Never ends a stream to which nothing was written.",
        breaks ["STREAM-16"] => PartsOf(|mut parts, further| Box::pin(async move {
            match parts.recv().await {
                None => pending().await,
                Some(first) => further.send(first).await.unwrap_or_default(),
            }
            pass_on(&mut parts, &further).await;
        }));
    "stream-ends-at-empty-write": "Takes an empty write for the end of the stream.",
        breaks ["STREAM-02"] => PartsOf(|mut parts, further| Box::pin(async move {
            while let Some(part) = parts.recv().await {
                if part.as_ref().is_ok_and(Bytes::is_empty) || further.send(part).await.is_err() {
                    return;
                }
            }
        }));
    "stream-loses-last-piece": "Loses the last piece of a stream of three or more.",
        breaks ["STREAM-02", "STREAM-14"] => PartsOf(|mut parts, further| Box::pin(async move {
            let (mut held, mut count) = (None, 0);
            while let Some(part) = parts.recv().await {
                count += 1;
                if let Some(before) = held.replace(part) {
                    let _ = further.send(before).await;
                }
            }
            if let Some(last) = held && (count < 3 || last.is_err()) {
                let _ = further.send(last).await;
            }
        }));
    "stream-frames-twice": "Writes the size of each piece into the stream.",
        breaks ["STREAM-02", "STREAM-05", "STREAM-13", "STREAM-14"] => Pieces(|piece| {
            let size = format!("{:x}\r\n", piece.len());
            [size.as_bytes(), &piece, b"\r\n"].concat().into()
        });
    "stream-in-ascii": "Writes a question mark for each byte beyond ASCII.",
        breaks ["STREAM-02"] => Pieces(|piece| {
            let ascii = |byte: &u8| if byte.is_ascii() { *byte } else { b'?' };
            piece.iter().map(ascii).collect::<Vec<u8>>().into()
        });
    "stream-trims": "Strips the spaces and line ends at the end of each piece.",
        breaks ["STREAM-02"] => Pieces(|piece| piece.trim_ascii_end().to_vec().into());
    "stream-no-more-than-6-mib": "Ends a stream at 6 MiB.",
        breaks ["STREAM-14"] should() => PartsOf(|mut parts, further| Box::pin(async move {
            let mut bytes = 0;
            while let Some(part) = parts.recv().await {
                bytes += part.as_ref().map_or(0, Bytes::len);
                if bytes > 6 * 1024 * 1024 || further.send(part).await.is_err() {
                    return;
                }
            }
        }));
    "stream-gives-up-at-a-pause": "Ends a stream when the function writes nothing for three seconds.",
        breaks ["STREAM-02"] => PartsOf(|mut parts, further| Box::pin(async move {
            while let Ok(Some(part)) = tokio::time::timeout(PAUSE, parts.recv()).await {
                let _ = further.send(part).await;
            }
        }));
    "stream-error-during": "Posts a failure to /error before it ends the stream, and waits for the reply.",
        breaks ["STREAM-07"] => BeforeEnd(|settings, invocation, failure| Box::pin(async move {
            if let Some(failure) = failure {
                // Long enough for the stream to be first on the wire.
                tokio::time::sleep(FIRST).await;
                let call = report(&invocation.path("error"), failure);
                let _ = own_client(settings).send(&call).await;
            }
        }));
    "stream-error-beside": "Posts a failure to /error as well, and gives the call up when there is no reply at once.",
        breaks ["STREAM-07"] => BeforeEnd(|settings, invocation, failure| Box::pin(async move {
            if let Some(failure) = failure {
                // Long enough for the stream to be first on the wire.
                tokio::time::sleep(FIRST).await;
                let call = report(&invocation.path("error"), failure);
                let mut client = own_client(settings);
                let _ = tokio::time::timeout(AT_ONCE, client.send(&call)).await;
            }
        }));
    "stream-polls-before-end": "Polls while the stream is still open.",
        breaks ["STREAM-11"] => BeforeEnd(|settings, _, _| Box::pin(async move {
            // Long enough for the stream to be first on the wire.
            tokio::time::sleep(FIRST).await;
            let _ = own_client(settings).send(&Call::get("/invocation/next")).await;
        }));
    "stream-dies-when-cut": "Exits when the service ends a stream before the function does.",
        breaks ["STREAM-13"] should() => CutShort(|| exit(1));
    "stream-hangs-when-cut": "Waits for good when the service ends a stream before the function does.",
        breaks ["STREAM-13"] should() => Hangs;
    "stream-seven-nuls": "Writes seven NUL bytes behind the prelude.",
        breaks ["STREAM-05"] => Prelude(|prelude| [&*prelude, &NULS[1..]].concat());
    "stream-nine-nuls": "Writes nine NUL bytes behind the prelude.",
        breaks ["STREAM-05"] => Prelude(|prelude| [&*prelude, &NULS, &[0]].concat());
    "stream-line-for-nuls": "Writes an empty line behind the prelude, as between head and body of HTTP.",
        breaks ["STREAM-05"] => Prelude(|prelude| [&*prelude, b"\r\n\r\n"].concat());
    "stream-no-prelude": "Leaves the prelude out.",
        breaks ["STREAM-05"] => Prelude(|_| Vec::new());
    "stream-one-cookie": "Writes only the last cookie into the prelude.",
        breaks ["STREAM-05"] => Prelude(|prelude| changed(&prelude, |document| {
            let cookies = document["cookies"].as_array_mut();
            let cut = |cookies: &mut Vec<_>| drop(cookies.drain(..cookies.len().saturating_sub(1)));
            cookies.into_iter().for_each(cut);
        }));
    "stream-status-200": "Writes the status 200 into every prelude.",
        breaks ["STREAM-05"] => Prelude(|prelude| changed(&prelude, |document| {
            document["statusCode"] = 200.into();
        }));
    "stream-no-headers": "Leaves the headers out of the prelude.",
        breaks ["STREAM-05"] => Prelude(|prelude| changed(&prelude, |document| {
            document["headers"] = serde_json::json!({});
        }));
    "stream-type-of-its-own": "Sends a stream with a prelude as plain bytes.",
        breaks ["STREAM-05"] => Request(|call| {
            if is_stream(call) {
                let plain = "application/octet-stream";
                let integration = |value: &[u8]| value == header::HTTP_INTEGRATION.as_bytes();
                if call.headers.iter().any(|(_, value)| integration(value)) {
                    call.replace("Content-Type", plain);
                }
            }
        });
    "stream-type-is-json": "Sends every stream without a prelude as JSON.",
        breaks ["STREAM-05"] => Request(|call| {
            let integration = |(_, value): &(String, Vec<u8>)| value == header::HTTP_INTEGRATION.as_bytes();
            if is_stream(call) && !call.headers.iter().any(integration) {
                call.replace("Content-Type", "application/json");
            }
        });
    "stream-only-once": "Never ends the second stream.",
        breaks ["RESP-06"] when(When::From(2)) => PartsOf(|mut parts, further| Box::pin(async move {
            pass_on(&mut parts, &further).await;
            pending::<()>().await;
        }));
}

/// How long it takes at most, also on a busy machine, until what was sent has been read.
const FIRST: Duration = Duration::from_secs(1);

/// How long a reply may take that comes at once.
const AT_ONCE: Duration = Duration::from_millis(300);

/// A pause at which a stream is taken for over.
const PAUSE: Duration = Duration::from_secs(3);

/// Whether the body of this call comes as it goes out.
pub(super) fn is_stream(call: &Call) -> bool {
    is_response(call) && call.body.is_none()
}

/// Where changed parts go.
pub(super) type Further = mpsc::Sender<Result<Bytes, Failure>>;

/// Passes the rest on.
async fn pass_on(parts: &mut Parts, further: &Further) {
    pass_on_changed(parts, further, |piece| piece).await;
}

/// Passes the rest on, with each piece changed.
async fn pass_on_changed(parts: &mut Parts, further: &Further, change: fn(Bytes) -> Bytes) {
    while let Some(part) = parts.recv().await {
        if further.send(part.map(change)).await.is_err() {
            return;
        }
    }
}

/// Passes the parts on as this does it; so many of them may wait.
fn by_way_of<F>(parts: Parts, waiting: usize, way: impl FnOnce(Parts, Further) -> F) -> Parts
where
    F: Future<Output = ()> + Send + 'static,
{
    let (further, changed) = mpsc::channel(waiting);
    tokio::spawn(way(parts, further));
    changed
}

/// Passes the parts on, behind what an earlier process did not send to the end.
async fn spool(mut parts: Parts, further: Further) {
    let Some(path) = SPOOL.get() else {
        return pass_on(&mut parts, &further).await;
    };
    let left = fs::read(path).unwrap_or_default();
    if !left.is_empty() {
        let _ = further.send(Ok(left.into())).await;
    }
    let mut file = File::options().append(true).create(true).open(path);
    while let Some(part) = parts.recv().await {
        if let (Ok(file), Ok(piece)) = (&mut file, &part) {
            let _ = file.write_all(piece);
        }
        if further.send(part).await.is_err() {
            break;
        }
    }
    let _ = fs::remove_file(path);
}

/// The copy of a stream.
static SPOOL: OnceLock<PathBuf> = OnceLock::new();

struct Spooled;

impl Hooks for Spooled {
    fn prepare(&self, settings: &mut Settings) {
        SPOOL.get_or_init(|| in_tmp(settings));
    }

    fn parts(&self, parts: Parts) -> Later<'static, Parts> {
        at_once(by_way_of(parts, 1, spool))
    }
}

/// Changes the parts on their way.
pub(super) struct PartsOf(pub(super) fn(Parts, Further) -> Later<'static, ()>);

impl Hooks for PartsOf {
    fn parts(&self, parts: Parts) -> Later<'static, Parts> {
        at_once(by_way_of(parts, 1, self.0))
    }
}

/// Changes each piece of a stream.
struct Pieces(fn(Bytes) -> Bytes);

impl Hooks for Pieces {
    fn parts(&self, parts: Parts) -> Later<'static, Parts> {
        let change = self.0;
        at_once(by_way_of(parts, 1, async move |mut parts, further| {
            pass_on_changed(&mut parts, &further, change).await;
        }))
    }
}

/// Runs when the service has ended a stream.
struct CutShort(fn());

impl Hooks for CutShort {
    fn cut_short<'a>(&'a self) -> Later<'a, ()> {
        (self.0)();
        Box::pin(async {})
    }
}

struct Hangs;

impl Hooks for Hangs {
    fn cut_short<'a>(&'a self) -> Later<'a, ()> {
        Box::pin(pending())
    }
}

/// A prelude whose document is changed.
fn changed(prelude: &[u8], change: fn(&mut serde_json::Value)) -> Vec<u8> {
    let mut document = serde_json::from_slice(prelude).unwrap_or_default();
    change(&mut document);
    [document.to_string().as_bytes(), &NULS].concat()
}

struct Collected;

impl Hooks for Collected {
    fn parts(&self, mut parts: Parts) -> Later<'static, Parts> {
        Box::pin(async move {
            let (collector, collected) = mpsc::channel(PARTS_MAX);
            pass_on(&mut parts, &collector).await;
            collected
        })
    }
}

struct RunsAhead;

impl Hooks for RunsAhead {
    fn parts(&self, parts: Parts) -> Later<'static, Parts> {
        at_once(by_way_of(parts, PARTS_MAX, async |mut parts, further| {
            pass_on(&mut parts, &further).await;
        }))
    }
}

/// More parts than any case has.
const PARTS_MAX: usize = 4096;
