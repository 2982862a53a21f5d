//! Mutants: faults of the registration, and of what each call carries.

use std::process::exit;
use std::time::Duration;

use hyper::Method;

use super::super::mutant::Mutant;
use super::change::{
    Identified, Reads, Registered, Sends, Starts, ends, hangs, is_poll, is_registration, is_report,
};
use crate::protocol::header::{EXTENSION_IDENTIFIER, EXTENSION_NAME};

/// An identifier that the service has not given.
const FOREIGN: &str = "0b1c2d3e-4f50-4162-8394-a5b6c7d8e9f0";

extension_mutants! {
    "extension-never-registers": "Makes no call.",
        breaks ["EXT-01"] => Starts(|_| hangs());
    "extension-ends-at-once": "Exits with 0 before it has registered.",
        breaks ["EXT-01"] => Starts(|_| ends(0));
    "extension-registers-twice": "Registers once more before its first poll.",
        breaks ["EXT-01"] => Registered(|life| Box::pin(async {
            let again = life.registration();
            drop(life.client.send(&again).await);
        }));
    "extension-polls-first": "Polls once before it has registered.",
        breaks ["EXT-01"] => Starts(|life| Box::pin(async {
            let early = life.poll();
            drop(life.client.send(&early).await);
        }));
    "extension-takes-eleven-seconds": "Takes eleven seconds until it registers.",
        breaks ["EXT-01"] => Starts(|_| Box::pin(tokio::time::sleep(Duration::from_secs(11))));
    "extension-other-name": "Registers under a name of its own.",
        breaks ["EXT-02"] => Sends(|call, _| if is_registration(call) {
            call.replace(EXTENSION_NAME, "my-extension-v2");
        });
    "extension-whole-path": "Registers under the path of its file.",
        breaks ["EXT-02"] => Sends(|call, life| if is_registration(call) {
            call.replace(EXTENSION_NAME, format!("/opt/extensions/{}", life.file));
        });
    "extension-without-name": "Registers without a name.",
        breaks ["EXT-02"] => Sends(|call, _| if is_registration(call) {
            call.remove(EXTENSION_NAME);
        });
    "extension-small-letters": "Asks for its events in small letters.",
        breaks ["EXT-03"] => Sends(|call, _| wishes(call, r#"{"events":["invoke","shutdown"]}"#));
    "extension-unknown-event": "Asks for an event that does not exist.",
        breaks ["EXT-03"] => Sends(|call, _| wishes(call, r#"{"events":["INVOKE","SHUTDOWN","INIT"]}"#));
    "extension-no-json": "Registers with a body that is not JSON.",
        breaks ["EXT-03"] => Sends(|call, _| wishes(call, "events=INVOKE,SHUTDOWN"));
    "extension-no-body": "Registers without a body.",
        breaks ["EXT-03"] => Sends(|call, _| wishes(call, ""));
    "extension-invoke-only": "Does not ask for SHUTDOWN.",
        breaks ["EXT-04"] => Sends(|call, _| wishes(call, r#"{"events":["INVOKE"]}"#));
    "extension-no-identifier": "Polls without its identifier.",
        breaks ["EXT-07"] => Sends(|call, _| if is_poll(call) {
            call.remove(EXTENSION_IDENTIFIER);
        });
    "extension-no-identifier-later": "Polls without its identifier after the first event.",
        breaks ["EXT-07"] => Sends(|call, life| if is_poll(call) && life.events > 0 {
            call.remove(EXTENSION_IDENTIFIER);
        });
    "extension-foreign-identifier": "Polls with an identifier that the service has not given.",
        breaks ["EXT-07"] => Sends(|call, _| if is_poll(call) {
            call.replace(EXTENSION_IDENTIFIER, FOREIGN);
        });
    "extension-cut-identifier": "Loses the last letter of its identifier.",
        breaks ["EXT-07"] => Sends(|call, life| if is_poll(call) {
            let cut = life.identifier.len().saturating_sub(1);
            call.replace(EXTENSION_IDENTIFIER, life.identifier.get(..cut).unwrap_or_default());
        });
    "extension-no-identifier-in-report": "Reports a failure without its identifier.",
        breaks ["EXT-07"] => Sends(|call, _| if is_report(call) {
            call.remove(EXTENSION_IDENTIFIER);
        });
    "extension-exact-header": "Finds its identifier only if the name of the header is written as documented.",
        breaks ["EXT-24"] => Identified(|reply| {
            let head = String::from_utf8_lossy(&reply.raw).into_owned();
            let found = head.lines().find_map(|line| line.strip_prefix("Lambda-Extension-Identifier: "));
            Some(found?.to_owned())
        });
    "extension-trailing-slash": "Polls a path with a slash at its end.",
        breaks ["EXT-26"] => Sends(|call, _| if is_poll(call) {
            call.path.push('/');
        });
    "extension-doubled-slash": "Registers at a path with a doubled slash.",
        breaks ["EXT-26"] => Sends(|call, _| if is_registration(call) {
            call.path.insert(0, '/');
        });
    "extension-posts-poll": "Polls with POST.",
        breaks ["EXT-26"] => Sends(|call, _| if is_poll(call) {
            call.method = Method::POST;
        });
    "extension-strict-registration": "Exits when the reply to its registration has a member that it does not know.",
        breaks ["EXT-13"] => Reads(|reply| if has_unknown(reply.body.as_deref(), &KNOWN_OF_FUNCTION) { exit(1) });
}

/// The members of the reply to a registration.
const KNOWN_OF_FUNCTION: [&str; 10] = [
    "functionName",
    "functionVersion",
    "handler",
    "accountId",
    "eventType",
    "deadlineMs",
    "requestId",
    "invokedFunctionArn",
    "tracing",
    "shutdownReason",
];

/// Whether a body is a JSON object with other members than these.
fn has_unknown(body: Option<&[u8]>, known: &[&str]) -> bool {
    let value = body.and_then(super::super::change::json_of);
    let members = value.as_ref().and_then(serde_json::Value::as_object);
    let of_registration = members.is_some_and(|members| members.contains_key("functionName"));
    of_registration
        && members.is_some_and(|members| members.keys().any(|name| !known.contains(&name.as_str())))
}

fn wishes(call: &mut crate::reference::client::Call, body: &'static str) {
    if is_registration(call) {
        call.body = Some(body.into());
    }
}
