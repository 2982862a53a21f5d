//! The calls of all APIs of an execution environment in one table, and the routing of requests.

use super::{Mode, REPORT_BYTES_MAX, RESPONSE_BYTES_MAX, credentials, metadata};

/// The version part of every path of the Runtime API.
pub const API_VERSION: &str = "2018-06-01";

/// What a request is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// The runtime wants the next event.
    Next,
    /// The result of the invocation with this id.
    Response(String),
    /// The error of the invocation with this id.
    Error(String),
    /// The runtime could not start.
    InitError,
    /// The runtime may be copied now, and waits until it is restored.
    RestoreNext,
    /// The runtime failed after it was restored.
    RestoreError,
    /// A test whether the service answers.
    Ping,
    /// An extension registers.
    Register,
    /// An extension wants its next event.
    EventNext,
    /// An extension could not start.
    ExtensionInitError,
    /// An extension is about to end.
    ExtensionExitError,
    /// A subscription to telemetry.
    Telemetry,
    /// A subscription to logs.
    Logs,
    /// The metadata: where the environment runs.
    Metadata,
    /// The credentials of an environment with SnapStart.
    Credentials,
}

/// An API of an execution environment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Api {
    /// For the runtime, and the subject of most of the law.
    Runtime,
    /// For extensions, internal ones included: Extensions, Telemetry and Logs API.
    Extensions,
    /// For every process of the environment: metadata and credentials.
    Metadata,
}

/// A line of the table.
struct Row {
    method: &'static str,
    /// `{id}` stands for the id of an invocation.
    path: &'static str,
    api: Api,
    make: fn(String) -> Endpoint,
}

const fn row(
    api: Api,
    method: &'static str,
    path: &'static str,
    make: fn(String) -> Endpoint,
) -> Row {
    Row {
        method,
        path,
        api,
        make,
    }
}

/// Every call of an environment. The API says who may make it.
#[rustfmt::skip]
const TABLE: [Row; 15] = [
    row(Api::Runtime, "GET", "/2018-06-01/runtime/invocation/next", |_| Endpoint::Next),
    row(Api::Runtime, "POST", "/2018-06-01/runtime/invocation/{id}/response", Endpoint::Response),
    row(Api::Runtime, "POST", "/2018-06-01/runtime/invocation/{id}/error", Endpoint::Error),
    row(Api::Runtime, "POST", "/2018-06-01/runtime/init/error", |_| Endpoint::InitError),
    row(Api::Runtime, "GET", "/2018-06-01/runtime/restore/next", |_| Endpoint::RestoreNext),
    row(Api::Runtime, "POST", "/2018-06-01/runtime/restore/error", |_| Endpoint::RestoreError),
    row(Api::Runtime, "GET", "/2018-06-01/ping", |_| Endpoint::Ping),
    row(Api::Extensions, "POST", "/2020-01-01/extension/register", |_| Endpoint::Register),
    row(Api::Extensions, "GET", "/2020-01-01/extension/event/next", |_| Endpoint::EventNext),
    row(Api::Extensions, "POST", "/2020-01-01/extension/init/error", |_| Endpoint::ExtensionInitError),
    row(Api::Extensions, "POST", "/2020-01-01/extension/exit/error", |_| Endpoint::ExtensionExitError),
    row(Api::Extensions, "PUT", "/2022-07-01/telemetry", |_| Endpoint::Telemetry),
    row(Api::Extensions, "PUT", "/2020-08-15/logs", |_| Endpoint::Logs),
    row(Api::Metadata, "GET", metadata::PATH, |_| Endpoint::Metadata),
    row(Api::Metadata, "GET", credentials::PATH, |_| Endpoint::Credentials),
];

/// The first path segments of the other APIs.
const OTHER_VERSIONS: [&str; 5] = [
    "2020-01-01",
    "2020-08-15",
    "2021-04-23",
    "2022-07-01",
    "2026-01-15",
];

/// Where a request line leads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// A call of the Runtime API.
    Known(Endpoint),
    /// A path of the Runtime API, with another method than `allow`.
    WrongMethod {
        /// The call that this path belongs to.
        endpoint: Endpoint,
        /// The only method that it accepts.
        allow: &'static str,
    },
    /// A path of another API of the environment, with any method: its call, or `None` if the API has no such path.
    Other(Option<Endpoint>),
    /// Any other path.
    NotFound,
}

impl Endpoint {
    fn row(&self) -> &'static Row {
        let same = |row: &&Row| {
            let made = (row.make)(String::new());
            std::mem::discriminant(&made) == std::mem::discriminant(self)
        };
        TABLE.iter().find(same).expect("each call has its line")
    }

    /// The only method of this call.
    pub fn method(&self) -> &'static str {
        self.row().method
    }

    /// The API that it belongs to.
    pub fn api(&self) -> Api {
        self.row().api
    }

    /// Whether an environment in this mode has it.
    fn is_offered(&self, mode: Mode) -> bool {
        match self {
            Self::RestoreNext | Self::RestoreError | Self::Credentials => mode == Mode::SnapStart,
            Self::Logs => !mode.is_concurrent(),
            Self::Next
            | Self::Response(_)
            | Self::Error(_)
            | Self::InitError
            | Self::Ping
            | Self::Register
            | Self::EventNext
            | Self::ExtensionInitError
            | Self::ExtensionExitError
            | Self::Telemetry
            | Self::Metadata => true,
        }
    }

    /// The longest body of such a call, in bytes, inclusive; a longer one gets 413.
    pub fn body_bytes_max(&self, mode: Mode) -> Option<u64> {
        match self {
            Self::Response(_) => Some(RESPONSE_BYTES_MAX),
            Self::Error(_)
            | Self::InitError
            | Self::Register
            | Self::EventNext
            | Self::ExtensionInitError
            | Self::ExtensionExitError
            | Self::Telemetry
            | Self::Logs => mode.is_concurrent().then_some(REPORT_BYTES_MAX),
            Self::Next
            | Self::RestoreNext
            | Self::RestoreError
            | Self::Ping
            | Self::Metadata
            | Self::Credentials => None,
        }
    }

    /// The invocation that this call answers, if it answers one.
    pub fn answers(&self) -> Option<&str> {
        match self {
            Self::Response(id) | Self::Error(id) => Some(id),
            Self::Next
            | Self::InitError
            | Self::RestoreNext
            | Self::RestoreError
            | Self::Ping
            | Self::Register
            | Self::EventNext
            | Self::ExtensionInitError
            | Self::ExtensionExitError
            | Self::Telemetry
            | Self::Logs
            | Self::Metadata
            | Self::Credentials => None,
        }
    }

    fn at(mode: Mode, path: &str) -> Option<Self> {
        let found = TABLE.iter().find_map(|row| {
            let id = match row.path.split_once("{id}") {
                None => (row.path == path).then_some("")?,
                Some((before, after)) => path.strip_prefix(before)?.strip_suffix(after)?,
            };
            (!id.contains('/')).then(|| (row.make)(request_id(id)))
        });
        found.filter(|endpoint| endpoint.is_offered(mode))
    }
}

impl Route {
    /// Whether it leads to the Runtime API, or to no API.
    pub fn is_of_runtime(&self) -> bool {
        match self {
            Self::Known(_) | Self::WrongMethod { .. } | Self::NotFound => true,
            Self::Other(_) => false,
        }
    }

    /// Routes a request line as the service does: exact paths, any query ignored, with or without a host before them.
    pub fn of(mode: Mode, method: &str, target: &str) -> Self {
        let path = target.split('?').next().unwrap_or_default();
        let path = match path.strip_prefix("http://") {
            Some(absolute) => absolute
                .find('/')
                .and_then(|at| absolute.get(at..))
                .unwrap_or_default(),
            None => path,
        };
        let version = path.split('/').nth(1).unwrap_or_default();
        match Endpoint::at(mode, path) {
            None if path.starts_with('/') && OTHER_VERSIONS.contains(&version) => Self::Other(None),
            None => Self::NotFound,
            Some(endpoint) if endpoint.api() != Api::Runtime => Self::Other(Some(endpoint)),
            Some(endpoint) if endpoint.method() == method => Self::Known(endpoint),
            Some(endpoint) => Self::WrongMethod {
                allow: endpoint.method(),
                endpoint,
            },
        }
    }

    /// The call of the Runtime API, if the method is right.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Known(endpoint) => Some(endpoint),
            Self::WrongMethod { .. } | Self::Other(_) | Self::NotFound => None,
        }
    }
}
/// The id in a path segment. If more of the segment is encoded than necessary, the service compares the encoded text. It is
/// unknown what the service does with an id that cannot stand in a path: it never makes one.
fn request_id(segment: &str) -> String {
    let needless = segment.split('%').skip(1).any(|escape| {
        let code = escape
            .get(..2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        code.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    });
    match needless {
        true => segment.to_owned(),
        false => percent_decode(segment),
    }
}

/// Decodes `%XX`; what is not a valid escape stays as it is.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = (byte == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        out.push(escape.unwrap_or(byte));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_follow_the_service() {
        let known = |endpoint| Route::Known(endpoint);
        let check = |line: &str, expect: Route| {
            let (method, target) = line.split_once(' ').expect("a method and a target");
            assert_eq!(Route::of(Mode::OnDemand, method, target), expect, "{line}");
        };
        check(
            "GET /2018-06-01/runtime/invocation/next",
            known(Endpoint::Next),
        );
        check(
            "POST /2018-06-01/runtime/invocation/a%2Fb/response",
            known(Endpoint::Response("a/b".into())),
        );
        check(
            "POST /2018-06-01/runtime/invocation/a%2Db%2Fc/response",
            known(Endpoint::Response("a%2Db%2Fc".into())),
        );
        check(
            "GET http://localhost:9001/2018-06-01/runtime/invocation/next?a=b",
            known(Endpoint::Next),
        );
        check("GET http://localhost:9001", Route::NotFound);
        check(
            "POST /2018-06-01/runtime/invocation//error",
            known(Endpoint::Error(String::new())),
        );
        check("GET /2018-06-01/runtime/invocation/next/", Route::NotFound);
        check("GET //2018-06-01/runtime/invocation/next", Route::NotFound);
        check("GET /2018-06-02/runtime/invocation/next", Route::NotFound);
        check(
            "GET /2020-01-01/extension/event/next",
            Route::Other(Some(Endpoint::EventNext)),
        );
        check("GET /2020-01-01/extension/other", Route::Other(None));
        check("GET /2018-06-01/runtime/restore/next", Route::NotFound);
        check(
            "HEAD /2018-06-01/runtime/invocation/next",
            Route::WrongMethod {
                endpoint: Endpoint::Next,
                allow: "GET",
            },
        );
    }

    #[test]
    fn what_an_environment_offers_follows_its_mode() {
        let managed = Mode::ManagedInstances { max_concurrency: 2 };
        let restore = |mode| Route::of(mode, "GET", "/2018-06-01/runtime/restore/next");
        assert_eq!(
            restore(Mode::SnapStart),
            Route::Known(Endpoint::RestoreNext)
        );
        assert_eq!(restore(managed), Route::NotFound);
        assert_eq!(
            Route::of(managed, "PUT", "/2020-08-15/logs"),
            Route::Other(None)
        );
        let most = |mode| Endpoint::InitError.body_bytes_max(mode);
        assert_eq!(
            (most(Mode::OnDemand), most(managed)),
            (None, Some(1_048_576))
        );
    }

    #[test]
    fn each_call_finds_its_own_line() {
        for row in &TABLE {
            assert_eq!((row.make)(String::new()).row().path, row.path);
        }
    }
}
