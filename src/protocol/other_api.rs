//! The APIs of an environment next to the Runtime API: the replies to their calls.

use serde::Deserialize;

use super::lifecycle::{Extensions, Feed, LogFormat, Subscriber, Telemetry};
use super::other_call::{OtherCall, OtherReply, OtherRuling};
use super::{Actor, Api, Endpoint, ErrorBody, Function, Mode, credentials, metadata};

/// Whether an environment has the APIs for extensions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ForExtensions {
    /// As Lambda does.
    #[default]
    Offered,
    /// All but those for telemetry, as in some emulators: each subscription gets 202.
    WithoutTelemetry,
    /// The service fails for an internal extension: 500.
    Failing(FailsAt),
    /// No, as in some emulators: each call gets 404.
    Missing,
}

/// The call of an internal extension at which the service fails.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum FailsAt {
    /// Its registration.
    Registration,
    /// Each wait for an event.
    Poll,
}

/// The state of all these APIs in one environment.
#[derive(Debug)]
pub struct OtherApis {
    /// The extensions.
    pub extensions: Extensions,
    /// The subscriptions.
    pub telemetry: Telemetry,
    for_extensions: ForExtensions,
    restored: bool,
}

impl OtherApis {
    /// The state in a fresh environment, in which these extensions were started, by their file names.
    pub fn new(
        mode: Mode,
        function: Function,
        format: LogFormat,
        for_extensions: ForExtensions,
        started: &[String],
    ) -> Self {
        Self {
            telemetry: Telemetry::new(mode, function.clone(), format),
            extensions: Extensions::new(mode, function, started),
            for_extensions,
            restored: false,
        }
    }

    /// The environment is restored: there are other credentials now.
    pub fn restore(&mut self) {
        self.restored = true;
    }

    /// The runtime asks for its first event: registration ends.
    pub fn close_registration(&mut self) {
        self.extensions.close();
    }

    /// Answers a call; `None` as endpoint if these APIs have no such path.
    pub fn answer(&mut self, endpoint: Option<&Endpoint>, call: &OtherCall) -> OtherRuling {
        let offered = |endpoint: &&Endpoint| {
            endpoint.api() == Api::Metadata || self.for_extensions != ForExtensions::Missing
        };
        let Some(endpoint) = endpoint.filter(offered) else {
            return OtherReply::text(404, "404 page not found\n").into();
        };
        if *endpoint != Endpoint::Metadata && call.head.method != endpoint.method() {
            return OtherReply::wrong_method(endpoint.method()).into();
        }
        match endpoint {
            Endpoint::Metadata => metadata::answer(call).into(),
            Endpoint::Register
                if self.fails_at(FailsAt::Registration)
                    && !self.extensions.is_of_external(call) =>
            {
                failure().into()
            }
            Endpoint::EventNext if self.fails_at(FailsAt::Poll) => {
                let ruling = self.extensions.event_next(call);
                match self.extensions.let_go(call) {
                    true => failure().into(),
                    false => ruling,
                }
            }
            Endpoint::Credentials => credentials::answer(call, self.restored).into(),
            Endpoint::Register => self.extensions.register(call).into(),
            Endpoint::EventNext => self.extensions.event_next(call),
            Endpoint::ExtensionInitError => self.extensions.init_error(call).into(),
            Endpoint::ExtensionExitError => self.extensions.exit_error(call).into(),
            Endpoint::Telemetry => self.subscribe(Feed::Telemetry, call).into(),
            Endpoint::Logs => self.subscribe(Feed::Logs, call).into(),
            Endpoint::Next
            | Endpoint::Response(_)
            | Endpoint::Error(_)
            | Endpoint::InitError
            | Endpoint::RestoreNext
            | Endpoint::RestoreError
            | Endpoint::Ping => unreachable!("calls of the Runtime API are not routed here"),
        }
    }

    fn fails_at(&self, call: FailsAt) -> bool {
        self.for_extensions == ForExtensions::Failing(call)
    }

    /// The identifier is checked before all else.
    fn subscribe(&mut self, feed: Feed, call: &OtherCall) -> OtherReply {
        if self.for_extensions == ForExtensions::WithoutTelemetry {
            return unsupported(feed.name());
        }
        let (name, started) = match self.extensions.caller(call) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        let subscriber = Subscriber {
            name,
            actor: started.map_or(Actor::Runtime, Actor::Extension),
            exchange: call.exchange,
        };
        self.telemetry
            .subscribe(feed, &subscriber, &call.body, call.at_unix_ms)
    }
}

fn failure() -> OtherReply {
    OtherReply::error(500, &ErrorBody::of_status(500))
}

/// Subscriptions are accepted, but nothing is ever sent: the replies are those of AWS's emulator.
fn unsupported(name: &str) -> OtherReply {
    let error = ErrorBody::new(
        &format!("{name}.NotSupported"),
        format!("{name} API is not supported"),
    );
    OtherReply::error(202, &error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::Head;
    use crate::protocol::Route;

    fn apis(for_extensions: ForExtensions) -> OtherApis {
        let (mode, format) = (Mode::OnDemand, LogFormat::Text);
        OtherApis::new(mode, Function::of_tests(), format, for_extensions, &[])
    }

    fn status(apis: &mut OtherApis, line: &str) -> u16 {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let Route::Other(endpoint) = Route::of(Mode::OnDemand, method, target) else {
            panic!("{line} is of another API");
        };
        let call = OtherCall {
            head: Head::of(method, &[]),
            ..OtherCall::default()
        };
        match apis.answer(endpoint.as_ref(), &call) {
            OtherRuling::Reply(reply) => reply.status,
            OtherRuling::Hold => 0,
        }
    }

    #[test]
    fn each_path_takes_its_method() {
        let mut apis = apis(ForExtensions::Offered);
        for (line, expect) in [
            ("POST /2020-01-01/extension/register", 403),
            ("GET /2020-01-01/extension/register", 405),
            ("GET /2020-01-01/extension/event/next", 403),
            ("POST /2020-01-01/extension/init/error", 403),
            ("POST /2020-01-01/extension/exit/error?a=b", 403),
            ("PUT /2022-07-01/telemetry", 403),
            ("POST /2022-07-01/telemetry", 405),
            ("PUT /2020-08-15/logs", 403),
            ("GET /2026-01-15/metadata/execution-environment", 401),
            ("GET /2020-01-01/extension/other", 404),
        ] {
            assert_eq!(status(&mut apis, line), expect, "{line}");
        }
    }

    #[test]
    fn without_telemetry_a_subscription_is_taken_and_forgotten() {
        let mut apis = apis(ForExtensions::WithoutTelemetry);
        for (line, expect) in [
            ("POST /2020-01-01/extension/register", 403),
            ("PUT /2022-07-01/telemetry", 202),
            ("PUT /2020-08-15/logs", 202),
        ] {
            assert_eq!(status(&mut apis, line), expect, "{line}");
        }
    }

    #[test]
    fn a_service_that_fails_takes_no_internal_extension() {
        let mut apis = apis(ForExtensions::Failing(FailsAt::Registration));
        for (line, expect) in [
            ("POST /2020-01-01/extension/register", 500),
            ("GET /2020-01-01/extension/event/next", 403),
        ] {
            assert_eq!(status(&mut apis, line), expect, "{line}");
        }
    }

    #[test]
    fn without_the_apis_for_extensions_the_metadata_are_there_all_the_same() {
        let mut apis = apis(ForExtensions::Missing);
        for (line, expect) in [
            ("POST /2020-01-01/extension/register", 404),
            ("PUT /2022-07-01/telemetry", 404),
            ("GET /2026-01-15/metadata/execution-environment", 401),
        ] {
            assert_eq!(status(&mut apis, line), expect, "{line}");
        }
    }
}
