//! An internal extension: it registers from inside the runtime, and waits for events of its own.

use hyper::Method;

use super::client::{Call, Client};
use crate::protocol::header;

/// What it wants to be told of: nothing, as one that only wants SIGTERM.
const NO_EVENTS: &str = r#"{"events":[]}"#;

/// All that the runtime prints, to an address where the extension would listen.
const SUBSCRIPTION: &str = r#"{"schemaVersion":"2022-12-13","types":["platform","function"],"buffering":{"maxItems":1000,"maxBytes":262144,"timeoutMs":100},"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080"}}"#;

/// Registers; gives the identifier, or `None` where the service does not take extensions (EXTI-04).
pub(crate) async fn register(client: &mut Client) -> Option<String> {
    let mut call = call(Method::POST, "/2020-01-01/extension/register");
    call.body = Some(NO_EVENTS.into());
    call.add("Content-Type", "application/json");
    call.add(header::EXTENSION_NAME, "ricspec-reference");
    let reply = client.send(&call).await.ok()?;
    let identifier = reply.headers.get(header::EXTENSION_IDENTIFIER)?;
    identifier.to_str().ok().map(str::to_owned)
}

/// Waits for an event beside the runtime (EXTI-03), for as long as the environment lives.
pub(crate) fn wait(mut client: Client, identifier: &str) {
    let mut call = call(Method::GET, "/2020-01-01/extension/event/next");
    call.add(header::EXTENSION_IDENTIFIER, identifier);
    tokio::spawn(async move { client.send(&call).await });
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
    drop(Client::new(api).send(&call).await);
}

fn call(method: Method, path: &str) -> Call {
    let mut call = Call::get("");
    call.method = method;
    call.path = path.to_owned();
    call
}
