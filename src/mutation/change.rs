//! The kinds of changes: each fills one hook of the reference runtime with a function.

mod answer;
mod look;
mod poll;

pub(super) use answer::{After, Again, EndsOn, RepostsAfterCut, of_the_other_kind, unchanged};
pub(super) use look::{
    after_head, ascii, deadline, first_id, head_of, is_answer, is_chunked, is_poll, is_response,
    json_of, own_client, parts, ping, raw,
};
pub(super) use poll::{AfterPoll, DiesOfJump, Late, PollTimesOut, ends_of_jump};

use std::borrow::Cow;
use std::future::pending;
use std::process::exit;
use std::time::SystemTime;

use hyper::StatusCode;
use hyper::body::{Bytes, Frame};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::process::{Child, Command};

use super::past::{self, Past};
use crate::reference::Outcome;
use crate::reference::client::{Call, Client, Reply};
use crate::reference::failure::Failure;
use crate::reference::fixture::Returned;
use crate::reference::hooks::{Hooks, Later, Replied, Wish};
use crate::reference::invocation::{Context, Invocation};
use crate::reference::log::{self, Entry, Line, Log, Stream};
use crate::reference::settings::{LogFormat, LogLevel, Settings};
use crate::reference::wire::{Forge, Way};

/// Changes that are the hook itself.
macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident = $hook:ident($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name(pub(super) fn($($type),*) $(-> $out)?);

        impl Hooks for $name {
            fn $hook(&self, $($arg: $type),*) $(-> $out)? {
                (self.0)($($arg),*)
            }
        }
    )*};
}

changes! {
    /// Changes the settings.
    Prepare = prepare(settings: &mut Settings);
    /// Changes the address.
    Address = address(settings: &Settings, api: &str) -> String;
    /// Changes a call before it is sent.
    Request = request(call: &mut Call);
    /// Changes the report of a failure.
    Reported = report(failure: &Failure, init: bool, call: &mut Call);
    /// Changes the reply to a poll.
    Received = read(reply: &mut Reply);
    /// Changes what is read of a reply.
    Ignores = ignores(had: &[u8], whole: Option<u64>) -> bool;
    /// Runs when an idle connection turns out to be closed.
    FoundClosed = found_closed(announced: bool);
    /// Looks at an outcome; says whether it is answered.
    Decided = is_answered(outcome: &mut Outcome) -> bool;
    /// Changes the result of an unreadable event.
    Unreadable = unreadable(failure: Failure) -> Outcome;
    /// Changes how a result becomes bytes.
    Encoded = encode(returned: Returned) -> Outcome;
    /// Changes what ends a stream that fails.
    LastFrame = last_frame(failure: &Failure) -> Option<Frame<Bytes>>;
    /// Changes the bytes before a stream of the HTTP integration.
    Prelude = prelude(prelude: Vec<u8>) -> Vec<u8>;
    /// Changes the bytes of a response.
    Body = body(body: Vec<u8>) -> Vec<u8>;
    /// Runs when an invocation is over.
    Finished = finish(failed: bool);
    /// Changes which lines are hidden.
    Hidden = hides(entry: &Entry<'_>, level: LogLevel) -> bool;
    /// Changes the format of the log.
    Format = format(format: LogFormat) -> LogFormat;
    /// Changes the members of a JSON line.
    Logged = line(entry: &Entry<'_>, now: SystemTime, line: &mut Line<'_>);
    /// Changes the text of a JSON line.
    JsonLine = json(line: String) -> String;
    /// Changes the request id in a text line.
    TextId = text_id(id: &str) -> String;
    /// Changes the request id in a line of the function's logger.
    LoggerId = logger_id(id: &str) -> Option<String>;
    /// Changes a line of the function's logger.
    LoggerLine = logger(line: String) -> String;
    /// Changes how the function ends its process.
    Wished = wish(wish: Wish<'_>);
    /// Changes how often the static code has run.
    Inits = inits(inits: u64, calls: u64) -> u64;
    /// Changes how a child is started.
    Spawn = spawn(command: &mut Command);
    /// Runs when a child is running.
    Spawned = spawned(child: Child);
}

/// Changes that may wait.
macro_rules! later {
    ($($(#[$doc:meta])* $name:ident = $hook:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name(pub(super) for<'a> fn($($type),*) -> Later<'a, $out>);

        impl Hooks for $name {
            fn $hook<'a>(&'a self, $($arg: $type),*) -> Later<'a, $out> {
                (self.0)($($arg),*)
            }
        }
    )*};
}

later! {
    /// Runs before the function is set up.
    Start = start(client: &'a mut Client, log: Log, settings: &'a Settings) -> ();
    /// Changes the report of a failed setup.
    InitReport = send_init_error(client: &'a mut Client, call: &'a Call) -> Replied;
    /// Runs after that report.
    AfterInit = after_init_error(client: &'a mut Client, call: &'a Call) -> ();
    /// Runs before the first poll.
    BeforePolls = before_polls(client: &'a mut Client, settings: &'a Settings) -> ();
    /// Runs after the environment is restored.
    AtRestore = restored(client: &'a mut Client, settings: &'a Settings) -> ();
    /// Runs before a stream ends.
    BeforeEnd = before_end(settings: &'a Settings, invocation: &'a Invocation, failure: Option<&'a Failure>) -> ();
    /// Runs at SIGTERM.
    AtTerm = at_term(settings: &'a Settings) -> ();
}

/// What the runtime does next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Then {
    /// The right thing.
    Ends,
    /// It polls again at once.
    Again,
    /// It does nothing more.
    Hangs,
    /// It exits with this code.
    Exits(i32),
}

impl Then {
    /// Whether it polls again.
    async fn polls_again(self) -> bool {
        match self {
            Self::Ends => false,
            Self::Again => true,
            Self::Hangs => pending().await,
            Self::Exits(code) => exit(code),
        }
    }
}

/// When nobody listens.
pub(super) struct Unreachable(pub(super) fn() -> Then);

impl Hooks for Unreachable {
    fn unreachable<'a>(&'a self) -> Later<'a, ()> {
        Box::pin(async {
            let _ = (self.0)().polls_again().await;
        })
    }
}

/// Changes how a call is sent.
pub(super) struct Wire(pub(super) fn(&Call, &mut Way));

impl Hooks for Wire {
    fn way(&self, call: &Call) -> Way {
        let mut way = Way::default();
        (self.0)(call, &mut way);
        way
    }
}

/// Changes the first bytes of a request, which hold its head.
pub(super) struct Forged(pub(super) fn(&Call, Vec<u8>) -> Vec<u8>);

impl Hooks for Forged {
    fn way(&self, call: &Call) -> Way {
        let (call, change) = (call.clone(), self.0);
        let forge: Forge = Box::new(move |bytes| change(&call, bytes));
        Way {
            forge: Some(forge),
            ..Way::default()
        }
    }
}

/// Exits on an event with such a reply.
pub(super) struct DiesOfReply(pub(super) fn(&Reply) -> bool);

impl Hooks for DiesOfReply {
    fn read(&self, reply: &mut Reply) {
        if reply.status == StatusCode::OK && (self.0)(reply) {
            log::complain("the event has a header too many or too few");
            exit(1);
        }
    }
}

/// Changes an invocation before the runtime looks at it.
pub(super) struct Taken(pub(super) fn(&mut Invocation, &Past));

impl Hooks for Taken {
    fn take(&self, invocation: &mut Invocation) {
        past::with(|past| (self.0)(invocation, past));
    }
}

/// Changes the text of an event.
pub(super) struct EventText(pub(super) fn(&str) -> String);

impl Hooks for EventText {
    fn take(&self, invocation: &mut Invocation) {
        invocation.event = (self.0)(&String::from_utf8_lossy(&invocation.event)).into();
    }
}

/// Changes the value of an event.
pub(super) struct EventJson(pub(super) fn(Value) -> Value);

impl Hooks for EventJson {
    fn take(&self, invocation: &mut Invocation) {
        if let Some(value) = json_of(&invocation.event) {
            invocation.event = (self.0)(value).to_string().into();
        }
    }
}

/// Exits on such an event.
pub(super) struct DiesOfEvent(pub(super) fn(&[u8]) -> bool);

impl Hooks for DiesOfEvent {
    fn take(&self, invocation: &mut Invocation) {
        if (self.0)(&invocation.event) {
            exit(1);
        }
    }
}

/// Runs before the function.
pub(super) struct BeforeWork(pub(super) fn(&Settings, &Invocation));

impl Hooks for BeforeWork {
    fn before_work<'a>(
        &'a self,
        _: &'a mut Client,
        _: Log,
        settings: &'a Settings,
        invocation: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async { (self.0)(settings, invocation) })
    }
}

/// Changes what the function sees of its invocation.
pub(super) struct Seen(pub(super) fn(&mut Context, &Past));

impl Hooks for Seen {
    fn context(
        &self,
        _: &Invocation,
        context: Result<Context, Failure>,
    ) -> Result<Context, Failure> {
        let mut context = context?;
        past::with(|past| (self.0)(&mut context, past));
        Ok(context)
    }
}

/// Changes what the function reports of its context.
pub(super) struct Shown(pub(super) fn(&mut Value));

impl Hooks for Shown {
    fn view(&self, view: Box<RawValue>) -> Box<RawValue> {
        let Some(before) = json_of(view.get().as_bytes()) else {
            return view;
        };
        let mut after = before.clone();
        (self.0)(&mut after);
        match after == before {
            true => view,
            false => RawValue::from_string(after.to_string()).unwrap_or(view),
        }
    }
}

/// Does not answer after such a failure.
pub(super) struct Drops(pub(super) fn(&Failure) -> bool);

impl Hooks for Drops {
    fn is_answered(&self, outcome: &mut Outcome) -> bool {
        !outcome.as_ref().is_err_and(self.0)
    }
}

/// Changes the text of a response.
pub(super) struct BodyText(pub(super) fn(String) -> String);

impl Hooks for BodyText {
    fn body(&self, body: Vec<u8>) -> Vec<u8> {
        (self.0)(String::from_utf8_lossy(&body).into_owned()).into_bytes()
    }
}

/// Changes an error document.
pub(super) struct Document(pub(super) fn(&Failure, bool, &mut Map<String, Value>));

impl Hooks for Document {
    fn report(&self, failure: &Failure, init: bool, call: &mut Call) {
        let body = call.body.as_deref().unwrap_or_default();
        let Some(Value::Object(before)) = json_of(body) else {
            return;
        };
        let mut after = before.clone();
        (self.0)(failure, init, &mut after);
        if after != before {
            call.body = Some(Value::Object(after).to_string().into());
        }
    }
}

/// Changes the message of a failed invocation.
pub(super) struct Message(pub(super) fn(&str) -> Value);

impl Hooks for Message {
    fn report(&self, failure: &Failure, init: bool, call: &mut Call) {
        let message = (self.0)(&failure.message);
        let body = call.body.as_deref().unwrap_or_default();
        if let Some(mut document) = json_of(body)
            && !init
            && message != failure.message.as_str()
        {
            document["errorMessage"] = message;
            call.body = Some(document.to_string().into());
        }
    }
}

/// Exits on such a failure when it is reported.
pub(super) struct DiesOfReport(pub(super) fn(&Failure) -> bool);

impl Hooks for DiesOfReport {
    fn report(&self, failure: &Failure, _: bool, _: &mut Call) {
        if (self.0)(failure) {
            exit(1);
        }
    }
}

/// Changes an answer before it is sent; it knows the failure that the answer reports.
pub(super) struct Sent(pub(super) fn(&mut Call, Option<&Failure>));

impl Hooks for Sent {
    fn deliver<'a>(
        &'a self,
        client: &'a mut Client,
        call: &'a mut Call,
        failure: Option<&'a Failure>,
    ) -> Later<'a, Option<Replied>> {
        (self.0)(call, failure);
        Box::pin(async { Some(client.send(call).await) })
    }
}

/// Changes what the function prints; `None` means that nothing is printed.
pub(super) struct Printed(
    pub(super) for<'a> fn(LogFormat, Stream, &'a str) -> Option<Cow<'a, str>>,
);

impl Hooks for Printed {
    fn printed<'a>(
        &self,
        format: LogFormat,
        stream: Stream,
        text: &'a str,
    ) -> Option<Cow<'a, str>> {
        (self.0)(format, stream, text)
    }
}
