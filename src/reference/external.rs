//! The external extension: a process of its own beside the runtime, which takes one event after the other until it is told
//! that the environment ends.

use std::path::Path;
use std::process::ExitCode;

use hyper::StatusCode;
use serde_json::Value;

use super::call::{Call, CallError, Reply};
use super::companion::ordered;
use super::extending::{Extending, Failed, Life};
use super::log;
use super::telemetry::subscribe_as_told;

/// The variable that makes an extension fail: `init` at its start, `exit` on its first INVOKE event.
const FAIL_VARIABLE: &str = "RICSPEC_FAIL";

/// Is an external extension, until the environment ends.
pub(crate) fn external() -> ExitCode {
    match ordered() {
        Ok(companion) => be(companion),
        Err(fault) => {
            log::complain(&format!("ricspec reference --extension: {fault}"));
            ExitCode::FAILURE
        }
    }
}

/// Is an external extension with these hooks.
pub(crate) fn be(ways: &'static dyn Extending) -> ExitCode {
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = event_loop.map_err(|error| format!("the event loop cannot start: {error}"));
    let code = match ended.and_then(|event_loop| event_loop.block_on(live(ways))) {
        Ok(()) => 0,
        Err(fault) => {
            log::complain(&format!("ricspec reference --extension: {fault}"));
            1
        }
    };
    ways.exit_code(code).into()
}

/// Registers under the name of its file, and takes one event after the other. An invocation is over for it once it asks for
/// the next event (EXT-06).
async fn live(ways: &'static dyn Extending) -> Result<(), String> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API");
    let api = api.map_err(|_| "AWS_LAMBDA_RUNTIME_API is not set".to_owned())?;
    let own = std::env::args_os().next().unwrap_or_default();
    let file = Path::new(&own).file_name().unwrap_or_default();
    let mut life = Life::new(&api, file.to_string_lossy().into_owned());
    ways.start(&mut life).await;
    if let Err(why) = register(&mut life, ways).await {
        ways.failed(&mut life, &why).await;
        return Err(format!("the registration failed: {}", why.words()));
    }
    fail_as_told("init", &mut life, ways).await?;
    ways.registered(&mut life).await;
    subscribe_as_told(&mut life, ways).await?;
    loop {
        let event = match next(&mut life, ways).await {
            Ok(event) => event,
            Err(why) => return Err(fail(&mut life, ways, &why).await),
        };
        life.events += 1;
        match event["eventType"].as_str() {
            Some("SHUTDOWN") => {
                ways.shut_down(&mut life, &event).await;
                return Ok(());
            }
            Some("INVOKE") => {
                fail_as_told("exit", &mut life, ways).await?;
                ways.worked(&mut life, &event).await;
            }
            // It asks for nothing (EXT-15).
            Some(_) | None => ways.puzzled(&mut life).await,
        }
    }
}

async fn register(life: &mut Life, ways: &dyn Extending) -> Result<(), Failed> {
    let call = life.registration();
    let reply = send(life, ways, call).await?;
    life.identifier = ways.identifier(&reply).ok_or(Failed::Unreadable)?;
    Ok(())
}

/// Waits for an event.
async fn next(life: &mut Life, ways: &dyn Extending) -> Result<Value, Failed> {
    let call = life.poll();
    let reply = send(life, ways, call).await?;
    let body = reply.body.ok_or(Failed::Unreadable)?;
    serde_json::from_slice(&body).map_err(|_| Failed::Unreadable)
}

/// Sends a call, and sends it again a few times if its connection ends without a reply (EXT-20, EXT-22).
async fn send(life: &mut Life, ways: &dyn Extending, mut call: Call) -> Result<Reply, Failed> {
    ways.request(&mut call, life);
    let mut tries = 0;
    let mut reply = loop {
        let error = match ways.send(&mut life.client, &call).await {
            Ok(reply) => break reply,
            Err(error) => error,
        };
        let pause = match error {
            CallError::Closed => ways.again(tries),
            CallError::Unreachable { .. } | CallError::Unwritable(_) | CallError::Broken(_) => None,
        };
        let Some(pause) = pause else {
            return Err(Failed::Lost(error));
        };
        tokio::time::sleep(pause).await;
        tries += 1;
    };
    ways.read(&mut reply);
    match reply.status {
        StatusCode::OK => Ok(reply),
        refused => Err(Failed::Refused(refused)),
    }
}

/// Reports a failure at this point, if the environment says so; `Err` ends the extension.
async fn fail_as_told(point: &str, life: &mut Life, ways: &dyn Extending) -> Result<(), String> {
    if std::env::var(FAIL_VARIABLE).ok().as_deref() != Some(point) {
        return Ok(());
    }
    let words = format!("{FAIL_VARIABLE}={point} asks for this failure");
    let path = format!("/{point}/error");
    report(life, ways, &path, &words).await;
    Err(words)
}

/// Reports a failure. Whatever the service says of it, the extension ends.
async fn report(life: &mut Life, ways: &dyn Extending, path: &str, words: &str) {
    let mut report = life.report(path, "Extension.Failed", words);
    ways.request(&mut report, life);
    drop(life.client.send(&report).await);
    ways.reported(life).await;
}

/// Reports that there is no event; gives the words (EXT-21).
async fn fail(life: &mut Life, ways: &dyn Extending, why: &Failed) -> String {
    let words = format!("no event: {}", why.words());
    ways.failed(life, why).await;
    report(life, ways, "/exit/error", &words).await;
    words
}

impl Failed {
    fn words(&self) -> String {
        match self {
            Self::Refused(status) => format!("the service answered {status}"),
            Self::Lost(error) => error.to_string(),
            Self::Unreadable => "the reply cannot be read".to_owned(),
        }
    }
}
