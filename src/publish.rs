//! Report files: each place is checked at the start, and each report is written as a whole or not at all.
//!
//! I/O.

mod live;

pub use live::Live;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

use crate::files::{Identity, Outlet, WriteError};
use crate::report::{Content, Format};

/// Where a report goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// `-`
    Stdout,
    /// A file.
    File(PathBuf),
}

/// `FORMAT=PATH`, as on the command line.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub struct Destination {
    /// In which format.
    pub format: Format,
    /// Where to.
    pub place: Place,
}

impl TryFrom<String> for Destination {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| {
                format!(
                    "write FORMAT=PATH, where FORMAT is one of {}",
                    Format::names("")
                )
            })?;
        let format: Format = name.parse()?;
        let format = format.at(path)?;
        let place = match path {
            "-" | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Place::Stdout,
            path => Place::File(PathBuf::from(path)),
        };
        Ok(Self { format, place })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.format.name();
        match &self.place {
            Place::Stdout => write!(f, "{name}=-"),
            Place::File(path) => write!(f, "{name}={}", path.display()),
        }
    }
}

/// Why a report cannot be written to its place.
#[derive(Debug, Error)]
pub enum PublishError {
    /// A place that cannot be written to.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Standard output is full or closed.
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
    /// Two reports in one place would overwrite each other.
    #[error("`{one}` and `{other}` are the same place; give each report its own")]
    Twice {
        /// One of them.
        one: String,
        /// The other.
        other: String,
    },
}

/// A place reserved for a report.
#[derive(Debug)]
pub struct Held {
    destination: Destination,
    /// `None` for standard output.
    outlet: Option<Outlet>,
}

/// Makes sure, before any case is played, that each report can be written to its own place.
///
/// # Errors
/// A report cannot be written to its place.
pub fn hold(destinations: &[Destination]) -> Result<Vec<Held>, PublishError> {
    let mut all: Vec<Held> = Vec::new();
    for destination in destinations {
        let outlet = match &destination.place {
            Place::Stdout => None,
            Place::File(path) => Some(Outlet::open(path)?),
        };
        let held = Held {
            destination: destination.clone(),
            outlet,
        };
        if let Some(twin) = all.iter().find(|other| other.is_where(&held)) {
            return Err(PublishError::Twice {
                one: twin.destination.to_string(),
                other: held.destination.to_string(),
            });
        }
        all.push(held);
    }
    Ok(all)
}

impl Held {
    /// Whether both reports would go to one place.
    fn is_where(&self, other: &Self) -> bool {
        match (&self.outlet, &other.outlet) {
            (None, None) => true,
            (Some(one), Some(other)) => one
                .identity()
                .is_some_and(|own| other.identity() == Some(own)),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    /// Whether the report would overwrite this file.
    pub fn is_at(&self, path: &Path) -> bool {
        let own = self.outlet.as_ref().and_then(Outlet::identity);
        own.is_some() && own == Identity::of(path)
    }

    /// `FORMAT=PATH`
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Whether writing to its place may have to wait for a reader.
    pub fn may_wait(&self) -> bool {
        self.outlet.as_ref().is_none_or(Outlet::may_wait)
    }

    /// The report as text, and how it is written.
    ///
    /// # Errors
    /// What it gives fails where the place cannot be written to.
    pub fn rendered(
        self,
        content: Content<'_>,
    ) -> impl FnOnce() -> Result<(), PublishError> + Send + use<> {
        let text = self.destination.format.render(content);
        move || match self.outlet {
            Some(outlet) => Ok(outlet.write(&text)?),
            None => {
                let mut out = io::stdout().lock();
                match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                    // A reader that has gone, as `head` does, is no fault.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    done => done.map_err(PublishError::Stdout),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_read_and_written_alike() {
        for text in [
            "json=-",
            "junit=out/report.xml",
            "json=a=b",
            "html=x",
            "markdown=y",
            "github=z",
        ] {
            let destination: Destination = text.parse().expect(text);
            assert_eq!(destination.to_string(), text);
        }
        for bad in ["json", "json=", "=x", "yaml=x"] {
            assert!(bad.parse::<Destination>().is_err(), "{bad}");
        }
    }
}
