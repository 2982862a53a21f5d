//! The calls of transcripts as an HTTP archive (HAR 1.2), which browsers and proxies read: a page for each transcript.
//!
//! An archive has no place for a call without a reply; its status is 0, as browsers write it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::calendar::iso;
use crate::transcript::{Body, Direction, Exchange, Header, Offset, Reply, Transcript};

/// An archive that grows.
#[derive(Debug, Default)]
pub struct Archive {
    pages: Vec<Value>,
    entries: Vec<Value>,
}

impl Archive {
    /// Adds the calls of a transcript.
    pub fn add(&mut self, transcript: &Transcript) {
        let page = format!("page_{}", self.pages.len() + 1);
        self.pages.push(json!({
            "id": page,
            "title": transcript.case,
            "startedDateTime": iso(transcript.began_unix_ms),
            "pageTimings": {},
        }));
        let calls = transcript.exchanges.iter();
        self.entries
            .extend(calls.map(|call| entry(transcript, &page, call)));
    }

    /// The archive as JSON, with a line feed at its end.
    pub fn text(&self, tool: &str, version: &str) -> String {
        let archive = json!({"log": {
            "version": "1.2",
            "creator": {"name": tool, "version": version},
            "pages": self.pages,
            "entries": self.entries,
        }});
        format!("{archive:#}\n")
    }
}

fn entry(transcript: &Transcript, page: &str, call: &Exchange) -> Value {
    let head = call.head();
    let complete = call.complete.unwrap_or(call.at);
    let until = call.reply.as_ref().map(|reply| reply.at).or(call.dropped);
    let wait = until.map_or(0.0, |until| ms_between(complete, until));
    let send = ms_between(call.at, complete);
    let who = call.actor.and_then(|actor| transcript.actors.get(actor));
    let who = who.map_or("an unknown process", |actor| actor.name.as_str());
    let mut comment = match call.direction {
        Direction::Inbound => format!("{who} calls the service"),
        Direction::Outbound => format!("the service calls {who}"),
    };
    if let Some(broken) = call.broken() {
        comment.push_str(&format!("; broken: {broken}"));
    }
    json!({
        "pageref": page,
        "startedDateTime": iso(transcript.began_unix_ms + call.at.ms()),
        "time": send + wait,
        "connection": call.connection.to_string(),
        "request": request(transcript, call),
        "response": response(call.reply.as_ref(), head.minor),
        "cache": {},
        "timings": {"send": send, "wait": wait, "receive": 0},
        "comment": comment,
    })
}

/// Milliseconds from one time to another.
fn ms_between(from: Offset, to: Offset) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no case takes that long")]
    let us = to.us().saturating_sub(from.us()) as f64;
    us / 1000.0
}

fn request(transcript: &Transcript, call: &Exchange) -> Value {
    let head = call.head();
    let mut request = json!({
        "method": head.method,
        "url": url(&transcript.api, &head.target),
        "httpVersion": format!("HTTP/1.{}", head.minor),
        "cookies": [],
        "headers": listed(&head.headers),
        "queryString": query(&head.target),
        "headersSize": head.bytes.bytes,
        "bodySize": call.body.bytes,
    });
    if call.body.bytes > 0 {
        let (text, encoding) = text_of(&call.body.kept);
        request["postData"] =
            json!({"mimeType": head.header("content-type").unwrap_or_default(), "text": text});
        if let Some(comment) = remark(&call.body, encoding) {
            request["postData"]["comment"] = comment.into();
        }
    }
    request
}

/// What is not the plain text of a body.
fn remark(body: &Body, encoding: Option<&str>) -> Option<String> {
    let cut = (!body.is_whole()).then(|| format!("only the first of {} bytes", body.bytes));
    let words: Vec<String> = cut.into_iter().chain(encoding.map(str::to_owned)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn response(reply: Option<&Reply>, minor: u8) -> Value {
    let Some(reply) = reply else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": format!("HTTP/1.{minor}"), "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
            "comment": "no reply",
        });
    };
    let wire = reply.wire.bytes();
    let end = wire.windows(4).position(|four| four == b"\r\n\r\n");
    let split = end.map_or(wire.len(), |end| end + 4);
    let (head, body) = wire.split_at(split);
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let mut words = first.splitn(3, ' ');
    let version = words.next().unwrap_or_default().to_owned();
    let reason = words.nth(1).unwrap_or_default().to_owned();
    let headers: Vec<Header> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| Header::new(name, value.trim()))
        .collect();
    let value = |name: &str| {
        let found = headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value.clone()).unwrap_or_default()
    };
    let (text, encoding) = text_of(body);
    let mut content = json!({"size": body.len(), "mimeType": value("content-type"), "text": text});
    if let Some(encoding) = encoding {
        content["encoding"] = encoding.into();
    }
    let mut response = json!({
        "status": reply.status,
        "statusText": reason,
        "httpVersion": version,
        "cookies": [],
        "headers": listed(&headers),
        "content": content,
        "redirectURL": value("location"),
        "headersSize": split,
        "bodySize": body.len(),
    });
    if let Some(how) = &reply.distortion {
        response["comment"] = format!("wrong on purpose: {how}").into();
    }
    response
}

/// Bytes as text, or in base64, and which of them.
fn text_of(bytes: &[u8]) -> (String, Option<&'static str>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (STANDARD.encode(bytes), Some("base64")),
    }
}

fn listed(headers: &[Header]) -> Vec<Value> {
    let listed = headers
        .iter()
        .map(|header| json!({"name": header.name, "value": header.value}));
    listed.collect()
}

/// A URL in which each letter is one that a URL may have.
fn url(api: &str, target: &str) -> String {
    let mut url = match target.starts_with('/') {
        true => format!("http://{api}"),
        false => format!("http://{api}/"),
    };
    for byte in target.bytes() {
        match byte {
            b'!' | b'#'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

fn query(target: &str) -> Vec<Value> {
    let Some((_, query)) = target.split_once('?') else {
        return Vec::new();
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}
