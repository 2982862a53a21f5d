//! The extensions of one environment: their registration, the replies to their calls, and their events.
//!
//! An external extension is a process of its own, which is started before the runtime and registers under the name of its
//! file; an internal one registers from inside the runtime. The runtime gets no event before each of them has asked for its
//! own next event, and an invocation is over only when those that get its event have asked again. One that has reported an
//! error is waited for all the same: the service goes on only when its process ends.

mod budget;
mod call;
mod event;
mod overrule;
mod registration;
mod state;
mod told;

use serde_json::{Map, Value, json};

pub use call::place_of;
use call::{event_identifier, given, identified, identifier, refusal};
pub use event::Invoke;
use event::shutdown;
use registration::{Asker, Unfit, Wish, wishes};
use state::State;

use crate::protocol::other_call::{OtherCall, OtherReply, OtherRuling};
use crate::protocol::{Function, Mode, header};

/// How many may register.
pub const EXTENSIONS_MAX: usize = 10;

#[derive(Debug)]
struct Extension {
    name: String,
    identifier: String,
    state: State,
    wishes: Vec<Wish>,
    /// Its index among those that were started; `None` for an internal one.
    started: Option<usize>,
    /// The exchanges of its registration, of its polls, and of the one that waits.
    registration: Option<usize>,
    polls: Vec<usize>,
    poll: Option<usize>,
    /// Whether it has asked for its next event since the service began to wait for it.
    has_asked: bool,
    /// What it is told on its next poll: an event that came while it did not wait.
    owed: Option<OtherReply>,
}

/// The extensions of one environment.
#[derive(Debug)]
pub struct Extensions {
    mode: Mode,
    function: Function,
    all: Vec<Extension>,
    closed: bool,
    /// How many got the event of an invocation.
    told: usize,
}

impl Extension {
    fn new(name: String, index: usize, started: Option<usize>) -> Self {
        Self {
            name,
            identifier: identifier(index),
            state: State::Started,
            wishes: Vec::new(),
            started,
            registration: None,
            polls: Vec::new(),
            poll: None,
            has_asked: false,
            owed: None,
        }
    }

    /// Changes the state; `known_as` is the service's name of the state if it refuses.
    fn transit(
        &mut self,
        next: State,
        mode: Mode,
        known_as: fn(&Self) -> &str,
    ) -> Result<(), OtherReply> {
        if !self.state.may_become(next) {
            // The two services write the same text in their own ways.
            let fault = match mode.is_concurrent() {
                true => "state transition is not allowed",
                false => "State transition is not allowed",
            };
            return Err(self.no_transition(next, known_as(self), fault));
        }
        self.state = next;
        Ok(())
    }

    fn no_transition(&self, next: State, known_as: &str, fault: &str) -> OtherReply {
        let (from, to) = (self.state.name(), next.wanted());
        let message = format!(
            "State transition from {from} to {to} failed for extension {known_as}. Error: {fault}"
        );
        refusal("Extension.InvalidExtensionState", message)
    }

    /// Answers the poll that waits, if one does: with an event, or with a refusal if the extension has reported an error since.
    fn release(&mut self, event: &OtherReply, mode: Mode) -> Option<(usize, OtherReply)> {
        let poll = self.poll.take()?;
        if self.state == State::Ready {
            self.state = State::Running;
            return Some((poll, event.clone()));
        }
        let fault = match mode.is_concurrent() {
            true => "concurrent state modification",
            false => "Concurrent state modification",
        };
        let refusal = self.no_transition(State::Ready, &self.identifier, fault);
        Some((poll, refusal))
    }
}

impl Extensions {
    /// Those of a fresh environment, where these were started, by the names of their files.
    pub fn new(mode: Mode, function: Function, started: &[String]) -> Self {
        let names = started.iter().cloned().enumerate();
        Self {
            mode,
            function,
            all: names
                .map(|(place, name)| Extension::new(name, place, Some(place)))
                .collect(),
            closed: false,
            told: 0,
        }
    }

    /// The runtime asks for its first event: no internal extension can register any longer.
    pub(in crate::protocol) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether each of those that were started has registered.
    pub fn have_registered(&self) -> bool {
        let mut all = self.all.iter();
        all.all(|extension| extension.state != State::Started)
    }

    /// Whether one of them gets the event of each invocation.
    pub fn hear_of_invocations(&self) -> bool {
        let mut all = self.all.iter();
        all.any(|extension| extension.wishes.contains(&Wish::Invoke))
    }

    /// Whether each of them has asked for its next event, so that the runtime may get its own.
    pub fn are_ready(&self) -> bool {
        self.awaited().is_none()
    }

    /// An external extension that has not asked for its next event, although the runtime's next event depends on it.
    pub fn awaited_external(&self) -> Option<usize> {
        self.awaited().and_then(|extension| extension.started)
    }

    /// Whether one that was started waits for an event.
    pub fn is_waiting(&self, started: usize) -> bool {
        let extension = self.of_started(started);
        extension.is_some_and(|extension| extension.poll.is_some())
    }

    fn awaited(&self) -> Option<&Extension> {
        self.all.iter().find(|extension| !extension.has_asked)
    }

    /// The exchange by which one that was started has registered.
    pub fn registration_of(&self, started: usize) -> Option<usize> {
        self.of_started(started)?.registration
    }

    /// The n-th poll of one that was started, counted from 0, answered or not.
    pub fn poll_of(&self, started: usize, nth: usize) -> Option<usize> {
        self.of_started(started)?.polls.get(nth).copied()
    }

    /// Whether one that was started gets the event for the end of the environment.
    pub fn hears_of_shutdown(&self, started: usize) -> bool {
        let extension = self.of_started(started);
        extension.is_some_and(|extension| extension.wishes.contains(&Wish::Shutdown))
    }

    fn of_started_mut(&mut self, started: usize) -> Option<&mut Extension> {
        let mut all = self.all.iter_mut();
        all.find(|extension| extension.started == Some(started))
    }

    fn of_started(&self, started: usize) -> Option<&Extension> {
        let mut all = self.all.iter();
        all.find(|extension| extension.started == Some(started))
    }

    /// An event is delivered to the runtime: the polls that get the extensions' event, with this event.
    pub fn invoke(&mut self, invoke: &Invoke<'_>) -> Vec<(usize, OtherReply)> {
        let mut told = Vec::new();
        for extension in &mut self.all {
            if !extension.wishes.contains(&Wish::Invoke) {
                continue;
            }
            let event = invoke.reply(event_identifier(self.told));
            extension.has_asked = false;
            told.extend(extension.release(&event, self.mode));
            self.told += 1;
        }
        told
    }

    /// The environment ends, and the runtime is gone: the polls of external extensions that get the event for this. One that
    /// does not wait gets it on its next poll.
    pub fn shut_down(
        &mut self,
        reason: &'static str,
        deadline_ms: u64,
    ) -> Vec<(usize, OtherReply)> {
        let event = shutdown(reason, deadline_ms);
        let mut told = Vec::new();
        for extension in &mut self.all {
            if !extension.wishes.contains(&Wish::Shutdown) {
                continue;
            }
            match extension.release(&event, self.mode) {
                Some(answered) => told.push(answered),
                None => extension.owed = Some(event.clone()),
            }
        }
        told
    }

    /// POST `register`: checks the name, then the body, then the environment.
    pub(in crate::protocol) fn register(&mut self, call: &OtherCall) -> OtherReply {
        self.try_register(call)
            .unwrap_or_else(std::convert::identity)
    }

    fn try_register(&mut self, call: &OtherCall) -> Result<OtherReply, OtherReply> {
        let name = given(call, header::EXTENSION_NAME)
            .ok_or_else(|| refusal("Extension.InvalidExtensionName", "Empty extension name"))?;
        let known = self.all.iter().position(|known| known.name == *name);
        let is_external = |at: &usize| self.all.get(*at).is_some_and(|it| it.started.is_some());
        let external = known.filter(is_external);
        let asker = Asker {
            is_internal: external.is_none(),
            mode: self.mode,
        };
        let wishes = wishes(&call.body, asker).map_err(|unfit| match unfit {
            Unfit::Format(fault) => refusal("InvalidRequestFormat", fault),
            Unfit::Event(fault) => refusal("Extension.InvalidEventType", fault),
        })?;
        let index = match external {
            Some(index) => index,
            None => self.enter(name, known)?,
        };
        let (document, mode) = (self.function_document(call), self.mode);
        let extension = self.all.get_mut(index).expect("it was just found");
        extension.transit(State::Registered, mode, |extension| &extension.name)?;
        extension.wishes = wishes;
        extension.registration = Some(call.exchange);
        let mut reply = OtherReply::json(200, &document);
        let identifier = extension.identifier.clone();
        reply
            .headers
            .push((header::EXTENSION_IDENTIFIER, identifier));
        Ok(reply)
    }

    /// Adds an internal extension, unless there is one with this name.
    fn enter(&mut self, name: &str, known: Option<usize>) -> Result<usize, OtherReply> {
        let index = self.all.len();
        if self.closed {
            let message = "Extension registration closed already";
            return Err(refusal("Extension.RegistrationClosed", message));
        }
        if index >= EXTENSIONS_MAX {
            let message = format!("Extension limit ({EXTENSIONS_MAX}) reached");
            return Err(refusal("Extension.TooManyExtensions", message));
        }
        if known.is_some() {
            let message = "Extension with this name already registered";
            return Err(refusal("Extension.InvalidExtensionState", message));
        }
        self.all.push(Extension::new(name.to_owned(), index, None));
        Ok(index)
    }

    fn function_document(&self, call: &OtherCall) -> Value {
        let mut document = Map::new();
        let features = call
            .head
            .header(header::EXTENSION_FEATURES)
            .unwrap_or_default();
        if features
            .split(',')
            .any(|feature| feature.trim() == "accountId")
        {
            document.insert("accountId".to_owned(), json!(self.function.account));
        }
        for (member, value) in [
            ("functionName", &self.function.name),
            ("functionVersion", &self.function.version),
            ("handler", &self.function.handler),
        ] {
            document.insert(member.to_owned(), json!(value));
        }
        Value::Object(document)
    }

    /// GET `event/next`
    pub(in crate::protocol) fn event_next(&mut self, call: &OtherCall) -> OtherRuling {
        let unknown = |identifier: &str| format!("Unknown extension {identifier}");
        let mode = self.mode;
        let owed = self.find(call, unknown).and_then(|extension| {
            extension.transit(State::Ready, mode, |extension| &extension.identifier)?;
            extension.polls.push(call.exchange);
            extension.poll = Some(call.exchange);
            extension.has_asked = true;
            let owed = extension.owed.take();
            if let Some(event) = &owed {
                extension.release(event, mode);
            }
            Ok(owed)
        });
        match owed {
            Ok(None) => OtherRuling::Hold,
            Ok(Some(event)) => event.into(),
            Err(refusal) => refusal.into(),
        }
    }

    /// POST `init/error`
    pub(in crate::protocol) fn init_error(&mut self, call: &OtherCall) -> OtherReply {
        self.fail(call, State::InitError)
            .unwrap_or_else(std::convert::identity)
    }

    /// POST `exit/error`
    pub(in crate::protocol) fn exit_error(&mut self, call: &OtherCall) -> OtherReply {
        self.fail(call, State::ExitError)
            .unwrap_or_else(std::convert::identity)
    }

    /// The identifier is checked before the error type, and the error type before the extension.
    fn fail(&mut self, call: &OtherCall, next: State) -> Result<OtherReply, OtherReply> {
        identified(call)?;
        if given(call, header::EXTENSION_ERROR_TYPE).is_none() {
            let message = format!("{} not found", header::EXTENSION_ERROR_TYPE);
            return Err(refusal("Extension.MissingHeader", message));
        }
        let unknown = |_: &str| format!("Unknown {}", header::EXTENSION_IDENTIFIER);
        let mode = self.mode;
        self.find(call, unknown)?
            .transit(next, mode, |extension| &extension.identifier)?;
        Ok(OtherReply::json(202, &json!({ "status": "OK" })))
    }

    fn find(
        &mut self,
        call: &OtherCall,
        unknown: impl Fn(&str) -> String,
    ) -> Result<&mut Extension, OtherReply> {
        let identifier = identified(call)?;
        let mut all = self.all.iter_mut();
        let found = all.find(|known| known.identifier == identifier);
        let type_name = "Extension.UnknownExtensionIdentifier";
        found.ok_or_else(|| refusal(type_name, unknown(&identifier)))
    }
}

#[cfg(test)]
mod tests;
