//! A container image held to what Lambda asks of one, before anything is started.
//!
//! Pure: what the image says of itself and which files it has is gathered by others.

mod description;
mod files;
mod rules;

pub use description::{Description, ImageConfig};
pub use files::{File, Files, Kind, Standing};
pub use rules::{findings, prevents_start};

use crate::case::Case;

/// An image as it will be started.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// What it says of itself.
    pub description: Description,
    /// The whole command: entry point and arguments.
    pub command: Vec<String>,
    /// The working directory.
    pub workdir: String,
    /// The folder of the function.
    pub task_root: String,
    /// The architecture that it is meant for: `amd64`, `arm64`.
    pub architecture: String,
    /// The user, as far as it is given by numbers.
    pub user: Option<(u64, u64)>,
    /// Its files.
    pub files: Files,
}

/// Whether a case asks for a fact of an image and has no script to be played.
pub fn is_about_facts(case: &Case) -> bool {
    case.fact.is_some()
}
