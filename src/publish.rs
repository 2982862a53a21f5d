//! Report files: their places are held open from the start, and each is written whole or not at all.
//!
//! I/O.

use std::fmt;
use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::report::{github, html, json, junit, markdown};
use crate::verdict::{Date, Matrix, Report, Row};

/// The form of a report file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// `specs/schemas/report.schema.json`, or `matrix.schema.json` for many runs.
    Json,
    /// JUnit XML.
    Junit,
    /// A page.
    Html,
    /// A table in Markdown.
    Markdown,
    /// Workflow commands of GitHub.
    Github,
}

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// A run, on this day.
    Run(&'a Report, Date),
    /// Runs side by side.
    Matrix(&'a Matrix),
}

impl Format {
    const ALL: [(&'static str, Self); 5] = [
        ("json", Self::Json),
        ("junit", Self::Junit),
        ("html", Self::Html),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
    ];

    fn render(self, content: Content<'_>) -> String {
        match (self, content) {
            (Self::Json, Content::Run(report, _)) => json::render(report),
            (Self::Json, Content::Matrix(matrix)) => json::render_matrix(matrix),
            (Self::Junit, Content::Run(report, _)) => junit::render(report),
            (Self::Junit, Content::Matrix(matrix)) => junit::render_matrix(matrix),
            (Self::Html, Content::Run(report, day)) => html::page(&Matrix::alone(report, day)),
            (Self::Html, Content::Matrix(matrix)) => html::page(matrix),
            (Self::Markdown, Content::Run(report, day)) => {
                markdown::table(&Matrix::alone(report, day))
            }
            (Self::Markdown, Content::Matrix(matrix)) => markdown::table(matrix),
            (Self::Github, Content::Run(report, _)) => github::render(report),
            (Self::Github, Content::Matrix(matrix)) => {
                let judged = matrix.rows.iter().filter_map(Row::report);
                judged.map(github::render).collect()
            }
        }
    }
}

/// Where a report goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// `-`
    Stdout,
    /// A file.
    File(PathBuf),
}

/// `FORMAT=PATH`, as on the command line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Destination {
    /// In which form.
    pub format: Format,
    /// Where to.
    pub place: Place,
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = || Format::ALL.map(|(name, _)| name).join(", ");
        let (name, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| format!("write FORMAT=PATH, where FORMAT is one of {}", names()))?;
        let format = Format::ALL
            .into_iter()
            .find_map(|(known, format)| (known == name).then_some(format))
            .ok_or_else(|| format!("no format `{name}`; the formats are {}", names()))?;
        let place = match path {
            "-" => Place::Stdout,
            path => Place::File(PathBuf::from(path)),
        };
        Ok(Self { format, place })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Format::ALL
            .into_iter()
            .find_map(|(name, format)| (format == self.format).then_some(name))
            .unwrap_or_default();
        match &self.place {
            Place::Stdout => write!(f, "{name}=-"),
            Place::File(path) => write!(f, "{name}={}", path.display()),
        }
    }
}

/// A report that cannot be written.
#[derive(Debug, Error)]
#[error("cannot write `{path}`")]
pub struct PublishError {
    path: String,
    #[source]
    source: io::Error,
}

/// A place that is held for a report.
#[derive(Debug)]
pub struct Held {
    format: Format,
    file: Option<(NamedTempFile, PathBuf)>,
}

/// Makes sure, before any case is played, that a report can be written to its place.
pub fn hold(destination: &Destination) -> Result<Held, PublishError> {
    let file = match &destination.place {
        Place::Stdout => None,
        Place::File(path) => Some((draft(path)?, path.clone())),
    };
    Ok(Held {
        format: destination.format,
        file,
    })
}

/// Writes a file whole or not at all, with its folders.
pub fn write_whole(path: &Path, text: &str) -> Result<(), PublishError> {
    finish(draft(path)?, path, text)
}

impl Held {
    /// Writes the report.
    pub fn publish(self, content: Content<'_>) -> Result<(), PublishError> {
        let text = self.format.render(content);
        match self.file {
            Some((draft, path)) => finish(draft, &path, &text),
            None => {
                let mut out = io::stdout().lock();
                match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                    // A reader that has gone away, as `head` does, is no fault.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    done => done.map_err(|source| PublishError {
                        path: "standard output".to_owned(),
                        source,
                    }),
                }
            }
        }
    }
}

fn draft(path: &Path) -> Result<NamedTempFile, PublishError> {
    let make = || {
        if path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let folder = match path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => Path::new("."),
        };
        std::fs::create_dir_all(folder)?;
        // The umask takes its part, as with any other new file.
        tempfile::Builder::new()
            .prefix(".ricspec-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
    };
    make().map_err(|source| failed(path, source))
}

fn finish(mut draft: NamedTempFile, path: &Path, text: &str) -> Result<(), PublishError> {
    draft
        .write_all(text.as_bytes())
        .map_err(|source| failed(path, source))?;
    draft
        .persist(path)
        .map_err(|error| failed(path, error.error))?;
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> PublishError {
    PublishError {
        path: path.display().to_string(),
        source,
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
