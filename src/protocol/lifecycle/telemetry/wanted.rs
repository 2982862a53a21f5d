//! What an extension asks for when it subscribes.

use serde_json::{Map, Value};

use super::dialect::Dialect;

/// A stream of events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stream {
    /// What the service tells of the environment.
    Platform,
    /// What the function prints.
    Function,
    /// What extensions print.
    Extension,
}

/// Where the events go, always within the environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Destination {
    /// POST, with all events of a batch in an array.
    Http {
        /// Host and port as the extension wrote them.
        host: String,
        /// The port.
        port: u16,
        /// The path, with the query.
        path: String,
    },
    /// One event a line.
    Tcp {
        /// The port.
        port: u16,
    },
}

/// When a batch is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Buffering {
    pub(super) items_max: usize,
    pub(super) bytes_max: usize,
    pub(super) timeout_ms: u64,
}

/// What an extension asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) dialect: &'static Dialect,
    pub(super) streams: Vec<Stream>,
    pub(super) buffering: Buffering,
    pub(super) destination: Destination,
}

/// A limit of the buffering: its name, the least, the greatest and the default value.
pub(super) struct Limit {
    pub(super) name: &'static str,
    pub(super) least: u64,
    pub(super) most: u64,
    usual: u64,
}

pub(super) const LIMITS: [Limit; 3] = [
    Limit {
        name: "maxItems",
        least: 1000,
        most: 10_000,
        usual: 10_000,
    },
    Limit {
        name: "maxBytes",
        least: 262_144,
        most: 1_048_576,
        usual: 262_144,
    },
    Limit {
        name: "timeoutMs",
        least: 25,
        most: 30_000,
        usual: 1000,
    },
];

/// The names under which an extension reaches itself in the environment.
pub(super) const HOSTS: [&str; 2] = ["sandbox.localdomain", "sandbox"];

impl Stream {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Function => "function",
            Self::Extension => "extension",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        let all = [Self::Platform, Self::Function, Self::Extension];
        all.into_iter().find(|stream| stream.name() == name)
    }
}

/// The streams of a list; those with unknown names are left out.
pub(super) fn streams(types: &[Value]) -> Vec<Stream> {
    let mut streams = Vec::new();
    for stream in types
        .iter()
        .filter_map(|name| Stream::of_name(name.as_str()?))
    {
        if !streams.contains(&stream) {
            streams.push(stream);
        }
    }
    streams
}

/// The buffering of a document whose values are valid.
pub(super) fn buffering(members: Option<&Map<String, Value>>) -> Buffering {
    let given = |limit: &Limit| {
        let value = members?.get(limit.name)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the value lies between the limits"
        )]
        value.as_f64().map(|value| value as u64)
    };
    let [items_max, bytes_max, timeout_ms] = LIMITS
        .each_ref()
        .map(|limit| given(limit).unwrap_or(limit.usual));
    let small = |value| usize::try_from(value).unwrap_or(usize::MAX);
    Buffering {
        items_max: small(items_max),
        bytes_max: small(bytes_max),
        timeout_ms,
    }
}

/// The parts of a URI.
pub(super) struct Uri<'a> {
    pub(super) scheme: &'a str,
    /// Host and port.
    authority: &'a str,
    host: &'a str,
    pub(super) port: Option<&'a str>,
    path: &'a str,
}

impl<'a> Uri<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
            None => (authority, None),
        };
        let path = path.split('#').next().unwrap_or_default();
        Self {
            scheme,
            authority,
            host,
            port,
            path,
        }
    }

    /// The destination on this port.
    pub(super) fn on(&self, port: u16) -> Destination {
        let path = match self.path.starts_with('/') {
            true => self.path.to_owned(),
            false => format!("/{}", self.path),
        };
        Destination::Http {
            host: self.authority.to_owned(),
            port,
            path,
        }
    }

    pub(super) fn is_local(&self) -> bool {
        HOSTS.contains(&self.host)
    }
}
