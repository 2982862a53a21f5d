//! Faults in the requests: paths, methods and headers.

use hyper::Method;

use super::super::client::Call;
use super::super::fault::{Fault, Flaw};
use crate::protocol::{API_VERSION, header};

/// Changes a call on its way out.
pub(in super::super) fn shape(flaw: Flaw, call: &mut Call) {
    let Some(fault) = flaw.0 else { return };
    let poll = call.method == Method::GET;
    let answer = !poll && !call.path.ends_with("/init/error");
    match fault {
        Fault::DoubleSlash => call.path = format!("/{}", call.path),
        Fault::TrailingSlash if answer => call.path.push('/'),
        Fault::WrongVersion => call.path = call.path.replace("2018-06-01", "2018-06-02"),
        Fault::NoVersion => call.path = call.path.replace("/2018-06-01", ""),
        Fault::PollsByPost if poll => call.method = Method::POST,
        Fault::PollsWithBody if poll => call.body = Some("{}".into()),
        Fault::PutsResponse if call.path.ends_with("/response") => call.method = Method::PUT,
        Fault::PutsErrors if call.path.ends_with("/error") && answer => call.method = Method::PUT,
        Fault::NoUserAgent => call.remove("User-Agent"),
        Fault::NoUserAgentOnAnswers if !poll => call.remove("User-Agent"),
        Fault::ExpectContinue if !poll => call.add("Expect", "100-continue"),
        Fault::WaitsForContinue if is_large(call) => call.add("Expect", "100-continue"),
        Fault::InvocationIdOnPolls if poll => call.add(header::INVOCATION_ID, "1"),
        Fault::InvocationIdAtInit if call.path.ends_with("/init/error") => {
            call.add(header::INVOCATION_ID, "1");
        }
        Fault::ResponseModeBuffered if call.path.ends_with("/response") => {
            call.add(header::RESPONSE_MODE, "buffered");
        }
        Fault::NoContentType if call.path.ends_with("/response") => call.remove("Content-Type"),
        Fault::FormContentType if call.path.ends_with("/response") => {
            call.remove("Content-Type");
            call.add("Content-Type", "application/x-www-form-urlencoded");
        }
        _ => {}
    }
}

/// Whether the body of a call waits for `100 Continue`.
pub(in super::super) fn waits(flaw: Flaw, call: &Call) -> bool {
    flaw.is(Fault::WaitsForContinue) && is_large(call)
}

/// Whether a call has a body for which curl would ask for `100 Continue`.
fn is_large(call: &Call) -> bool {
    call.body
        .as_ref()
        .is_some_and(|body| body.len() > 1024 * 1024)
}

/// Asks whether the service is there.
pub(super) fn ping() -> Call {
    let mut ping = Call::get("");
    ping.path = format!("/{API_VERSION}/ping");
    ping
}

/// Whether an answer gets a connection of its own.
pub(in super::super) fn parts(flaw: Flaw) -> bool {
    flaw.is(Fault::RepostsAfterCut) || flaw.is(Fault::RepostsErrorAfterCut)
}
