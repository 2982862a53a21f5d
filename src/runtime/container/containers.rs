//! What the containers of a run have in common.

use std::sync::Arc;

use super::engine::Engine;
use super::overlay::Overlay;
use super::premises::Premises;
use super::supply::Networks;
use crate::image::Description;

/// What can be set about the containers of a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tuning {
    /// Replaces the image's entry point: program and first arguments.
    pub entrypoint: Vec<String>,
    /// Replaces the image's working directory.
    pub workdir: Option<String>,
    /// `linux/arm64` and the like.
    pub platform: Option<String>,
    /// `UID` or `UID:GID`.
    pub user: String,
    /// The limit, in MB.
    pub memory_mb: u32,
    /// Whether the root file system can be written to.
    pub writable: bool,
}

/// Where the containers of a run come from and how they are made.
#[derive(Debug)]
pub struct Containers {
    /// The engine.
    pub engine: Engine,
    /// The image, by the name that the engine knows.
    pub image: String,
    /// What the image says of itself.
    pub description: Description,
    /// What was asked for.
    pub tuning: Tuning,
    /// Files that lie over the image's, if any do.
    pub overlay: Option<Arc<Overlay>>,
    /// The networks that they are in.
    pub networks: Networks,
    /// What is theirs, and its removal.
    pub premises: Arc<Premises>,
}

impl Containers {
    /// Image and arguments, for people.
    pub fn words(&self, arguments: &[String]) -> Vec<String> {
        std::iter::once(&self.image)
            .chain(arguments)
            .cloned()
            .collect()
    }
}
