//! Function URLs: an HTTP request as an event (payload format 2.0), and the result of the function as an HTTP answer.
//!
//! Pure. What a function URL adds on its way, such as its own domain, is that of the request itself.

mod prelude;

pub use prelude::{Prelude, STREAM_TYPE};

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::calendar::clf;

/// Bodies of these types, and of `text/*`, are text; others are sent in base64.
const TEXT_TYPES: [&str; 3] = [
    "application/json",
    "application/javascript",
    "application/xml",
];

/// The only stage and route that a function URL has.
const DEFAULT: &str = "$default";

/// A request as it came.
#[derive(Debug)]
pub struct UrlRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// What follows the question mark.
    pub query: &'a str,
    /// Such as `HTTP/1.1`.
    pub protocol: &'a str,
    /// All headers.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// The address of the caller.
    pub source_ip: &'a str,
    /// The id of the request.
    pub request_id: &'a str,
    /// When it came, in milliseconds since the Unix epoch.
    pub at_unix_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UrlEvent<'a> {
    version: &'static str,
    route_key: &'static str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<&'a str>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'static str,
    api_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'static str,
    stage: &'static str,
    time: String,
    time_epoch: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'a str,
    source_ip: &'a str,
    user_agent: &'a str,
}

impl UrlRequest<'_> {
    /// The event.
    pub fn event(&self) -> Vec<u8> {
        let named = |name: &str| {
            let mut all = self.headers.iter();
            let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map_or("", |(_, value)| value.as_str())
        };
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        let mut cookies = Vec::new();
        for (name, value) in self.headers {
            match name.to_ascii_lowercase() {
                name if name == "cookie" => cookies.extend(value.split(';').map(str::trim)),
                name => add(&mut headers, name, value),
            }
        }
        let mut parameters = BTreeMap::new();
        for part in self.query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            add(&mut parameters, plain(name), &plain(value));
        }
        let host = named("host");
        let domain_name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let domain_prefix = domain_name.split('.').next().unwrap_or_default();
        let (body, is_base64_encoded) = body_of(self.body, named("content-type"));
        let event = UrlEvent {
            version: "2.0",
            route_key: DEFAULT,
            raw_path: self.path,
            raw_query_string: self.query,
            cookies,
            headers,
            query_string_parameters: parameters,
            request_context: Context {
                account_id: "anonymous",
                api_id: domain_prefix,
                domain_name,
                domain_prefix,
                http: Http {
                    method: self.method,
                    path: self.path,
                    protocol: self.protocol,
                    source_ip: self.source_ip,
                    user_agent: named("user-agent"),
                },
                request_id: self.request_id,
                route_key: DEFAULT,
                stage: DEFAULT,
                time: clf(self.at_unix_ms),
                time_epoch: self.at_unix_ms,
            },
            body,
            is_base64_encoded,
        };
        serde_json::to_vec(&event).expect("texts and numbers always serialise")
    }
}

/// Several values of one name become one, with commas.
fn add(known: &mut BTreeMap<String, String>, name: String, value: &str) {
    let entry = known.entry(name);
    entry
        .and_modify(|all| {
            all.push(',');
            all.push_str(value);
        })
        .or_insert_with(|| value.to_owned());
}

/// A part of a query, decoded.
fn plain(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, hex) {
            (_, Some(byte)) => bytes.push(byte),
            (b'+', None) => bytes.push(b' '),
            (byte, None) => bytes.push(*byte),
        }
        rest = match hex {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The body in the event, and whether it is in base64.
fn body_of<'a>(body: &'a [u8], content_type: &str) -> (Option<Cow<'a, str>>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let media = content_type.split(';').next().unwrap_or_default();
    let media = media.trim().to_ascii_lowercase();
    let is_text = media.is_empty() || media.starts_with("text/") || TEXT_TYPES.contains(&&*media);
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.into()), false),
        Ok(_) | Err(_) => (Some(STANDARD.encode(body).into()), true),
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UrlAnswer {
    /// The status.
    pub status: u16,
    /// Its headers, without those of its framing.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// What a function returns if it chooses the answer itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chosen {
    status_code: Number,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// A status as a number, or as text.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
struct Number(u16);

impl TryFrom<Value> for Number {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let number = match &value {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        let status = number.and_then(|number| u16::try_from(number).ok());
        let status = status.filter(|status| (100..=599).contains(status));
        status.map(Self).ok_or("not a status")
    }
}

impl UrlAnswer {
    /// The answer to a request whose function failed, or gave a result that cannot be sent.
    pub fn bad_gateway() -> Self {
        Self {
            status: 502,
            headers: vec![own("Content-Type", "application/json")],
            body: Bytes::from_static(br#"{"message":"Internal Server Error"}"#),
        }
    }

    /// The answer that a result stands for.
    pub fn of(result: &Bytes) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Glance<'a> {
            #[serde(borrow, default)]
            status_code: Option<&'a RawValue>,
        }
        let glance: Option<Glance<'_>> = match result.trim_ascii_start().first() {
            Some(b'{') => serde_json::from_slice(result).ok(),
            _ => None,
        };
        match glance.and_then(|glance| glance.status_code) {
            Some(_) => {
                let chosen = serde_json::from_slice::<Chosen>(result).ok();
                let answer = chosen.and_then(Chosen::answer);
                answer.unwrap_or_else(Self::bad_gateway)
            }
            // The function returns just the body.
            None => Self {
                status: 200,
                headers: vec![own("Content-Type", "application/json")],
                body: result.clone(),
            },
        }
    }
}

impl Chosen {
    /// The answer, unless it cannot be sent.
    fn answer(self) -> Option<UrlAnswer> {
        let (headers, cookies) = (self.headers.unwrap_or_default(), self.cookies);
        let headers = headers_of(headers, cookies.unwrap_or_default(), "application/json")?;
        let body = match self.body {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        };
        let body = match self.is_base64_encoded {
            true => STANDARD.decode(body).ok()?.into(),
            false => body.into(),
        };
        Some(UrlAnswer {
            status: self.status_code.0,
            headers,
            body,
        })
    }
}

/// The headers of an answer that the function chose, with a media type; `None` if a value is no text.
fn headers_of(
    chosen: BTreeMap<String, Value>,
    cookies: Vec<String>,
    media: &str,
) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for (name, value) in chosen {
        let value = match value {
            Value::String(text) => text,
            other @ (Value::Number(_) | Value::Bool(_)) => other.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        headers.push((name, value));
    }
    let is_type = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
    if !headers.iter().any(is_type) {
        headers.push(own("Content-Type", media));
    }
    let cookies = cookies.into_iter();
    headers.extend(cookies.map(|cookie| ("Set-Cookie".to_owned(), cookie)));
    Some(headers)
}

fn own(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests;
