//! What is checked: a command, a container image or the reference runtime.

use std::path::Path;
use std::process::ExitCode;

use super::files::utf8;
use super::mutants::check_mutant;
use super::order::image_order;
use super::{CliError, ContainerOptions, ImageOrder, RunOptions};

/// What is checked.
#[derive(Clone, Debug)]
pub enum Target {
    /// A command.
    Process,
    /// An image.
    Image(Box<ImageOrder>),
    /// The reference runtime, or the mutant of it of this name.
    Reference(Option<String>),
}

pub(super) fn target(options: &RunOptions) -> Result<(Target, Vec<String>), CliError> {
    if options.image.is_none() && options.container != ContainerOptions::default() {
        return Err(CliError::bad_input(
            "an option for containers needs --image; see `ricspec run --help`",
        ));
    }
    if options.reference {
        options.mutant.as_deref().map_or(Ok(()), check_mutant)?;
        let mut command = vec![own()?, "reference".to_owned()];
        if let Some(name) = &options.mutant {
            command.extend(["--mutant".to_owned(), name.clone()]);
        }
        return Ok((Target::Reference(options.mutant.clone()), command));
    }
    if let Some(image) = &options.image {
        let order = image_order(image, options)?;
        return Ok((Target::Image(Box::new(order)), options.command.clone()));
    }
    let [program, arguments @ ..] = options.command.as_slice() else {
        return Err(CliError::bad_input(
            "no target: give the command that starts the runtime after `--`, or --image, or --reference",
        ));
    };
    // The runtime has its own PATH and working directory; we look up its program in ours.
    let program = which::which(program).map_err(|_| no_program(program))?;
    let program = std::path::absolute(&program).unwrap_or(program);
    let program = utf8("the program", &program)?.to_owned();
    let command = std::iter::once(program).chain(arguments.iter().cloned());
    Ok((Target::Process, command.collect()))
}

/// The arguments by which this program is the reference extension.
const EXTENSION: [&str; 2] = ["reference", "--extension"];

/// The command of the reference extension.
pub(super) fn extension() -> Result<Vec<String>, CliError> {
    let own = std::iter::once(own()?);
    Ok(own.chain(EXTENSION.map(str::to_owned)).collect())
}

/// Is the reference extension, if this process was started as one: tests of a runtime's own crate are such a process, too.
pub fn be_extension() -> Option<ExitCode> {
    let is_asked = std::env::args().skip(1).eq(EXTENSION);
    is_asked.then(crate::reference::external::external)
}

/// This very program.
fn own() -> Result<String, CliError> {
    let own = std::env::current_exe()
        .map_err(|error| CliError::fault(format!("cannot find ricspec itself: {error}")))?;
    utf8("ricspec itself,", &own).map(str::to_owned)
}

fn no_program(program: &str) -> CliError {
    let fix = match Path::new(program).is_file() {
        true => format!("the file is not executable; run `chmod +x {program}`"),
        false => "there is no such program; give a path, or a name in PATH".to_owned(),
    };
    CliError::fault(format!("cannot start `{program}`: {fix}"))
}
