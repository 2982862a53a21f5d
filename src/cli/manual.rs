//! `ricspec completions` and `ricspec man`: both made from the command line itself.

use clap::{Args, Command};
use clap_complete::Shell;

use super::print::say;
use crate::session::CliError;
use crate::verdict::Conclusion;

/// Which shell.
#[derive(Args, Debug)]
pub(super) struct CompletionsOptions {
    /// The shell.
    shell: Shell,
}

/// Which page.
#[derive(Args, Debug)]
pub(super) struct ManOptions {
    /// A command, such as `run`, or `baseline accept` [default: the page of ricspec].
    command: Vec<String>,
}

/// Prints a completion script.
pub(super) fn completions(options: &CompletionsOptions, mut root: Command) -> Conclusion {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut root, "ricspec", &mut script);
    say(String::from_utf8_lossy(&script).trim_end());
    Conclusion::AsExpected
}

/// Prints a page of the manual.
pub(super) fn man(options: &ManOptions, mut root: Command) -> Result<Conclusion, CliError> {
    // The pages of subcommands get their whole name.
    root.build();
    let mut command = &root;
    for name in &options.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            let known = command.get_subcommands().map(Command::get_name);
            let known: Vec<&str> = known.filter(|name| *name != "help").collect();
            CliError::bad_input(match known.as_slice() {
                [] => format!("`{}` has no commands", command.get_name()),
                known => format!("no command `{name}`; there are {}", known.join(", ")),
            })
        })?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| CliError::fault(format!("cannot make the page: {error}")))?;
    say(String::from_utf8_lossy(&page).trim_end());
    Ok(Conclusion::AsExpected)
}
