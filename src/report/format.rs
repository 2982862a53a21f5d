//! The formats of report files. A new one needs a file below, and a name, a variant and two lines here.

pub mod attestation;
pub mod badge;
#[cfg(feature = "cli")]
pub mod compliance;
pub mod ctrf;
pub mod github;
#[cfg(feature = "cli")]
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ndjson;
pub mod sarif;
pub mod tap;

use std::mem::discriminant;
use std::str::FromStr;

use crate::verdict::{Date, Matrix, Report, Row};

/// The format of a report file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// `specs/schemas/report.schema.json`, or `matrix.schema.json` for many runs.
    Json,
    /// JUnit XML.
    Junit,
    /// A page.
    #[cfg(feature = "cli")]
    Html,
    /// A table in Markdown.
    Markdown,
    /// Workflow commands of GitHub.
    Github,
    /// What the run shows of each requirement.
    #[cfg(feature = "cli")]
    Compliance(compliance::Form),
    /// An in-toto statement of the test result.
    Attestation,
    /// An image or an endpoint for a badge.
    Badge(badge::Form),
    /// The Common Test Report Format.
    Ctrf,
    /// Events, one a line, as they happen.
    Ndjson,
    /// SARIF 2.1.0.
    Sarif,
    /// The Test Anything Protocol.
    Tap,
}

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// A run, on this day.
    Run(&'a Report, Date),
    /// Runs side by side.
    Matrix(&'a Matrix),
}

impl<'a> Content<'a> {
    /// The reports that there are, each with its day.
    fn reports(self) -> Vec<(&'a Report, Date)> {
        match self {
            Self::Run(report, day) => vec![(report, day)],
            Self::Matrix(matrix) => {
                let rows = matrix.worst_first().into_iter();
                let judged = rows.filter_map(Row::report);
                judged.map(|report| (report, matrix.day)).collect()
            }
        }
    }
}

impl Format {
    const ALL: &[(&'static str, Self)] = &[
        ("json", Self::Json),
        ("junit", Self::Junit),
        #[cfg(feature = "cli")]
        ("html", Self::Html),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
        #[cfg(feature = "cli")]
        ("compliance", Self::Compliance(compliance::Form::Markdown)),
        ("attestation", Self::Attestation),
        ("badge", Self::Badge(badge::Form::Svg)),
        ("ctrf", Self::Ctrf),
        ("ndjson", Self::Ndjson),
        ("sarif", Self::Sarif),
        ("tap", Self::Tap),
    ];

    /// The report in this format.
    pub fn render(self, content: Content<'_>) -> String {
        match (self, content) {
            (Self::Json, Content::Run(report, _)) => json::render(report),
            (Self::Json, Content::Matrix(matrix)) => json::render_matrix(matrix),
            (Self::Junit, Content::Run(report, _)) => junit::render(report),
            (Self::Junit, Content::Matrix(matrix)) => junit::render_matrix(matrix),
            #[cfg(feature = "cli")]
            (Self::Html, Content::Run(report, day)) => html::page(&Matrix::alone(report, day)),
            #[cfg(feature = "cli")]
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
            #[cfg(feature = "cli")]
            (Self::Compliance(form), content) => compliance::render(form, &content.reports()),
            (Self::Attestation, content) => attestation::render(&content.reports()),
            (Self::Badge(form), content) => badge::render(form, &content.reports()),
            (Self::Ctrf, content) => ctrf::render(&content.reports()),
            (Self::Ndjson, content) => ndjson::render(&content.reports()),
            (Self::Sarif, content) => sarif::render(&content.reports()),
            (Self::Tap, content) => tap::render(&content.reports()),
        }
    }

    /// The same format in the form that the ending of its path asks for.
    ///
    /// # Errors
    /// The format has no such form.
    pub fn at(self, path: &str) -> Result<Self, String> {
        match self {
            #[cfg(feature = "cli")]
            Self::Compliance(_) => Ok(Self::Compliance(compliance::Form::of(path)?)),
            #[cfg(feature = "cli")]
            Self::Html => Ok(self),
            Self::Badge(_) => Ok(Self::Badge(badge::Form::of(path)?)),
            Self::Json
            | Self::Junit
            | Self::Markdown
            | Self::Github
            | Self::Attestation
            | Self::Ctrf
            | Self::Ndjson
            | Self::Sarif
            | Self::Tap => Ok(self),
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        let kind = discriminant(&self);
        let named = Self::ALL
            .iter()
            .find(|(_, format)| discriminant(format) == kind);
        named.map(|(name, _)| *name).unwrap_or_default()
    }

    /// The names, as a list to print; `suffix` follows each.
    pub fn names(suffix: &str) -> String {
        let names = Self::ALL.iter().map(|(name, _)| format!("{name}{suffix}"));
        names.collect::<Vec<_>>().join(", ")
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().find(|(name, _)| *name == text);
        let unknown = || format!("no format `{text}`; the formats are {}", Self::names(""));
        named.map(|(_, format)| *format).ok_or_else(unknown)
    }
}
