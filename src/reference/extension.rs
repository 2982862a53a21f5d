//! An internal extension, which registers from inside the runtime, and waits for events of its own.

use hyper::{Method, StatusCode};

use super::client::{Call, Client};
use super::ways::RIGHT;
use crate::protocol::header;

/// The events of an internal one: none; it only wants SIGTERM.
const NO_EVENTS: &str = r#"{"events":[]}"#;

/// All that the runtime prints, to an address where the extension would listen.
const SUBSCRIPTION: &str = r#"{"schemaVersion":"2022-12-13","types":["platform","function"],"buffering":{"maxItems":1000,"maxBytes":262144,"timeoutMs":100},"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080"}}"#;

/// Registers from inside the runtime; gives the identifier, or `None` where the service does not take extensions (EXTI-04).
pub(crate) async fn register(client: &mut Client) -> Option<String> {
    register_as(client, "ricspec-reference", NO_EVENTS).await
}

/// Registers under this name for these events.
pub(crate) async fn register_as(
    client: &mut Client,
    name: &str,
    events: &'static str,
) -> Option<String> {
    let mut call = call(Method::POST, "/2020-01-01/extension/register");
    call.body = Some(events.into());
    call.add("Content-Type", "application/json");
    call.add(header::EXTENSION_NAME, name);
    let reply = client.send(&call).await.ok()?;
    let identifier = reply.headers.get(header::EXTENSION_IDENTIFIER)?;
    identifier.to_str().ok().map(str::to_owned)
}

/// Waits for one event after the other beside the runtime (EXTI-03), for as long as the environment lives.
pub(crate) fn wait(mut client: Client, identifier: &str) {
    let call = event_next(identifier);
    tokio::spawn(async move {
        while let Ok(reply) = client.send(&call).await
            && reply.status == StatusCode::OK
        {}
    });
}

/// Takes one event; gives the status, if a reply came.
pub(crate) async fn take_one(client: &mut Client, identifier: &str) -> Option<StatusCode> {
    let reply = client.send(&event_next(identifier)).await;
    reply.ok().map(|reply| reply.status)
}

fn event_next(identifier: &str) -> Call {
    let mut call = call(Method::GET, "/2020-01-01/extension/event/next");
    call.add(header::EXTENSION_IDENTIFIER, identifier);
    call
}

/// Asks for the telemetry. What the service says of it changes nothing.
pub(crate) async fn subscribe(client: &mut Client, identifier: &str) {
    let mut call = call(Method::PUT, "/2022-07-01/telemetry");
    call.body = Some(SUBSCRIPTION.into());
    call.add("Content-Type", "application/json");
    call.add(header::EXTENSION_IDENTIFIER, identifier);
    drop(client.send(&call).await);
}

/// Asks where the environment runs. Nothing depends on the reply.
pub(crate) async fn read_metadata(api: &str, token: &str) {
    let path = "/2026-01-15/metadata/execution-environment";
    let mut call = call(Method::GET, path);
    call.add("Authorization", format!("Bearer {token}"));
    drop(Client::new(api, &RIGHT).send(&call).await);
}

fn call(method: Method, path: &str) -> Call {
    let mut call = Call::get("");
    call.method = method;
    call.path = path.to_owned();
    call
}
