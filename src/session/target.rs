//! What is checked: a command, a container image, the reference runtime, or an extension.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::files::utf8;
use super::mutants::check_mutant;
use super::order::image_order;
use super::{CliError, ContainerOptions, ImageOrder, RunOptions};
use crate::law::Subject;
use crate::protocol::EXTENSIONS_MAX;
use crate::runtime::hand_out_sockets;

/// What is checked.
#[derive(Clone, Debug)]
pub enum Target {
    /// A command.
    Process,
    /// An image.
    Image(Box<ImageOrder>),
    /// The reference runtime, or the mutant of it of this name.
    Reference(Option<String>),
    /// An extension.
    Extension,
    /// The reference extension, or the mutant of it of this name.
    ReferenceExtension(Option<String>),
}

impl Target {
    /// What is under test.
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::Process | Self::Image(_) | Self::Reference(_) => Subject::Runtime,
            Self::Extension | Self::ReferenceExtension(_) => Subject::Extension,
        }
    }

    /// What its cases are about.
    pub(super) fn subjects(&self) -> &'static [Subject] {
        match self {
            Self::Process | Self::Image(_) | Self::Reference(_) => {
                &[Subject::Runtime, Subject::Image]
            }
            Self::Extension | Self::ReferenceExtension(_) => &[Subject::Extension],
        }
    }
}

/// A target, and how it is started.
pub(super) struct Started {
    pub(super) target: Target,
    /// The command of the runtime.
    pub(super) command: Vec<String>,
    /// The command of the extension under test.
    pub(super) extension: Option<Vec<String>>,
    /// The programs of the extensions beside the runtime.
    pub(super) beside: Vec<String>,
}

/// Reads the options that name the target.
pub(super) fn started(options: &RunOptions) -> Result<Started, CliError> {
    let has_runtime = options.reference || options.image.is_some() || !options.command.is_empty();
    if options.mutant.is_some() && !options.reference && !options.reference_extension {
        return Err(CliError::bad_input(
            "--mutant needs --reference or --reference-extension",
        ));
    }
    match (options.reference_extension, options.extension.as_slice()) {
        (false, []) => {}
        (true, [_, ..]) => {
            return Err(CliError::bad_input(
                "--reference-extension conflicts with --extension: one extension is checked at a time",
            ));
        }
        (true, []) if has_runtime => {
            return Err(CliError::bad_input(
                "--reference-extension checks the extension beside the reference runtime: leave out the runtime",
            ));
        }
        (true, []) => return reference_extension(options),
        (false, [_, ..]) if has_runtime => {}
        (false, [path]) => return extension_under_test(path, options),
        (false, [_, _, ..]) => {
            return Err(CliError::bad_input(
                "more than one --extension, and no runtime: one extension is checked at a time; to start them beside a \
                 runtime, give its command after `--`, or --image",
            ));
        }
    }
    let (target, command) = target(options)?;
    let beside = options.extension.iter();
    let beside: Vec<String> = beside
        .map(|path| program_of_extension(path))
        .collect::<Result<_, _>>()?;
    check_names(&beside)?;
    Ok(Started {
        target,
        command,
        extension: None,
        beside,
    })
}

/// The reference extension is the target.
fn reference_extension(options: &RunOptions) -> Result<Started, CliError> {
    options.mutant.as_deref().map_or(Ok(()), check_mutant)?;
    let mut command = extension()?;
    if let Some(name) = &options.mutant {
        command.extend(["--mutant".to_owned(), name.clone()]);
    }
    let target = Target::ReferenceExtension(options.mutant.clone());
    beside_reference(target, command, options)
}

/// An extension of the user is the target. It gets no arguments, as in Lambda.
fn extension_under_test(path: &Path, options: &RunOptions) -> Result<Started, CliError> {
    let program = program_of_extension(path)?;
    beside_reference(Target::Extension, vec![program], options)
}

/// An extension is checked beside the reference runtime, which needs nothing from the user.
fn beside_reference(
    target: Target,
    extension: Vec<String>,
    options: &RunOptions,
) -> Result<Started, CliError> {
    if options.container != ContainerOptions::default() {
        return Err(CliError::bad_input(
            "an option for containers needs --image; see `ricspec run --help`",
        ));
    }
    let of_function = [
        ("--no-fixture", options.no_fixture),
        ("--event", !options.event.is_empty()),
        ("--handler", options.handler.is_some()),
    ];
    if let Some((option, _)) = of_function.iter().find(|(_, given)| *given) {
        return Err(CliError::bad_input(format!(
            "{option} is for the function of a runtime, but the target is an extension: leave it out, or give the command \
             of a runtime after `--`"
        )));
    }
    Ok(Started {
        target,
        command: vec![own()?, "reference".to_owned()],
        extension: Some(extension),
        beside: Vec::new(),
    })
}

/// An environment knows an extension by the name of its file, and has ten at most.
fn check_names(programs: &[String]) -> Result<(), CliError> {
    if programs.len() > EXTENSIONS_MAX {
        return Err(CliError::bad_input(format!(
            "--extension is given {} times; Lambda has {EXTENSIONS_MAX} at most",
            programs.len()
        )));
    }
    let name = |program: &String| program.rsplit('/').next().map(str::to_owned);
    let mut names: Vec<Option<String>> = programs.iter().map(name).collect();
    names.sort();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(twice) => Err(CliError::bad_input(format!(
            "two extensions are called `{}`: each registers under the name of its file, so rename one of them",
            twice[0].as_deref().unwrap_or_default()
        ))),
        None => Ok(()),
    }
}

/// The program of an extension, under the name of its own file: it registers under this name, so no link is followed.
fn program_of_extension(path: &Path) -> Result<String, CliError> {
    let refused = |what: &str| {
        let shown = path.display();
        CliError::bad_input(format!("--extension `{shown}`: {what}"))
    };
    let found = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            refused("there is no such file; give the path of the extension's program")
        }
        _ => refused(&error.to_string()),
    })?;
    if found.is_dir() {
        return Err(refused(
            "it is a folder; give the path of the program in it",
        ));
    }
    if !found.is_file() {
        return Err(refused("it is not a file"));
    }
    if found.permissions().mode() & 0o111 == 0 {
        let shown = path.display();
        return Err(refused(&format!(
            "the file is not executable, so Lambda does not start it; run `chmod +x {shown}`"
        )));
    }
    let path: PathBuf = std::path::absolute(path).map_err(|error| refused(&error.to_string()))?;
    utf8("--extension", &path).map(str::to_owned)
}

fn target(options: &RunOptions) -> Result<(Target, Vec<String>), CliError> {
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
            "no target: give the command that starts the runtime after `--`, or --image, --reference or --extension",
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

/// The argument by which this program hands out the sockets of a network.
const NETWORK_HELPER: &str = "hand-out-sockets";

/// The command that hands out the sockets of a network.
pub(super) fn network_helper() -> Result<Vec<String>, CliError> {
    Ok(vec![own()?, NETWORK_HELPER.to_owned()])
}

/// Is the reference extension, or hands out sockets, if this process was started for that: tests of a runtime's own crate
/// are such a process, too.
pub fn be_helper() -> Option<ExitCode> {
    let is_asked = |words: &[&str]| std::env::args().skip(1).eq(words.iter().copied());
    if is_asked(&[NETWORK_HELPER]) {
        return Some(hand_out_sockets());
    }
    is_asked(&EXTENSION).then(crate::reference::external::external)
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
