//! The compliance report: what a run shows of each requirement of a published set, to print, to publish and to quote.
//!
//! It counts requirements, and not cases. Known failures are failures here, with their reason and their last day.

mod html;
mod json;
mod markdown;
mod model;

use crate::verdict::{Date, Report};
use model::Compliance;

/// The form of the report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// A page.
    Html,
    /// `specs/schemas/compliance.schema.json`.
    Json,
    /// Markdown.
    Markdown,
}

impl Form {
    /// The form that the ending of a path asks for; standard output gets Markdown.
    ///
    /// # Errors
    /// It asks for no form that there is.
    pub fn of(path: &str) -> Result<Self, String> {
        match path.rsplit('.').next() {
            Some("html" | "htm") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            Some("md" | "markdown") => Ok(Self::Markdown),
            _ if path == "-" => Ok(Self::Markdown),
            _ => Err(format!(
                "`compliance={path}`: the ending says the form: write .html, .json or .md"
            )),
        }
    }
}

/// The reports in one form, one after the other.
pub fn render(form: Form, reports: &[(&Report, Date)]) -> String {
    let all: Vec<Compliance<'_>> = reports
        .iter()
        .map(|(report, day)| Compliance::new(report, *day))
        .collect();
    match form {
        Form::Html => html::page(&all),
        Form::Json => json::document(&all),
        Form::Markdown => markdown::text(&all),
    }
}
