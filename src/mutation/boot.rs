//! Mutants: start, address, and HTTP on the wire.

use std::net::Ipv4Addr;
use std::process::exit;

use super::change::{
    Address, DiesOfReply, Forged, FoundClosed, Ignores, Prepare, Received, Request, Then,
    Unreachable, Wire, after_head, is_answer, is_chunked, is_poll,
};
use super::forge::{replace, without_line};
use super::mutant::Mutant;

use crate::protocol::header;
use crate::reference::client::{Call, Client, Reply};
use crate::reference::failure::Failure;
use crate::reference::hooks::{Hooks, Later, PollEnd};
use crate::reference::log;
use crate::reference::report;
use crate::reference::settings::Settings;
use crate::reference::wire::Way;

/// The breaches of a runtime that never calls; a case about a hard start expects the silence.
const NEVER_CALLS: [&str; 9] = [
    "BOOT-01", "BOOT-05", "BOOT-16", "BOOT-18", "INIT-01", "INIT-10", "INIT-13", "LIFE-10",
    "LIFE-11",
];

mutants! {
    "boot-fixed-address": "Calls 127.0.0.1:9001 whatever the environment says.",
        breaks NEVER_CALLS => Address(|_, _| "127.0.0.1:9001".to_owned());
    "boot-fixed-port": "Takes the host from the environment, and always port 9001.",
        breaks NEVER_CALLS => Address(|_, api| format!("{}:9001", host_and_port(api).0));
    "boot-loopback-only": "Takes the port from the environment, and always the host 127.0.0.1.",
        breaks ["BOOT-01", "BOOT-16"] => Address(|_, api| format!("127.0.0.1:{}", host_and_port(api).1));
    "boot-splits-at-first-colon": "Uses the part of the address before the first colon as the host.",
        breaks ["BOOT-16"] => Address(|_, api| api.split(':').take(2).collect::<Vec<_>>().join(":"));
    "boot-numeric-host-only": "Knows no host names and no IPv6 addresses.",
        breaks ["BOOT-16"] => Address(|_, api| match host_and_port(api).0.parse::<Ipv4Addr>() {
            Ok(_) => api.to_owned(),
            Err(_) => "no-number.invalid:1".to_owned(),
        });
    "boot-obeys-http-proxy": "Sends its calls to the proxy that http_proxy names.",
        breaks ["BOOT-04"] => Address(|settings, api| proxy(settings, api, &["http_proxy", "HTTP_PROXY"]));
    "boot-obeys-all-proxy": "Sends its calls to the proxy that all_proxy names.",
        breaks ["BOOT-04"] => Address(|settings, api| proxy(settings, api, &["all_proxy", "ALL_PROXY"]));
    "boot-obeys-upper-case-proxy": "Sends its calls to the proxy, but only if the variable has capitals.",
        breaks ["BOOT-04"] => Address(|settings, api| proxy(settings, api, &["HTTP_PROXY", "ALL_PROXY"]));
    "boot-needs-log-stream": "Does not start without AWS_LAMBDA_LOG_STREAM_NAME.",
        breaks ["BOOT-18"] => NeedsVariable("AWS_LAMBDA_LOG_STREAM_NAME");
    "boot-ignores-handler": "Runs its one function whatever _HANDLER says.",
        breaks ["INIT-15"] should() => Prepare(|settings| settings.handler = Some("fixture.handler".to_owned()));
    "boot-spins-when-refused": "Tries forever to connect to a service that refuses.",
        breaks ["BOOT-10"] => Unreachable(|| Then::Hangs);
    "boot-silent-when-refused": "Says nothing when it gives up an unreachable service.",
        breaks ["BOOT-10"] => Unreachable(|| Then::Exits(1));
    "boot-exits-zero-when-refused": "Exits with code 0 when the service is unreachable.",
        breaks ["BOOT-10"] => Unreachable(|| { log::complain("cannot reach the Runtime API"); Then::Exits(0) });
    "boot-double-slash": "Begins every path with two slashes.",
        breaks ["BOOT-02"] => Request(|call| call.path.insert(0, '/'));
    "boot-trailing-slash": "Ends the paths of answers with a slash.",
        breaks ["BOOT-02"] => Request(|call| if is_answer(call) { call.path.push('/') });
    "boot-wrong-version": "Calls version 2018-06-02 of the interface.",
        breaks ["BOOT-02"] => Request(|call| call.path = call.path.replace("2018-06-01", "2018-06-02"));
    "boot-no-version": "Leaves the version out of its paths.",
        breaks ["BOOT-02"] => Request(|call| call.path = call.path.replace("/2018-06-01", ""));
    "boot-http-1-0": "Speaks HTTP/1.0.",
        breaks ["BOOT-03", "BOOT-11", "NEXT-16"] => Forged(|_, bytes| replace(bytes, " HTTP/1.1\r\n", " HTTP/1.0\r\n"));
    "boot-http-2": "Opens connections with the preface of HTTP/2.",
        breaks ["BOOT-03"] => Forged(|_, _| b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec());
    "boot-tls": "Opens connections with a TLS hello.",
        breaks ["BOOT-03"] => Forged(|_, _| [&b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03"[..], &[7; 230]].concat());
    "boot-no-host": "Sends no Host header.",
        breaks ["BOOT-03"] => Forged(|_, bytes| without_line(bytes, "Host: "));
    "boot-no-user-agent": "Sends no User-Agent.",
        breaks ["BOOT-08"] => Request(|call| call.remove("User-Agent"));
    "boot-no-user-agent-on-answers": "Sends a User-Agent only with its polls.",
        breaks ["BOOT-08"] => Request(|call| if !is_poll(call) { call.remove("User-Agent") });
    "boot-expect-continue": "Asks for 100-continue before each body.",
        breaks ["BOOT-15"] => Request(|call| if !is_poll(call) { call.add("Expect", "100-continue") });
    "boot-waits-for-continue": "Sends no body above a mebibyte before it was told 100 Continue.",
        breaks ["BOOT-15"] => WaitsForContinue;
    "boot-new-connections": "Opens a connection for each call.",
        breaks ["BOOT-11"] => Wire(|_, way| way.fresh = true);
    "boot-dies-of-silent-close": "Exits when an idle connection was closed without notice.",
        breaks ["BOOT-11"] => FoundClosed(|announced| if !announced { exit(1) });
    "boot-dies-of-announced-close": "Exits when the service has closed the connection as it had announced.",
        breaks ["BOOT-17", "BOOT-13", "RESP-08"] => FoundClosed(|announced| if announced { exit(1) });
    "boot-case-sensitive-id": "Finds the request id only under the documented letter case of the header.",
        breaks ["BOOT-12"] => CaseSensitive(header::REQUEST_ID);
    "boot-case-sensitive-id-to-init":
        "Finds the request id only under the documented letter case of the header, and calls /init/error without it.",
        breaks ["BOOT-12", "ERR-13"] => CaseSensitiveIdToInit;
    "boot-case-sensitive-arn": "Finds the ARN of the function only under the documented letter case of the header.",
        breaks ["BOOT-12"] => CaseSensitive(header::FUNCTION_ARN);
    "boot-case-sensitive-deadline": "Finds the deadline only under the documented letter case of the header.",
        breaks ["BOOT-12"] => CaseSensitive(header::DEADLINE_MS);
    "boot-case-sensitive-trace": "Finds the trace id only under the documented letter case of the header.",
        breaks ["BOOT-12"] => CaseSensitive(header::TRACE_ID);
    "boot-case-sensitive-invocation-id": "Finds the invocation id only under the documented letter case of the header.",
        breaks ["INVID-01"] => CaseSensitive(header::INVOCATION_ID);
    "boot-raw-chunks": "Reads the chunk sizes of a chunked event as part of it.",
        breaks ["BOOT-13", "BOOT-12"] =>
            Received(|reply| if is_chunked(reply) { reply.body = Some(after_head(reply).into()) });
    "boot-first-chunk-only": "Reads only the first chunk of an event.",
        breaks ["BOOT-13", "NEXT-16", "BOOT-12"] => Received(|reply| if is_chunked(reply) {
            let body = after_head(reply);
            let chunk = body.split("\r\n").nth(1).unwrap_or_default();
            reply.body = Some(chunk.to_owned().into());
        });
    "boot-first-piece-only": "Reads only the first piece of a small event.",
        breaks ["NEXT-16"] => Ignores(|had, whole| !had.is_empty() && whole.is_some_and(|bytes| bytes < 4096));
    "boot-needs-date": "Refuses an event without a Date header.",
        breaks ["BOOT-14"] => DiesOfReply(|reply| !has(reply, "date"));
    "boot-needs-content-length": "Refuses an event without a Content-Length.",
        breaks ["BOOT-13", "BOOT-12"] => DiesOfReply(|reply| !has(reply, "content-length"));
}

/// The parts of the address before and after its last colon.
fn host_and_port(api: &str) -> (&str, &str) {
    api.rsplit_once(':').unwrap_or((api, "80"))
}

/// The first proxy in these variables.
fn proxy(settings: &Settings, api: &str, names: &[&str]) -> String {
    let url = names.iter().find_map(|name| settings.variable(name));
    url.map_or(api, |url| {
        url.trim_start_matches("http://").trim_end_matches('/')
    })
    .to_owned()
}

fn has(reply: &Reply, name: &str) -> bool {
    reply.headers.contains_key(name)
}

/// Does not start without a variable.
pub(super) struct NeedsVariable(pub(super) &'static str);

impl Hooks for NeedsVariable {
    fn prepare(&self, settings: &mut Settings) {
        if settings.variable(self.0).is_none() {
            log::complain(&format!("{} is not set", self.0));
            exit(1);
        }
    }
}

/// Finds a header only in its documented letter case.
struct CaseSensitive(&'static str);

impl Hooks for CaseSensitive {
    fn read(&self, reply: &mut Reply) {
        let head = String::from_utf8_lossy(&reply.raw);
        if !head.contains(&format!("{}:", self.0)) {
            reply.headers.remove(self.0);
        }
    }
}

struct CaseSensitiveIdToInit;

impl Hooks for CaseSensitiveIdToInit {
    fn read(&self, reply: &mut Reply) {
        CaseSensitive(header::REQUEST_ID).read(reply);
    }

    fn polls_again<'a>(
        &'a self,
        client: &'a mut Client,
        end: PollEnd,
        _: usize,
    ) -> Later<'a, bool> {
        Box::pin(async move {
            if end == PollEnd::NoId {
                let failure = Failure::of_runtime("NoRequestId", "the event has no request id");
                drop(client.send(&report("/init/error", &failure)).await);
            }
            false
        })
    }
}

struct WaitsForContinue;

impl Hooks for WaitsForContinue {
    fn request(&self, call: &mut Call) {
        if is_large(call) {
            call.add("Expect", "100-continue");
        }
    }

    fn way(&self, call: &Call) -> Way {
        Way {
            patient: is_large(call),
            ..Way::default()
        }
    }
}

/// Whether a call has a body for which curl would ask for `100 Continue`.
fn is_large(call: &Call) -> bool {
    let body = call.body.as_deref().unwrap_or_default();
    body.len() > 1024 * 1024
}
