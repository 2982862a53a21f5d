//! Runtimes side by side as one page: a table of runtimes and areas, and behind each cell its findings with their bytes.
//!
//! The page is complete in itself and loads nothing. A cell links to its panel, and the style sheet shows the panel while it
//! is the target of the address. A short script adds the keyboard; the page's policy allows no other script. The page of a
//! single run begins with its failures.

mod failures;
mod frame;
mod named;
mod panel;
mod table;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::report::text::{count, visible};
use crate::verdict::{Matrix, Report, Standing};
pub(super) use panel::{sources, wire};

use named::{Named, class, named};

pub use frame::frame;
pub use panel::finding;

/// The style of our pages.
pub static STYLE: &str = include_str!("html/style.css");

static SCRIPT: &str = include_str!("html/script.js");

/// What the page may load: only its own style and this script.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'")
}

/// The page.
pub fn page(matrix: &Matrix) -> String {
    let rows = named(matrix);
    let areas = matrix.areas();
    let title = match rows.as_slice() {
        [one] => format!("{} and the Lambda Runtime API", visible(&one.row.name)),
        _ => "Runtimes and the Lambda Runtime API".to_owned(),
    };
    let body = html! {
        main {
            (header(matrix, &title))
            @if let Some((named, report)) = alone(&rows) {
                (failures::summary(named, report))
                (failures::failures(named, report))
                h2 { "By area" }
            }
            (table::table(&rows, &areas))
            (legend())
        }
        @for row in &rows { (panel::panels(row, &areas)) }
        script { (PreEscaped(SCRIPT)) }
    };
    frame(&title, Some(&policy()), STYLE, &body).into_string() + "\n"
}

/// The only run of the page, if it has only one.
fn alone<'a>(rows: &'a [Named<'a>]) -> Option<(&'a Named<'a>, &'a Report)> {
    match rows {
        [one] => one.row.report().map(|report| (one, report)),
        _ => None,
    }
}

fn header(matrix: &Matrix, title: &str) -> Markup {
    let rows = count(matrix.rows.len(), "runtime", "runtimes");
    let cases = count(matrix.cases(), "case", "cases");
    html! {
        header {
            h1 { (title) }
            p.facts {
                (rows) ", " (cases) ", " time { (matrix.day) } ", "
                (matrix.tool) " " (matrix.version) "."
                @if matrix.rows.len() > 1 { " The worst comes first." }
            }
            @if matrix.interrupted {
                p.warning { "Interrupted: this is not the whole run." }
            }
        }
    }
}

fn legend() -> Markup {
    let entries = [
        (Standing::Must, "2 M", "cases break a MUST"),
        (Standing::Should, "2 S", "cases break a SHOULD"),
        (
            Standing::Error,
            "2 !",
            "cases could not be judged, which is not the runtime's fault",
        ),
        (Standing::Inconclusive, "2 ?", "cases are inconclusive"),
        (
            Standing::Pass,
            "\u{2713}",
            "every case that was played passes",
        ),
        (Standing::Skip, "\u{2013}", "no case was played"),
    ];
    html! {
        section.legend {
            h2 { "How to read it" }
            ul {
                @for (standing, mark, words) in entries {
                    li { span.mark.(class(standing)) { (mark) } " " (words) }
                }
            }
            p {
                "A cell has the colour of its worst case. Open one for the findings: what a conformant runtime does, what "
                "this one did, the bytes on the wire, and the fix. Known failures count here, too; the runtime's "
                "row says whether it is as expected."
            }
        }
    }
}
