//! `ricspec explain`: what is known of a requirement, a case, a code or an area.

use std::path::PathBuf;

use clap::Args;

use super::mutants;
use super::print::{print, say, say_json};
use crate::console::Stream;
use crate::explain::Book;
use crate::report::explanation;
use crate::session::{CliError, Color, read_cases};
use crate::verdict::Conclusion;

/// What to explain.
#[derive(Args, Debug)]
pub(super) struct ExplainOptions {
    /// Requirements (NEXT-03), cases (next/poll_held_again), codes (exit-in-health) or areas (next) [default: a list of them
    /// all].
    ids: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Colour the output.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    color: Color,
    /// A folder with more cases, in addition to the built-in ones (repeatable).
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
}

/// Explains all ids, or none if one is unknown.
pub(super) fn explain(options: &ExplainOptions) -> Result<Conclusion, CliError> {
    let book = Book::new(read_cases(&options.cases)?, mutants::mutations());
    let look = options.color.look(Stream::Out);
    if options.ids.is_empty() {
        let contents = book.contents();
        match options.json {
            true => say_json(&explanation::contents_json(&contents)),
            false => print(explanation::contents_text(&contents, look)),
        }
        return Ok(Conclusion::AsExpected);
    }
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for id in &options.ids {
        match book.explain(id) {
            Ok(page) => found.push(page),
            Err(error) => unknown.push(error.to_string()),
        }
    }
    if !unknown.is_empty() {
        return Err(CliError::bad_inputs(unknown));
    }
    if options.json {
        say_json(&explanation::json(&found));
        return Ok(Conclusion::AsExpected);
    }
    for (index, page) in found.iter().enumerate() {
        if index > 0 {
            say("");
        }
        print(explanation::text(page, look));
    }
    Ok(Conclusion::AsExpected)
}
