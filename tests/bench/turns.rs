//! The cost of a turn: the reference runtime with the service, which records everything, and with a bare echo.

use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use ricspec::transcript::Transcript;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How many turns are timed, and how often.
const TURNS: u64 = 5000;
const RUNS: usize = 3;

/// The longest allowed turn with the service, in turns with the echo.
const RATIO_MAX: f64 = 1.25;

const EVENT: &str = r#"{"ricspec": 1, "do": "count"}"#;

/// How long the reference runtime may take to its first call.
const CALLS_WITHIN: Duration = Duration::from_secs(20);

/// Prints what a turn costs.
pub fn compare() -> Result<(), Box<dyn Error>> {
    let (mut service, mut echo) = (f64::MAX, f64::MAX);
    for _ in 0..RUNS {
        let (with_service, with_echo) = (micros(of_service()?), micros(of_echo()?));
        println!("a turn: {with_service:.0} µs with the service, {with_echo:.0} µs with an echo");
        service = service.min(with_service);
        echo = echo.min(with_echo);
    }
    println!(
        "a turn (/next and /response, recorded in full) takes {service:.0} µs with the service and {echo:.0} µs with a bare \
         hyper echo: {:.2} times as long; {RATIO_MAX} is the limit",
        service / echo
    );
    Ok(())
}

fn micros(total: Duration) -> f64 {
    total.as_secs_f64() * 1e6 / TURNS as f64
}

/// From the first poll to the last answer, by the transcript.
fn of_service() -> Result<Duration, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (_, path) = super::many_invocations(folder.path(), TURNS)?;
    let transcripts = folder.path().join("transcripts");
    let status = super::play(folder.path())
        .arg("--transcripts")
        .arg(&transcripts)
        .status()?;
    let text = fs::read_to_string(transcripts.join(path))?;
    let transcript: Transcript = serde_json::from_str(&text)?;
    let exchanges = &transcript.exchanges;
    let last = exchanges.get(2 * TURNS as usize - 1);
    let (Some(first), Some(last)) = (exchanges.first(), last.and_then(|last| last.complete)) else {
        return Err(format!("{status}: {} exchanges", exchanges.len()).into());
    };
    Ok(Duration::from_micros(last.us() - first.at.us()))
}

/// The same, with a server that only answers.
fn of_echo() -> Result<Duration, Box<dyn Error>> {
    let event_loop = tokio::runtime::Runtime::new()?;
    event_loop.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut runtime = Running(reference(&listener.local_addr()?.to_string())?);
        let (stream, _) = tokio::time::timeout(CALLS_WITHIN, listener.accept())
            .await
            .map_err(|_| "the reference runtime does not call")??;
        stream.set_nodelay(true)?;
        let (answered, done) = (AtomicU64::new(0), Notify::new());
        let service = service_fn(|request: Request<Incoming>| async {
            let polls = request.method() == Method::GET;
            // A request that breaks off is answered, too.
            let _ = request.into_body().collect().await;
            if !polls && answered.fetch_add(1, Ordering::Relaxed) + 1 == TURNS {
                done.notify_one();
            }
            Ok::<_, Infallible>(if polls { event() } else { accepted() })
        });
        let began = Instant::now();
        let http = http1::Builder::new()
            .title_case_headers(true)
            .serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            _ = http => return Err("the runtime hung up".into()),
            () = done.notified() => {}
        }
        runtime.0.kill()?;
        Ok(began.elapsed())
    })
}

/// The reference runtime; dropping this ends it.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn reference(api: &str) -> std::io::Result<Child> {
    Command::new(env!("CARGO_BIN_EXE_ricspec"))
        .arg("reference")
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("_HANDLER", "fixture.handler")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

pub fn event() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(EVENT));
    for (name, value) in [
        ("content-type", "application/json"),
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        ),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:f",
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5759e988-bd862e3fe1be46a994272793",
        ),
    ] {
        let value = hyper::header::HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

pub fn accepted() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("{\"status\":\"OK\"}\n"));
    *response.status_mut() = hyper::StatusCode::ACCEPTED;
    response
}
