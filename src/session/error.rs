//! Why a command ends early, and with which exit code.

use std::fmt;

use crate::console::complain;
use crate::files::{ReadError, WriteError};
use crate::publish::PublishError;
use crate::verdict::Conclusion;

/// An error that ends a command, with its exit code.
#[derive(Debug)]
pub struct CliError {
    conclusion: Conclusion,
    messages: Vec<String>,
}

impl CliError {
    /// The input is bad: exit code 2.
    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self::bad_inputs(vec![message.into()])
    }

    pub(crate) fn bad_inputs(messages: Vec<String>) -> Self {
        let conclusion = Conclusion::BadInput;
        Self {
            conclusion,
            messages,
        }
    }

    /// ricspec or the machine failed, or the target could not be launched: exit code 3.
    pub(crate) fn fault(message: impl Into<String>) -> Self {
        Self::faults(vec![message.into()])
    }

    pub(crate) fn faults(messages: Vec<String>) -> Self {
        let conclusion = Conclusion::OurFault;
        Self {
            conclusion,
            messages,
        }
    }

    /// Prints each message on its own line, and gives the conclusion. Errors are printed only here.
    pub(crate) fn tell(self) -> Conclusion {
        for message in &self.messages {
            complain(message);
        }
        self.conclusion
    }
}

/// Each message on its own line.
impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages.join("\n"))
    }
}

impl std::error::Error for CliError {}

impl From<PublishError> for CliError {
    fn from(error: PublishError) -> Self {
        Self::bad_input(error.to_string())
    }
}

impl From<WriteError> for CliError {
    fn from(error: WriteError) -> Self {
        Self::bad_input(error.to_string())
    }
}

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        Self::bad_input(error.to_string())
    }
}
