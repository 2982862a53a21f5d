//! `ricspec fixture`: shows the fixtures that ship with ricspec, or writes them to a folder.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::print::say;
use crate::console::Stream;
use crate::files::Outlet;
use crate::fixture::{LANGUAGES, Language, language};
use crate::session::CliError;
use crate::verdict::Conclusion;

/// Which fixture, and where to.
#[derive(Args, Debug)]
pub(super) struct FixtureOptions {
    /// The language [default: list them all].
    language: Option<String>,
    /// Write the files to this folder instead of printing them.
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Overwrite files there that have another text.
    #[arg(long, requires = "output")]
    force: bool,
}

/// Shows or writes.
pub(super) fn fixture(options: &FixtureOptions) -> Result<Conclusion, CliError> {
    let Some(name) = &options.language else {
        for language in LANGUAGES {
            say(&format!("{:<8}{}", language.name, language.usage));
        }
        return Ok(Conclusion::AsExpected);
    };
    let Some(language) = language(name) else {
        let known: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
        return Err(CliError::bad_input(format!(
            "no fixture for `{name}`; there are fixtures for {}; specs/fixture-contract.md says how to write one",
            known.join(", ")
        )));
    };
    match &options.output {
        Some(folder) => write(language, folder, options.force)?,
        None => show(language),
    }
    Ok(Conclusion::AsExpected)
}

fn show(language: &Language) {
    for (path, text) in language.files {
        if language.files.len() > 1 {
            say(&format!("--- {path}"));
        }
        Stream::Out.print_shipped(text);
    }
}

/// Writes all files, or none if one cannot be written or was edited.
fn write(language: &Language, folder: &Path, force: bool) -> Result<(), CliError> {
    let mut new = Vec::new();
    let mut faults = Vec::new();
    for (name, text) in language.files {
        let path = folder.join(name);
        // Bytes that are not text also count as another text.
        let there = fs::metadata(&path).is_ok_and(|found| found.is_file());
        let same = there && fs::read(&path).is_ok_and(|bytes| bytes == text.as_bytes());
        if same {
            say(&format!("{} is up to date", path.display()));
        } else if there && !force {
            faults.push(format!(
                "`{}` exists with another text; add --force to overwrite it, or choose another folder",
                path.display()
            ));
        } else {
            let outlet = Outlet::open(&path)?;
            new.push((path, outlet, text));
        }
    }
    if !faults.is_empty() {
        return Err(CliError::bad_inputs(faults));
    }
    for (path, outlet, text) in new {
        let written = outlet.write(text);
        written.map_err(|error| CliError::fault(error.to_string()))?;
        say(&format!("wrote {}", path.display()));
    }
    say(&format!("now run in that folder: {}", language.usage));
    Ok(())
}
