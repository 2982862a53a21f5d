//! What the options say about containers.

use std::path::PathBuf;

use super::{CliError, RunOptions};
use crate::fixture::{LANGUAGES, Language, language};
use crate::runtime::{EngineName, NetworkChoice, Pull, Tuning};

/// What the options say about containers.
#[derive(Clone, Debug)]
pub struct ImageOrder {
    /// The image's name.
    pub image: String,
    /// What to do if it is not here.
    pub pull: Pull,
    /// The engine, if one was named.
    pub engine: Option<EngineName>,
    /// How its containers are made.
    pub tuning: Tuning,
    /// How they reach the service.
    pub network: NetworkChoice,
    /// Whether what lies in `/opt/extensions` of the image is started.
    pub has_extensions: bool,
    /// The fixture to put in, if one was named.
    pub fixture: Option<&'static Language>,
    /// The handler, if one was named.
    pub handler: Option<String>,
    /// The task root, if one was named.
    pub task_root: Option<PathBuf>,
}

/// The memory of a function, in MB: enough for any runtime, and the value in the documented environment.
pub(super) const MEMORY_MB: u32 = 512;

/// The memory that Lambda allows, in MB.
const MEMORY_RANGE: std::ops::RangeInclusive<u32> = 128..=10_240;

/// The ids of Lambda's own user, `sbx_user1051`.
const USER: &str = "993:990";

/// Reads the options of an image.
pub(super) fn image_order(image: &str, options: &RunOptions) -> Result<ImageOrder, CliError> {
    let given = &options.container;
    let words = given.entrypoint.as_deref().unwrap_or_default();
    let entrypoint = shlex::split(words).ok_or_else(|| {
        CliError::bad_input(format!("--entrypoint `{words}`: a quote is not closed"))
    })?;
    let memory_mb = given.memory.unwrap_or(MEMORY_MB);
    if !MEMORY_RANGE.contains(&memory_mb) {
        return Err(CliError::bad_input(format!(
            "--memory {memory_mb}: Lambda gives from {} to {} MB",
            MEMORY_RANGE.start(),
            MEMORY_RANGE.end()
        )));
    }
    let Ok(network) = given.network.as_deref().unwrap_or("auto").parse();
    Ok(ImageOrder {
        image: image.to_owned(),
        pull: given.pull,
        engine: given.engine,
        tuning: Tuning {
            entrypoint,
            workdir: given.workdir.clone(),
            platform: given.platform.clone(),
            user: given.user.clone().unwrap_or_else(|| USER.to_owned()),
            memory_mb,
            writable: given.writable,
        },
        network,
        has_extensions: !given.no_extensions,
        fixture: given.fixture.as_deref().map(fixture).transpose()?,
        handler: options.handler.clone(),
        task_root: options.task_root.clone(),
    })
}

/// A fixture that needs no build.
fn fixture(name: &str) -> Result<&'static Language, CliError> {
    let ready = || {
        let names = LANGUAGES.iter().filter(|language| !language.is_built());
        let names: Vec<&str> = names.map(|language| language.name).collect();
        names.join(", ")
    };
    match language(name) {
        Some(language) if language.is_built() => Err(CliError::bad_input(format!(
            "--fixture {name}: this fixture must be built, so it cannot be put into an image; build it by \
             `ricspec fixture {name} --output DIR`, and the image with it. Fixtures that need no build: {}",
            ready()
        ))),
        Some(language) => Ok(language),
        None => Err(CliError::bad_input(format!(
            "--fixture {name}: no such fixture; fixtures that need no build: {}",
            ready()
        ))),
    }
}
