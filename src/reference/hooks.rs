//! The places at which the runtime's behaviour can be changed. Each method of [`Hooks`] is one place, and does the right
//! thing; a runtime that does one thing differently overrides one method.

use std::borrow::Cow;
use std::future::ready;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use hyper::body::{Bytes, Frame};
use serde_json::value::RawValue;
use tokio::process::{Child, Command};

pub(crate) use super::call::Later;
use super::call::{Call, CallError, Reply};
use super::client::Client;
use super::failure::{Failure, Outcome};
use super::fixture::Returned;
use super::invocation::{Context, Invocation};
use super::log::{Entry, Line, Log, Stream};
use super::parts::{NULS, Parts, trailers};
use super::settings::{LogFormat, LogLevel, Settings};
pub(crate) use super::told::{Happened, PollEnd};
use super::wire::Way;
pub(crate) use super::working::Wish;

/// The service's reply, or why there is none.
pub(crate) type Replied = Result<Reply, CallError>;

/// An answer that was sent, and the reply to it.
pub(crate) struct Delivered<'a> {
    pub(crate) client: &'a mut Client,
    pub(crate) settings: &'a Settings,
    pub(crate) call: &'a Call,
    /// The failure that it reports, if it reports one.
    pub(crate) failure: Option<&'a Failure>,
    pub(crate) reply: Replied,
}

/// Does everything right.
pub(crate) struct Right;

impl Hooks for Right {}

/// What takes no time.
pub(crate) fn at_once<'a, T: Send + 'a>(value: T) -> Later<'a, T> {
    Box::pin(ready(value))
}

/// The runtime's behaviour at each place.
pub(crate) trait Hooks: Sync {
    /// Changes the settings before everything else.
    fn prepare(&self, _settings: &mut Settings) {}

    /// The address to call.
    fn address(&self, _settings: &Settings, api: &str) -> String {
        api.to_owned()
    }

    /// Runs before the function is set up.
    fn start<'a>(
        &'a self,
        _client: &'a mut Client,
        _log: Log,
        _settings: &'a Settings,
    ) -> Later<'a, ()> {
        at_once(())
    }

    /// Reports a failed setup.
    fn send_init_error<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Replied> {
        Box::pin(client.send(call))
    }

    /// Runs after that report.
    fn after_init_error<'a>(&'a self, _client: &'a mut Client, _call: &'a Call) -> Later<'a, ()> {
        at_once(())
    }

    /// Runs before the first poll.
    fn before_polls<'a>(
        &'a self,
        _client: &'a mut Client,
        _settings: &'a Settings,
    ) -> Later<'a, ()> {
        at_once(())
    }

    /// Runs after the environment is restored.
    fn restored<'a>(&'a self, _settings: &'a Settings) -> Later<'a, ()> {
        at_once(())
    }

    /// Whether SIGTERM has its default effect.
    fn leaves_term(&self) -> bool {
        false
    }

    /// Runs at SIGTERM, before the end.
    fn at_term<'a>(&'a self, _settings: &'a Settings) -> Later<'a, ()> {
        at_once(())
    }

    /// The exit code.
    fn exit_code(&self, code: ExitCode) -> ExitCode {
        code
    }

    /// Polls.
    fn poll<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Replied> {
        Box::pin(client.send(call))
    }

    /// Whether the runtime ends after the first poll without a reply.
    fn gives_up(&self) -> bool {
        false
    }

    /// Whether to poll again, for the n-th time.
    fn polls_again<'a>(
        &'a self,
        _client: &'a mut Client,
        _end: PollEnd,
        _tries: usize,
    ) -> Later<'a, bool> {
        at_once(false)
    }

    /// Reads the reply to a poll.
    fn read(&self, _reply: &mut Reply) {}

    /// Looks at a reply, which may be an event.
    fn note<'a>(&'a self, _log: Log, _reply: &'a Reply, _is_event: bool) -> Later<'a, ()> {
        at_once(())
    }

    /// Changes an invocation when it has come.
    fn take(&self, _invocation: &mut Invocation) {}

    /// Runs before the function.
    fn before_work<'a>(
        &'a self,
        _client: &'a mut Client,
        _log: Log,
        _settings: &'a Settings,
        _invocation: &'a Invocation,
    ) -> Later<'a, ()> {
        at_once(())
    }

    /// What the function sees of its invocation.
    fn context(
        &self,
        _invocation: &Invocation,
        context: Result<Context, Failure>,
    ) -> Result<Context, Failure> {
        context
    }

    /// The outcome of an event that cannot be read.
    fn unreadable(&self, failure: Failure) -> Outcome {
        Err(failure)
    }

    /// Waits for the function.
    fn work(
        &self,
        call: Later<'static, Result<Returned, Failure>>,
    ) -> Later<'static, Result<Returned, Failure>> {
        call
    }

    /// Encodes what the function returned.
    fn encode(&self, returned: Returned) -> Outcome {
        returned.encode()
    }

    /// Whether an outcome is answered.
    fn is_answered(&self, _outcome: &mut Outcome) -> bool {
        true
    }

    /// The body of a response.
    fn body(&self, body: Vec<u8>) -> Vec<u8> {
        body
    }

    /// Changes the report of a failure, in the setup or in an invocation.
    fn report(&self, _failure: &Failure, _init: bool, _call: &mut Call) {}

    /// Sends the answer; `None` if someone else sends it.
    fn deliver<'a>(
        &'a self,
        client: &'a mut Client,
        call: &'a mut Call,
        _failure: Option<&'a Failure>,
    ) -> Later<'a, Option<Replied>> {
        Box::pin(async { Some(client.send(call).await) })
    }

    /// Takes the parts of a stream over, before the first one goes out.
    fn parts(&self, parts: Parts) -> Later<'static, Parts> {
        at_once(parts)
    }

    /// The bytes before a stream of the HTTP integration.
    fn prelude(&self, prelude: Vec<u8>) -> Vec<u8> {
        [prelude.as_slice(), &NULS].concat()
    }

    /// Runs before a stream ends, which may have failed.
    fn before_end<'a>(
        &'a self,
        _settings: &'a Settings,
        _invocation: &'a Invocation,
        _failure: Option<&'a Failure>,
    ) -> Later<'a, ()> {
        at_once(())
    }

    /// Runs when the service has ended a stream before the function did.
    fn cut_short<'a>(&'a self) -> Later<'a, ()> {
        at_once(())
    }

    /// What ends a stream that is whole, in addition to its last chunk.
    fn whole_frame(&self) -> Option<Frame<Bytes>> {
        None
    }

    /// What ends a stream that fails.
    fn last_frame(&self, failure: &Failure) -> Option<Frame<Bytes>> {
        Some(Frame::trailers(trailers(failure)))
    }

    /// Runs after the answer; gives the last reply.
    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        at_once(sent.reply)
    }

    /// Whether the runtime ends after this reply to an answer.
    fn ends_on(&self, status: StatusCode, _failure: Option<&Failure>) -> bool {
        status.is_server_error()
    }

    /// Runs when an invocation is over and the runtime goes on.
    fn finish(&self, _failed: bool) {}

    /// Changes a call before it is sent.
    fn request(&self, _call: &mut Call) {}

    /// How long to wait before a call.
    fn pause(&self) -> Duration {
        Duration::ZERO
    }

    /// How a call is sent.
    fn way(&self, _call: &Call) -> Way {
        Way::default()
    }

    /// Whether polls and answers have separate connections.
    fn two_connections(&self) -> bool {
        false
    }

    /// Whether header names are in lower case.
    fn lower_case_names(&self) -> bool {
        false
    }

    /// Whether the next part of a reply is dropped; `had` came before it.
    fn ignores(&self, _had: &[u8], _whole: Option<u64>) -> bool {
        false
    }

    /// Whether a body that broke off is used.
    fn takes_parts(&self) -> bool {
        false
    }

    /// Runs when an idle connection turns out to be closed.
    fn found_closed(&self, _announced: bool) {}

    /// How long to wait before the next try to connect, if there is one.
    fn connects_again(&self, _tries: usize) -> Option<Duration> {
        None
    }

    /// Runs when nothing listens.
    fn unreachable<'a>(&'a self) -> Later<'a, ()> {
        at_once(())
    }

    /// What is printed of a text of the function; `None` if nothing is.
    fn printed<'a>(
        &self,
        _format: LogFormat,
        _stream: Stream,
        text: &'a str,
    ) -> Option<Cow<'a, str>> {
        Some(text.into())
    }

    /// Where the runtime's own lines go.
    fn stream(&self) -> Stream {
        Stream::Stderr
    }

    /// The format of a line.
    fn format(&self, format: LogFormat) -> LogFormat {
        format
    }

    /// Whether a line is hidden at this level, whatever its own level is.
    fn hides(&self, _entry: &Entry<'_>, _level: LogLevel) -> bool {
        false
    }

    /// Changes the members of a JSON line.
    fn line(&self, _entry: &Entry<'_>, _now: SystemTime, _line: &mut Line<'_>) {}

    /// Changes the text of a JSON line.
    fn json(&self, line: String) -> String {
        line
    }

    /// The request id in a text line.
    fn text_id(&self, id: &str) -> String {
        id.to_owned()
    }

    /// A text line.
    fn text(&self, begin: &str, message: &str) -> String {
        format!("{begin}{message}\n")
    }

    /// The request id in a line of the function's logger.
    fn logger_id(&self, id: &str) -> Option<String> {
        Some(id.to_owned())
    }

    /// A line of the function's logger.
    fn logger(&self, line: String) -> String {
        line
    }

    /// What the function reports of its context.
    fn view(&self, view: Box<RawValue>) -> Box<RawValue> {
        view
    }

    /// The variable with the trace id.
    fn trace<'a>(&self, trace: Option<&'a str>) -> Option<&'a str> {
        trace
    }

    /// Runs before the function ends its process.
    fn wish(&self, _wish: Wish<'_>) {}

    /// How often the static code has run.
    fn inits(&self, inits: u64, _calls: u64) -> u64 {
        inits
    }

    /// Changes how a child of the function is started.
    fn spawn(&self, _command: &mut Command) {}

    /// Runs when it is running.
    fn spawned(&self, _child: Child) {}

    /// Runs when the function fails after its answer.
    fn failed_late<'a>(&'a self, _settings: &'a Settings) -> Later<'a, ()> {
        at_once(())
    }
}
