//! Words that are on the wire in any case, so they are not secret even if a variable holds one.

use crate::protocol::{Function, Mode, documented_environment, header};

/// Words of HTTP and of the Runtime API, except the names of its headers.
const WORDS: &str = "127.0.0.1 localhost 169.254.100.1 http/1.0 http/1.1 content-length content-type transfer-encoding \
    connection keep-alive user-agent accept-encoding chunked application/json application/octet-stream text/plain \
    charset=utf-8 expect: 100-continue /2018-06-01/runtime/invocation/next /response /runtime/init/error \
    /2020-01-01/extension/register /event/next /2022-07-01/telemetry invalid request statusresponse \
    {\"status\":\"ok\"} errormessage errortype stacktrace stdout stderr";

/// Names of headers, including those that [an event may carry](header::OF_EVENTS).
const HEADERS: [&str; 7] = [
    header::RESPONSE_MODE,
    header::ERROR_TYPE,
    header::XRAY_ERROR_CAUSE,
    header::EXTENSION_NAME,
    header::EXTENSION_IDENTIFIER,
    header::EXTENSION_FEATURES,
    header::EXTENSION_ERROR_TYPE,
];

/// Whether a value is one of them, is part of a public text (in lower case), or is one letter repeated many times, as in the
/// long texts of the fixture.
pub(super) fn is_known(value: &str, public: &str) -> bool {
    let value = value.to_lowercase();
    let mut letters = value.chars();
    let first = letters.next();
    letters.all(|letter| Some(letter) == first)
        || public.contains(&value)
        || WORDS.contains(&value)
        || HEADERS
            .iter()
            .chain(&header::OF_EVENTS)
            .any(|name| name.to_lowercase().contains(&value))
        || documented().iter().any(|(name, given)| {
            name.to_lowercase().contains(&value) || given.to_lowercase().contains(&value)
        })
}

/// The environment of every function.
fn documented() -> Vec<(String, String)> {
    let function = Function {
        memory_mb: 512,
        ..Function::named()
    };
    let arn = ("arn".to_owned(), format!("{}:$LATEST", function.arn()));
    let mut documented = documented_environment(&function, Mode::OnDemand, "127.0.0.1");
    documented.push(arn);
    documented
}
