//! Which hosts and pages may call: a page of another site may make a browser call us.

use std::net::IpAddr;

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderName, HeaderValue, ORIGIN, VARY,
};
use hyper::{HeaderMap, Method};

use crate::protocol::invoke::{Refusal, SHOWN_TO_PAGES};

/// Says which hosts may call.
const ALLOW_HOST: &str = "allow a name by --allow-host NAME";

/// Says which pages may call.
const ALLOW_ORIGIN: &str = "a page of another site may not call; allow one by --cors ORIGIN";

/// Who may call, in addition to callers by loopback or by an address.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Names by which callers may call.
    pub hosts: Vec<String>,
    /// Pages of other sites that may invoke the function, such as `http://localhost:3000`.
    pub origins: Vec<String>,
}

impl Allowed {
    /// Why a call is refused before it is read. A page of another site gets no further than the invoke door.
    pub(super) fn refuses(&self, headers: &HeaderMap, place: Place) -> Option<Refusal> {
        let host = text(headers, &HOST);
        if let Some(origin) = text(headers, &ORIGIN) {
            let own = origin.split_once("://").map(|(_, host)| host);
            let is_own = own == host && own.is_some_and(|host| self.is_ours(host));
            let is_guest = match place {
                Place::Page => false,
                Place::Door => self.is_guest(origin),
            };
            if !is_own && !is_guest {
                return Some(Refusal::foreign("Origin", origin, ALLOW_ORIGIN));
            }
        }
        let host = host.filter(|host| !self.is_ours(host))?;
        Some(Refusal::foreign("Host", host, ALLOW_HOST))
    }

    fn is_guest(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == origin)
    }

    /// Whether a host, with or without a port, is a name of loopback, any address, or one that is allowed. A page can point
    /// its own name at this machine, but no number.
    fn is_ours(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => host,
        };
        let number = name.trim_start_matches('[').trim_end_matches(']');
        let mut names = self.hosts.iter();
        let known = names.any(|known| known.eq_ignore_ascii_case(name));
        known || name.eq_ignore_ascii_case("localhost") || number.parse::<IpAddr>().is_ok()
    }

    /// The headers that let the page of an allowed origin read an answer.
    pub(super) fn opened(&self, asked: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.origins.is_empty() {
            return headers;
        }
        headers.insert(VARY, HeaderValue::from_static("Origin"));
        let origin = text(asked, &ORIGIN).filter(|origin| self.is_guest(origin));
        if let Some(origin) = origin.and_then(|_| asked.get(ORIGIN)) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let shown = HeaderValue::from_static(SHOWN_TO_PAGES);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, shown);
        }
        headers
    }
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// To the function.
    Door,
    /// To the page of ricspec.
    Page,
}

/// Whether a browser asks if its page may call.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page may do that is allowed to call: headers of the answer to a browser that asks.
pub(super) fn permission(asked: &HeaderMap) -> HeaderMap {
    let fixed = HeaderValue::from_static;
    let mut headers = HeaderMap::new();
    let methods = asked.get(ACCESS_CONTROL_REQUEST_METHOD);
    headers.extend(methods.map(|method| (ACCESS_CONTROL_ALLOW_METHODS, method.clone())));
    let names = asked.get(ACCESS_CONTROL_REQUEST_HEADERS);
    headers.extend(names.map(|names| (ACCESS_CONTROL_ALLOW_HEADERS, names.clone())));
    // Browsers ask again when this time has passed, in seconds.
    headers.insert(ACCESS_CONTROL_MAX_AGE, fixed("600"));
    // A page of the internet may call a machine at home only by this.
    let network = HeaderName::from_static("access-control-allow-private-network");
    headers.insert(network, fixed("true"));
    headers
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}
