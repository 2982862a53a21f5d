//! Rules about the body as text or as bytes.

use super::{Breach, Hold, Ruling, Subject, body_words, is_wrapped, place, too_long};
use crate::case::rule;
use crate::check::headroom::near;
use crate::check::json::Json;
use crate::cut::shortened;
use crate::law::Code;
use crate::transcript::{Body, Exchange, Transcript};

impl Hold for rule::Contains {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, text } = self;
        let actual = subject.text(at)?;
        let expected = format!("a text with `{}`{}", shortened(text), place(at));
        Breach::unless(
            actual.contains(text),
            Code::MissingText,
            expected,
            shortened(&actual),
        )
    }
}

impl Hold for rule::Lacks {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, text } = self;
        let actual = subject.text(at)?;
        let expected = format!("a text without `{}`{}", shortened(text), place(at));
        Breach::unless(
            !actual.contains(text),
            Code::UnwantedText,
            expected,
            shortened(&actual),
        )
    }
}

impl Hold for rule::Bytes {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let wanted = self.value.bytes().unwrap_or_default();
        let body = subject.body();
        if !body.is_whole() {
            return Err(too_long(body));
        }
        if *body.kept == *wanted {
            return Ok(());
        }
        let expected = body_words(&Body::from(wanted.as_slice()));
        Err(Breach::new(Code::WrongBytes, expected, body_words(body)))
    }
}

impl Hold for rule::Utf8 {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let body = subject.body();
        if !body.is_whole() {
            return Err(too_long(body));
        }
        match std::str::from_utf8(&body.kept) {
            Ok(_) => Ok(()),
            Err(fault) => {
                let actual = format!("{fault}: {}", body_words(body));
                Err(Breach::new(Code::NotUtf8, "a body in UTF-8", actual))
            }
        }
    }
}

impl Hold for rule::Nothing {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let body = subject.body();
        let empty = body.bytes == 0 || String::from_utf8_lossy(&body.kept).trim() == "null";
        if empty {
            return Ok(());
        }
        let code = match is_wrapped(subject.body(), |inner| *inner == Json::Null) {
            true => Code::Wrapped,
            false => Code::NotNothing,
        };
        Err(Breach::new(
            code,
            "`null` or an empty body",
            body_words(body),
        ))
    }
}

impl Hold for rule::Size {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let max = self.max;
        let bytes = subject.body().bytes;
        let expected = format!("a body of at most {max} bytes");
        Breach::unless(
            bytes <= max,
            Code::TooLong,
            expected,
            format!("{bytes} bytes"),
        )
    }

    fn headroom(&self, _transcript: &Transcript, call: &Exchange) -> Option<String> {
        near("the body", call.body.bytes, self.max, "bytes")
    }
}
