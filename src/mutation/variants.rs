//! Variants of the reference runtime: each does one thing differently, in a way that the law permits, and must pass every
//! case.

mod calls;
mod process;
pub(super) mod restores;
pub(super) mod streams;

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::change::{
    Document, Encoded, Forged, LoggerLine, Prepare, Request, Start, Taken, Unreadable, Wire,
    is_answer, is_poll, json_of, own_client,
};
use super::json::{self, sorted_and_spaced};
use super::mutant::Mutant;
use super::other_apis::INVOKE;
use super::processes::Processes;
use crate::reference::extension;
use crate::reference::fixture::Returned;
use crate::reference::hooks::Right;
use crate::reference::invocation::object;
use calls::{
    BareErrors, OtherMediaTypes, ReportsRefusal, SlowCalls, Streams, enrich, further_headers,
    in_chunks, joined, lower_case_escapes, rewrite, split, upper_case_name,
};
use process::{
    BackgroundThread, EmptyNotNull, EndsBySignal, EndsEarly, LogsMuch, LogsOddly, LogsReplies,
    LogsToStdout, LowerCaseNames, OtherCodes, TriesAgain, TwoConnections, UnpacksToTmp,
};

/// The length of a slow start.
const SLOW_START: Duration = Duration::from_millis(500);

mutants! {
    "variant-logs-replies":
        "Logs the head of every reply, and the body unless it is an event, as it came and decoded.",
        breaks [] => LogsReplies;
    "variant-logs-much": "Logs 64 KiB to stdout at the start and in each invocation.",
        breaks [] => LogsMuch;
    "variant-logs-oddly":
        "Ends text lines of its log without a newline, escapes their messages, and writes bytes between them that are not text.",
        breaks [] => LogsOddly;
    "variant-logs-to-stdout":
        "Logs to stdout, in JSON with times of another zone, cut to seconds, and levels in lower case.",
        breaks [] => LogsToStdout;
    "variant-nests-request-id": "Writes the request id of what the function logs into an object of its own.",
        breaks [] => LoggerLine(|line| match json_of(line.as_bytes()) {
            Some(mut read) => {
                read["requestId"] = json!({ "id": read["requestId"] });
                format!("{read}\n")
            }
            None => line,
        });
    "variant-lower-case-names": "Writes header names in lower case.",
        breaks [] => LowerCaseNames;
    "variant-reversed-headers":
        "Writes header names in upper case and sends them in reverse order, Host and User-Agent last.",
        breaks [] => Forged(|_, bytes| {
            let (head, body) = split(&bytes);
            let mut lines: Vec<String> = head.lines().map(upper_case_name).collect();
            if let Some((_, headers)) = lines.split_first_mut() {
                headers.reverse();
            }
            [&joined(&lines), body].concat()
        });
    "variant-further-headers":
        "Sends unnecessary headers, a User-Agent with comments, and Content-Length: 0 with its polls.",
        breaks [] => Request(further_headers);
    "variant-offers-upgrade": "Offers an upgrade to HTTP/2 with each call, and goes on without.",
        breaks [] => Request(|call| {
            call.add("Connection", "Upgrade, HTTP2-Settings");
            call.add("Upgrade", "h2c");
            call.add("HTTP2-Settings", "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA");
        });
    "variant-chunks": "Sends bodies in chunks of growing size.",
        breaks [] => Forged(in_chunks);
    "variant-streams": "Streams every response, with trailers announced, and closes the connection after it.",
        breaks [] => Streams;
    "variant-single-bytes": "Sends the head of a request byte by byte, and the body after it.",
        breaks [] => Wire(|_, way| way.crumbles = true);
    "variant-writes-first": "Writes the whole of a request before it reads anything of the reply.",
        breaks [] => Wire(|_, way| way.writes_first = true);
    "variant-two-connections": "Opens two connections at the start: one for polls, one for answers.",
        breaks [] => TwoConnections;
    "variant-half-closes": "Ends its side of the connection with each answer, and then reads the reply.",
        breaks [] => Wire(|call, way| {
            // A stream begins without a body, and ends later.
            way.half_closes = call.body.is_some();
            way.last = !is_poll(call);
        });
    "variant-polls-after-break":
        "Writes its answer on its connection even if the service has closed it, and polls again.",
        breaks [] => Wire(|call, way| way.only_open = is_answer(call));
    "variant-sends-again": "Sends an answer once more if a used connection gave no byte of a reply.",
        breaks [] => Wire(|call, way| way.sends_again = !is_poll(call));
    "variant-slow-calls": "Pauses for 5 ms before each call.",
        breaks [] => SlowCalls;
    "variant-lower-case-escapes": "Escapes a request id in paths with lower-case digits.",
        breaks [] => Request(|call| call.path = lower_case_escapes(&call.path));
    "variant-sorted-json": "Writes the members of JSON objects in the order of their names, with spaces and newlines.",
        breaks [] => Request(|call| rewrite(call, sorted_and_spaced));
    "variant-escaped-json": "Writes JSON in ASCII, with slashes and angle brackets escaped.",
        breaks [] => Request(|call| rewrite(call, json::ascii));
    "variant-other-media-types":
        "Sends JSON with a charset, errors with their own media type, and each of them as Runtime.Unhandled.",
        breaks [] => OtherMediaTypes;
    "variant-bare-errors": "Reports errors without a stack trace or an X-Ray cause, and cuts messages at 32 KiB.",
        breaks [] => BareErrors;
    "variant-rich-errors": "Reports errors with further members, qualified types, and a stack of 2000 frames.",
        breaks [] => Document(|_, _, document| enrich(document));
    "variant-nothing-is-empty":
        "Answers with an empty body when the function returns nothing, and with null for not-a-number.",
        breaks [] => Encoded(|returned| match returned {
            Returned::Number(_) => Ok(b"null".to_vec()),
            Returned::Json(json) if json.get() == "null" => Ok(Vec::new()),
            other @ (Returned::Json(_) | Returned::Opaque | Returned::Stream(_)) => other.encode(),
        });
    "variant-odd-events-are-nothing": "Answers null to an event that it cannot read.",
        breaks [] => Unreadable(|_| Ok(b"null".to_vec()));
    "variant-empty-not-null":
        "Shows absent values as an empty text or an empty object, and a missing deadline as one in the year 9999.",
        breaks [] => EmptyNotNull;
    "variant-lenient-context":
        "Runs the function without headers that it cannot decode, and does not echo an invocation id that is not ASCII.",
        breaks [] => Taken(|invocation, _| {
            let is_object = |text: &String| object(text).is_some();
            invocation.client_context = invocation.client_context.take().filter(is_object);
            invocation.identity = invocation.identity.take().filter(is_object);
            let is_ascii = |id: &Vec<u8>| id.is_ascii();
            invocation.invocation_id = invocation.invocation_id.take().filter(is_ascii);
        });
    "variant-starts-slowly": "Takes half a second to start, and first checks whether the port is open.",
        breaks [] => Start(|_, _, settings| Box::pin(async {
            let api = settings.api.as_deref().unwrap_or_default();
            drop(tokio::net::TcpStream::connect(api).await);
            tokio::time::sleep(SLOW_START).await;
        }));
    "variant-tries-again": "Connects and polls again after a failure, a few times, with growing pauses.",
        breaks [] => TriesAgain;
    "variant-ends-early":
        "Exits with a failure when a poll breaks off, an answer is refused with 403, or the function has panicked.",
        breaks [] => EndsEarly;
    "variant-other-codes": "Exits with 255 when it fails, and with 143 after SIGTERM.",
        breaks [] => OtherCodes;
    "variant-ends-by-signal": "Does not handle SIGTERM.",
        breaks [] => EndsBySignal;
    "variant-unpacks-to-tmp":
        "Unpacks a file to a fixed path in /tmp and depends on it, as if it were alone.",
        breaks [] => UnpacksToTmp;
    "variant-background-thread": "Has a thread that always works, and a pool that grows to eight threads.",
        breaks [] => BackgroundThread;
    "variant-helper-child": "Starts a helper process that ends with it.",
        breaks [] => Prepare(|_| {
            // It ends with its input, and no other process holds the other end.
            let helper = Command::new("cat").stdin(Stdio::piped()).spawn();
            std::mem::forget(helper.expect("there is a `cat`"));
        });
    "variant-two-processes":
        "Is a parent that starts the runtime, passes SIGTERM on and ends with its code, as a shell does.",
        breaks [] in_processes(Processes::Two) => Right;
    "variant-registers-extension":
        "Registers as an internal extension on the connection of its polls, and waits for events on another one.",
        breaks [] => Start(|client, _, settings| Box::pin(async {
            if let Some(identifier) = extension::register(client).await {
                extension::wait(own_client(settings), &identifier);
            }
        }));
    "variant-keeps-extension-apart":
        "Registers as an internal extension on a connection of its own, and waits for events on the same.",
        breaks [] => Start(|_, _, settings| Box::pin(async {
            let mut apart = own_client(settings);
            if let Some(identifier) = extension::register(&mut apart).await {
                extension::wait(apart, &identifier);
            }
        }));
    "variant-told-of-invocations":
        "Registers as an internal extension for invocations, where there are such events, and asks again after each.",
        breaks [] => Start(|_, _, settings| Box::pin(async {
            let mut apart = own_client(settings);
            let kind = settings.variable("AWS_LAMBDA_INITIALIZATION_TYPE");
            let has_events = kind != Some("lambda-managed-instances");
            if has_events
                && let Some(identifier) = extension::register_as(&mut apart, "told", INVOKE).await {
                extension::wait(apart, &identifier);
            }
        }));
    "variant-subscribes-to-telemetry": "Registers as an internal extension and subscribes to the telemetry.",
        breaks [] => Start(|_, _, settings| Box::pin(async {
            let mut apart = own_client(settings);
            if let Some(identifier) = extension::register(&mut apart).await {
                extension::subscribe(&mut apart, &identifier).await;
                extension::wait(apart, &identifier);
            }
        }));
    "variant-reads-metadata": "Asks the metadata endpoint where it runs before its first poll.",
        breaks [] => Start(|_, _, settings| Box::pin(async {
            let variable = |name| settings.variable(name);
            let (api, token) = ("AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN");
            if let (Some(api), Some(token)) = (variable(api), variable(token)) {
                extension::read_metadata(api, token).await;
            }
        }));
    "variant-reports-refusal":
        "Reports an error for an invocation whose response was refused with 400, which leaves it open.",
        breaks [] => ReportsRefusal;
}
