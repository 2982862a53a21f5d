//! What the containers of a run have in common.

use std::path::PathBuf;
use std::sync::Arc;

use super::engine::Engine;
use super::overlay::Overlay;
use super::premises::Premises;
use super::supply::Networks;
use crate::image::Description;

/// Settings for the containers of a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tuning {
    /// Replaces the image's entry point: program and first arguments.
    pub entrypoint: Vec<String>,
    /// Replaces the image's working directory.
    pub workdir: Option<String>,
    /// Such as `linux/arm64`.
    pub platform: Option<String>,
    /// `UID` or `UID:GID`.
    pub user: String,
    /// The limit, in MB.
    pub memory_mb: u32,
    /// Whether the root file system can be written to.
    pub writable: bool,
}

/// The origin of a run's containers, and their settings.
#[derive(Debug)]
pub struct Containers {
    /// The engine.
    pub engine: Engine,
    /// The image, by the name that the engine knows.
    pub image: String,
    /// The image's own description.
    pub description: Description,
    /// The settings.
    pub tuning: Tuning,
    /// Files that lie over the image's, if any.
    pub overlay: Option<Arc<Overlay>>,
    /// Files of this machine that lie over the image's, each with its place there: those of extensions and their layers.
    pub laid: Vec<(PathBuf, String)>,
    /// The networks that they are in.
    pub networks: Networks,
    /// The resources of the run, and their removal.
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
