//! `prelude`: the stream says what the caller gets in addition to its bytes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::case::shape::listed;
use crate::cut::shortened;

/// If the stream has the content type of the HTTP integration, it begins with a prelude of JSON and eight NUL bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prelude {
    /// The status that the prelude has; with it, the stream must have one.
    #[serde(default)]
    pub status: Option<u16>,
    /// Headers that it has.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The cookies that it has.
    #[serde(default)]
    pub cookies: Vec<String>,
    /// The content type, in the prelude if there is one, otherwise in the header.
    #[serde(default)]
    pub content_type: Option<String>,
}

impl RuleFacts for Prelude {
    fn facts(&self) -> Facts<'_> {
        Facts {
            without_fixture: false,
            ..Facts::of_call(&[Code::WrongPrelude])
        }
    }

    fn told(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.status.map(|status| format!("the status {status}")));
        let header = |(name, value): (&String, &String)| format!("{name}: {}", shortened(value));
        parts.extend(self.headers.iter().map(header));
        let cookie = |cookie: &String| format!("the cookie `{}`", shortened(cookie));
        parts.extend(self.cookies.iter().map(cookie));
        let kind = self.content_type.as_ref();
        parts.extend(kind.map(|kind| format!("the content type {}", shortened(kind))));
        match parts.is_empty() {
            true => "a prelude of the stream, if its type wants one, is whole".to_owned(),
            false => format!("the stream says {}", listed(&parts)),
        }
    }
}
