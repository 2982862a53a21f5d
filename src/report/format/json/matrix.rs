//! Runtimes side by side for machines; `specs/schemas/matrix.schema.json` describes it.

use serde::Serialize;

use super::{Document, Tool, document, written};
use crate::verdict::{Maker, Matrix, Row, RowState};

/// The version of this format.
const MATRIX_SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Whole<'a> {
    schema: u32,
    tool: Tool,
    day: String,
    interrupted: bool,
    exit_code: u8,
    runtimes: Vec<Runtime<'a>>,
}

#[derive(Serialize)]
struct Runtime<'a> {
    name: &'a str,
    kind: Maker,
    language: &'a str,
    about: &'a str,
    state: State,
    reason: Option<&'a str>,
    report: Option<Document>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Judged,
    Missing,
}

/// All rows, each with its whole report, as JSON with a line feed at its end.
pub fn render_matrix(matrix: &Matrix) -> String {
    written(&Whole {
        schema: MATRIX_SCHEMA,
        tool: Tool {
            name: matrix.tool.clone(),
            version: matrix.version.clone(),
        },
        day: matrix.day.to_string(),
        interrupted: matrix.interrupted,
        exit_code: matrix.conclusion().exit_code(),
        runtimes: matrix.worst_first().into_iter().map(runtime).collect(),
    })
}

fn runtime(row: &Row) -> Runtime<'_> {
    let (state, reason, report) = match &row.state {
        RowState::Judged(report) => (State::Judged, None, Some(document(report))),
        RowState::Missing(reason) => (State::Missing, Some(reason.as_str()), None),
    };
    Runtime {
        name: &row.name,
        kind: row.kind,
        language: &row.language,
        about: &row.about,
        state,
        reason,
        report,
    }
}
