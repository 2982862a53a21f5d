//! Rules about a body that comes piece by piece, and about its trailers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Breach, Hold, Ruling, Subject};
use crate::case::{TrailerRule, rule};
use crate::check::json::Json;
use crate::cut::shortened;
use crate::law::Code;

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
