//! An extension that subscribes to telemetry or logs: it listens, and takes every batch.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use http_body_util::{BodyExt, Collected, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use super::call::Call;
use super::extending::{Extending, Life};
use super::log;
use crate::protocol::header;

/// The variable that says to what an external extension subscribes: `telemetry` or `logs`, and ` tcp` after it for lines
/// instead of POSTs.
const VARIABLE: &str = "RICSPEC_SUBSCRIBE";

/// How its batches come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Posts,
    Lines,
}

/// Listens and subscribes, if the environment says so. Without a subscription, events come all the same (TEL-13).
pub(crate) async fn subscribe_as_told(
    life: &mut Life,
    ways: &'static dyn Extending,
) -> Result<(), String> {
    let Ok(told) = std::env::var(VARIABLE) else {
        return Ok(());
    };
    let (api, form) = match told.strip_suffix(" tcp") {
        Some(api) => (api, Form::Lines),
        None => (&*told, Form::Posts),
    };
    let (path, version) = match api {
        "logs" => ("/2020-08-15/logs", "2021-03-18"),
        _ => ("/2022-07-01/telemetry", "2022-12-13"),
    };
    let port = listen(form, ways)
        .await
        .map_err(|error| error.to_string())?;
    let mut call = Call::get("");
    (call.method, call.path) = (Method::PUT, path.to_owned());
    call.body = Some(document(version, form, port).to_string().into());
    call.add("Content-Type", "application/json");
    call.add(header::EXTENSION_IDENTIFIER, &life.identifier);
    ways.request(&mut call, life);
    let reply = life.client.send(&call).await;
    let reply = reply.map_err(|error| format!("no reply to the subscription: {error}"))?;
    if reply.status != StatusCode::OK {
        let status = reply.status;
        log::complain(&format!(
            "ricspec reference --extension: no telemetry: the service answered {status}"
        ));
        ways.refused().await;
    }
    Ok(())
}

/// The subscription to all that there is.
fn document(version: &str, form: Form, port: u16) -> Value {
    let destination = match form {
        Form::Posts => {
            let uri = format!("http://sandbox.localdomain:{port}");
            json!({"protocol": "HTTP", "URI": uri})
        }
        Form::Lines => json!({"protocol": "TCP", "port": port}),
    };
    json!({
        "schemaVersion": version,
        "types": ["platform", "function", "extension"],
        "buffering": {"maxItems": 1000, "maxBytes": 262_144, "timeoutMs": 25},
        "destination": destination,
    })
}

/// Takes batches from now on; gives the port.
async fn listen(form: Form, ways: &'static dyn Extending) -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            match form {
                Form::Posts => drop(tokio::spawn(take_posts(stream, ways))),
                Form::Lines => drop(tokio::spawn(take_lines(stream))),
            }
        }
    });
    Ok(port)
}

async fn take_posts(stream: TcpStream, ways: &'static dyn Extending) {
    let take = service_fn(|request: Request<Incoming>| async {
        // A batch is taken whatever is in it.
        let batch = request.into_body().collect().await.map(Collected::to_bytes);
        let batch = batch.unwrap_or_default();
        let status = ways.answer(&String::from_utf8_lossy(&batch)).await;
        let mut answer = Response::new(Empty::<Bytes>::new());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        Ok::<_, Infallible>(answer)
    });
    // The service may leave at any time.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), take)
            .await,
    );
}

async fn take_lines(mut stream: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(1..) = stream.read(&mut buffer).await {}
}
