//! Rules about a body that comes piece by piece, and about its trailers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Breach, Hold, Ruling, Subject, body_words};
use crate::case::{TrailerRule, rule};
use crate::check::json::Json;
use crate::cut::shortened;
use crate::law::Code;
use crate::protocol::header;
use crate::transcript::Body;

impl Hold for rule::Chunks {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let least = self.early_ms;
        let expected = format!("the first chunk of the body at least {least} ms before its end");
        let Some(exchange) = subject.exchange else {
            return Ok(());
        };
        let chunks = exchange.chunks();
        let first = chunks.and_then(|chunks| chunks.first.first());
        let Some((first, end)) = first.zip(exchange.complete) else {
            return Err(Breach::new(Code::SentAtOnce, expected, "no chunk"));
        };
        let ms = end.ms_since(first.at);
        let actual = format!("{ms} ms before it");
        Breach::unless(ms >= least, Code::SentAtOnce, expected, actual)
    }
}

impl Hold for rule::Trailer {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { name, is } = self;
        let Some(exchange) = subject.exchange else {
            return Ok(());
        };
        let came = exchange.trailer(name).filter(|value| !value.is_empty());
        match is {
            TrailerRule::Announced => {
                let head = exchange.head();
                let announced: Vec<&str> = head.values("Trailer").collect();
                let mut names = announced.iter().flat_map(|line| line.split(','));
                let holds = names.any(|known| known.trim().eq_ignore_ascii_case(name));
                let actual = match announced.is_empty() {
                    true => "no such header".to_owned(),
                    false => format!("`{}`", shortened(&announced.join("` and `"))),
                };
                let expected = format!("a header Trailer that names {name}");
                Breach::unless(holds, Code::TrailerNotAnnounced, expected, actual)
            }
            TrailerRule::Present => came.map(|_| ()).ok_or_else(|| missing(name)),
            TrailerRule::Document(members) => {
                let came = came.ok_or_else(|| missing(name))?;
                let document = STANDARD.decode(came).ok();
                let document = document.and_then(|bytes| Json::parse(&bytes).ok());
                for (member, text) in members {
                    let at = format!("/{member}");
                    let value = document.as_ref().and_then(|document| document.at(&at));
                    let actual = value.and_then(Json::text);
                    if actual.as_ref() != Some(text) {
                        let expected = format!(
                            "the trailer {name}, in base64 a JSON object with {member} `{}`",
                            shortened(text)
                        );
                        let actual = format!("`{}`", shortened(came));
                        return Err(Breach::new(Code::WrongTrailer, expected, actual));
                    }
                }
                Ok(())
            }
        }
    }
}

fn missing(name: &str) -> Breach {
    let expected = format!("the trailer {name}");
    Breach::new(Code::MissingTrailer, expected, "no such trailer")
}

/// What separates the prelude from the body.
const NULS: [u8; 8] = [0; 8];

/// Whether the stream must begin with a prelude.
fn has_prelude(subject: &Subject<'_>) -> bool {
    let kind = subject.header("Content-Type");
    kind.is_some_and(|kind| media_type(&kind).eq_ignore_ascii_case(header::HTTP_INTEGRATION))
}

/// A content type without its parameters.
fn media_type(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

/// The prelude, and the length of the stream up to the end of its NUL bytes.
fn prelude(body: &Body) -> Option<(Json, usize)> {
    let end = body.kept.iter().position(|byte| *byte == 0)?;
    let (text, rest) = body.kept.split_at(end);
    let document = Json::parse(text)
        .ok()
        .filter(|json| json.kind() == "object")?;
    rest.starts_with(&NULS)
        .then_some((document, end + NULS.len()))
}

impl Hold for rule::Streamed {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let body = subject.body();
        let begin = match has_prelude(subject) {
            // A rule of its own is about the prelude.
            true => match prelude(body) {
                Some((_, begin)) => begin,
                None => return Ok(()),
            },
            false => 0,
        };
        let kept = body.kept.get(begin..).unwrap_or_default();
        let mut wanted = self.text.bytes().chain(std::iter::repeat(b'x'));
        let bytes = body.bytes - begin as u64;
        let holds = bytes == self.text.len() as u64 + self.then_x
            && kept.iter().all(|byte| wanted.next() == Some(*byte));
        let expected = format!("a stream that is exactly {}", self.words());
        Breach::unless(holds, Code::WrongBytes, expected, body_words(body))
    }
}

impl Hold for rule::Prelude {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let wrong =
            |expected: String, actual| Err(Breach::new(Code::WrongPrelude, expected, actual));
        let body = subject.body();
        let kind = subject.header("Content-Type");
        let told = || {
            format!(
                "the content type `{}`",
                shortened(kind.as_deref().unwrap_or_default())
            )
        };
        if !has_prelude(subject) {
            let wanted = self.status.map(|_| header::HTTP_INTEGRATION);
            let wanted = wanted.or(self.content_type.as_deref());
            let is_right =
                wanted.is_none_or(|wanted| kind.as_deref().map(media_type) == Some(wanted));
            return match is_right {
                true => Ok(()),
                false => wrong(
                    format!("the content type {}", wanted.unwrap_or_default()),
                    told(),
                ),
            };
        }
        let Some((document, _)) = prelude(body) else {
            let expected = "a JSON object and eight NUL bytes at the beginning of the stream";
            return wrong(expected.to_owned(), body_words(body));
        };
        match self.missing(&document) {
            Some(expected) => wrong(expected, body_words(body)),
            None => Ok(()),
        }
    }
}

impl rule::Prelude {
    /// What the prelude does not say, in words.
    fn missing(&self, document: &Json) -> Option<String> {
        let status = document.at("/statusCode").and_then(Json::integer);
        let headers = document.at("/headers");
        let has = |name: &str, value: &str| {
            headers.is_some_and(|headers| has_member(headers, name, value))
        };
        let cookies = match document.at("/cookies") {
            Some(Json::Array(cookies)) => cookies.as_slice(),
            Some(_) | None => &[],
        };
        let cookies: Vec<String> = cookies.iter().filter_map(Json::text).collect();
        if let Some(wanted) = self.status
            && status != Some(wanted.into())
        {
            return Some(format!("a prelude with the status {wanted}"));
        }
        let kind = self
            .content_type
            .as_deref()
            .map(|kind| ("Content-Type", kind));
        let wanted = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        if let Some((name, value)) = wanted.chain(kind).find(|(name, value)| !has(name, value)) {
            return Some(format!(
                "a prelude with the header {name}: {}",
                shortened(value)
            ));
        }
        (!self.cookies.is_empty() && cookies != self.cookies).then(|| {
            format!(
                "a prelude with {} cookies, as the function set them",
                self.cookies.len()
            )
        })
    }
}

/// Whether an object has a member with this text; the name may be in any case.
fn has_member(object: &Json, name: &str, text: &str) -> bool {
    let Json::Object(members) = object else {
        return false;
    };
    let mut members = members.iter();
    members.any(|(known, value)| {
        known.eq_ignore_ascii_case(name) && value.text().as_deref() == Some(text)
    })
}
