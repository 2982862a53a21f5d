//! `ricspec case`: begins a case, checks cases, and prints their schema.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::print::{say, say_json};
use crate::case::{self, Case, Source, Trust};
use crate::files::Outlet;
use crate::session::{CliError, json_files, text_of, utf8};
use crate::verdict::Conclusion;

/// What to do with cases.
#[derive(Args, Debug)]
pub(super) struct CaseOptions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a new case that can be played at once, to be changed.
    New(NewOptions),
    /// Check case files: schema, types, law, and whether a runtime can pass. Nothing is played.
    Check(CheckOptions),
    /// Print the JSON Schema of case files, for an editor.
    Schema,
}

#[derive(Args, Debug)]
struct NewOptions {
    /// The id: an area and a name, in small letters, digits and `_`.
    #[arg(value_name = "AREA/NAME")]
    id: String,
    /// The folder of your cases.
    #[arg(long, value_name = "DIR", default_value = "cases")]
    cases: PathBuf,
}

#[derive(Args, Debug)]
struct CheckOptions {
    /// Folders of cases (with files AREA/NAME.json), or such files.
    #[arg(value_name = "DIR|FILE", default_value = "cases")]
    paths: Vec<PathBuf>,
}

pub(super) const HELP: &str = "\
Examples:
  ricspec case new mine/first
  ricspec case check
  ricspec run --reference --cases cases --filter mine/first
  ricspec case schema > case.schema.json
specs/writing-cases.md explains every member of a case.
Exit codes: 0, or 2 if a case has a fault; each is told with file and line.";

/// The schema, for editors.
static SCHEMA: &str = include_str!("../../specs/schemas/case.schema.json");

/// Does it.
pub(super) fn case(options: &CaseOptions) -> Result<Conclusion, CliError> {
    match &options.action {
        Action::New(options) => begin(options)?,
        Action::Check(options) => check(options)?,
        Action::Schema => say_json(SCHEMA),
    }
    Ok(Conclusion::AsExpected)
}

fn begin(options: &NewOptions) -> Result<(), CliError> {
    let id = options.id.as_str();
    utf8("--cases", &options.cases)?;
    let path = options.cases.join(format!("{id}.json"));
    let text = START.replace("AREA/NAME", id);
    let source = Source {
        path: path.display().to_string(),
        id: id.to_owned(),
        text: text.clone().into(),
        trust: Trust::Theirs,
    };
    let wrong = |_| {
        CliError::bad_input(format!(
            "`{id}` is not the id of a case: write AREA/NAME, in small letters, digits and `_`, such as mine/first"
        ))
    };
    case::read(&[source]).map_err(wrong)?;
    if case::embedded_ids().iter().any(|known| known == id) {
        return Err(CliError::bad_input(format!(
            "`{id}` is a case that ships with ricspec; give yours another id"
        )));
    }
    let shown = path.display();
    if path.symlink_metadata().is_ok() {
        return Err(CliError::bad_input(format!(
            "`{shown}` is there already; it stays as it is"
        )));
    }
    let outlet = Outlet::open(&path)?;
    let written = outlet.write(&text);
    written.map_err(|error| CliError::fault(error.to_string()))?;
    let folder = options.cases.display();
    say(&format!("wrote {shown}"));
    say(&format!(
        "play it: ricspec run --reference --cases {folder} --filter {id}"
    ));
    Ok(())
}

/// A case that passes and has each part.
static START: &str = r#"{
  "$schema": "../../case.schema.json",
  "id": "AREA/NAME",
  "title": "What a conformant runtime does, in one line",
  "why": "Why it matters; every failure shows this.",
  "requirements": ["RESP-03"],
  "needs": ["echo"],
  "steps": [
    {"serve": {"event": {"json": {"ricspec": 1, "do": "echo", "value": {"n": 1}}}}},
    {
      "expect": {
        "call": "response",
        "cites": "RESP-01",
        "checks": [{"cites": "RESP-03", "rule": {"equals": {"value": {"n": 1}}}}]
      }
    },
    {"expect": {"call": "next", "cites": "NEXT-11"}}
  ]
}
"#;

fn check(options: &CheckOptions) -> Result<(), CliError> {
    let mut sources = case::embedded();
    let built_in = sources.len();
    for path in &options.paths {
        utf8("the path", path)?;
        sources.extend(sources_at(path)?);
    }
    if sources.len() == built_in {
        return Err(CliError::bad_input(
            "no case file (AREA/NAME.json) there; `ricspec case new AREA/NAME` writes one",
        ));
    }
    let cases = case::read(&sources);
    let told = |errors: Vec<case::CaseError>| {
        CliError::bad_inputs(errors.iter().map(ToString::to_string).collect())
    };
    let cases = cases.map_err(told)?;
    let own: Vec<&str> = sources
        .iter()
        .skip(built_in)
        .map(|source| source.path.as_str())
        .collect();
    let is_own = |case: &&Case| {
        let file = case.file.as_ref();
        file.is_some_and(|file| own.contains(&file.path.as_str()))
    };
    let own_cases: Vec<&Case> = cases.iter().filter(is_own).collect();
    for case in &own_cases {
        let steps = match case.steps.len() {
            1 => "1 step".to_owned(),
            steps => format!("{steps} steps"),
        };
        let rules = case.requirements.join(" ");
        say(&format!("{}  {}  {steps}, {rules}", case.id, case.level()));
    }
    match own_cases.len() {
        1 => say("1 case is right"),
        cases => say(&format!("{cases} cases are right")),
    }
    Ok(())
}

/// The case files of a folder, or a file that is in the folder of its area.
fn sources_at(path: &Path) -> Result<Vec<Source>, CliError> {
    let root = match path.is_dir() {
        true => path,
        false => path
            .parent()
            .and_then(Path::parent)
            .unwrap_or(Path::new("")),
    };
    let files = json_files(path)?.into_iter();
    let source = |file: PathBuf| {
        utf8("the case file", &file)?;
        let id = file.strip_prefix(root).unwrap_or(&file).with_extension("");
        Ok(Source {
            path: file.display().to_string(),
            id: id.display().to_string(),
            text: text_of(&file)?.into(),
            trust: Trust::Theirs,
        })
    };
    files.map(source).collect()
}
