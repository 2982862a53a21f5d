//! Paths of the Runtime API, and what a request to one of them asks for.

use super::OtherApi;

/// The version part of every path.
pub const API_VERSION: &str = "2018-06-01";

/// What a request asks of the service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// GET `/runtime/invocation/next`
    Next,
    /// POST `/runtime/invocation/{id}/response`
    Response(String),
    /// POST `/runtime/invocation/{id}/error`
    Error(String),
    /// POST `/runtime/init/error`
    InitError,
    /// GET `/ping`
    Ping,
}

/// Where a request line leads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// A call that the service knows.
    Known(Endpoint),
    /// A path that the service knows, with another method than `allow`.
    WrongMethod {
        /// The call that the path would be.
        endpoint: Endpoint,
        /// The one method that it takes.
        allow: &'static str,
    },
    /// A path of another API of the environment, with any method: it is no call of the Runtime API.
    Other(OtherApi),
    /// Any other path.
    NotFound,
}

impl Endpoint {
    /// The one method that this endpoint takes.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Next | Self::Ping => "GET",
            Self::Response(_) | Self::Error(_) | Self::InitError => "POST",
        }
    }

    /// The invocation that this call answers, if it answers one.
    pub fn answers(&self) -> Option<&str> {
        match self {
            Self::Response(id) | Self::Error(id) => Some(id),
            Self::Next | Self::InitError | Self::Ping => None,
        }
    }

    fn at(path: &str) -> Option<Self> {
        let rest = path.strip_prefix('/')?.strip_prefix(API_VERSION)?;
        match rest {
            "/ping" => return Some(Self::Ping),
            "/runtime/invocation/next" => return Some(Self::Next),
            "/runtime/init/error" => return Some(Self::InitError),
            _ => {}
        }
        let (id, verb) = rest.strip_prefix("/runtime/invocation/")?.split_once('/')?;
        match verb {
            "response" => Some(Self::Response(request_id(id))),
            "error" => Some(Self::Error(request_id(id))),
            _ => None,
        }
    }
}

impl Route {
    /// Routes a request line as the service does: exact paths, any query ignored, with a host before them or without.
    pub fn of(method: &str, target: &str) -> Self {
        let path = target.split('?').next().unwrap_or_default();
        let path = match path.strip_prefix("http://") {
            Some(absolute) => absolute
                .find('/')
                .and_then(|at| absolute.get(at..))
                .unwrap_or_default(),
            None => path,
        };
        if let Some(other) = OtherApi::at(path) {
            return Self::Other(other);
        }
        match Endpoint::at(path) {
            None => Self::NotFound,
            Some(endpoint) if endpoint.method() == method => Self::Known(endpoint),
            Some(endpoint) => Self::WrongMethod {
                allow: endpoint.method(),
                endpoint,
            },
        }
    }
}

/// The id that a segment of a path means. The service compares a segment as it stands when more of it is encoded than
/// need be; an id that cannot stand in a path is none of the service's, so there its opinion is not known.
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
            assert_eq!(Route::of(method, target), expect, "{line}");
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
            Route::Other(OtherApi::EventNext),
        );
        check(
            "HEAD /2018-06-01/runtime/invocation/next",
            Route::WrongMethod {
                endpoint: Endpoint::Next,
                allow: "GET",
            },
        );
    }
}
