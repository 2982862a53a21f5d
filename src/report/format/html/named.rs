//! Rows with names for links, and class names of the style sheet.

use crate::verdict::{Matrix, Row, Standing};

/// A row and its unique name for links.
pub(super) struct Named<'a> {
    pub(super) row: &'a Row,
    pub(super) anchor: String,
}

impl Named<'_> {
    /// The anchor of the panel for an area.
    pub(super) fn cell(&self, area: &str) -> String {
        format!("{}--{}", self.anchor, slug(area))
    }
}

/// The class name of a standing in the style sheet.
pub(super) fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Error => "error",
        Standing::Must => "must",
        Standing::Should => "should",
        Standing::Inconclusive => "unclear",
        Standing::Pass => "pass",
        Standing::Skip => "skip",
    }
}

/// The rows, the worst first.
pub(super) fn named(matrix: &Matrix) -> Vec<Named<'_>> {
    let mut rows: Vec<Named<'_>> = Vec::new();
    for row in matrix.worst_first() {
        let mut anchor = slug(&row.name);
        if rows.iter().any(|other| other.anchor == anchor) {
            anchor = format!("{anchor}-{}", rows.len() + 1);
        }
        rows.push(Named { row, anchor });
    }
    rows
}

/// The text as part of an address: `aws-lambda-ric 4.0.2` becomes `aws-lambda-ric-4.0.2`.
fn slug(text: &str) -> String {
    let fit = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() || "._-".contains(letter) => letter,
        _ => '-',
    };
    text.chars().map(fit).collect()
}
