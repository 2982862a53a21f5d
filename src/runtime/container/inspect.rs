//! Asks the engine about an image: its description, and the files of a container that was never started.

use std::io;
use std::process::{Command, Stdio};

#[cfg(feature = "containers")]
use super::archive::listed;
use super::engine::{Engine, EngineError};
use super::premises::{Premises, removal};
use crate::image::{Description, Files};

/// What to do about an image that the engine does not have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pull {
    /// It is pulled.
    #[default]
    Missing,
    /// It is missing.
    Never,
}

/// The description of an image.
///
/// # Errors
/// The engine fails, or the image is not there.
pub async fn describe(
    engine: &Engine,
    image: &str,
    platform: Option<&str>,
    pull: Pull,
) -> Result<Description, EngineError> {
    let asked = ["image", "inspect", image];
    let text = match (engine.ask(&asked).await, pull) {
        (Ok(text), _) => text,
        (Err(_), Pull::Never) => {
            return Err(EngineError::NoImage {
                program: engine.program,
                image: image.to_owned(),
            });
        }
        (Err(_), Pull::Missing) => {
            let mut pull = vec!["pull", "--quiet"];
            pull.extend(
                platform
                    .iter()
                    .flat_map(|platform| ["--platform", platform]),
            );
            pull.push(image);
            engine.ask(&pull).await?;
            engine.ask(&asked).await?
        }
    };
    let images: Vec<Description> = serde_json::from_str(&text)
        .map_err(|error| engine.unreadable(&asked, &error.to_string()))?;
    let first = images.into_iter().next();
    first.ok_or_else(|| engine.unreadable(&asked, "no image"))
}

/// The machine's architecture, in the words of images.
///
/// # Errors
/// The engine fails.
pub async fn architecture(engine: &Engine) -> Result<String, EngineError> {
    let format = match engine.name {
        super::EngineName::Docker => "{{.Architecture}}",
        super::EngineName::Podman => "{{.Host.Arch}}",
    };
    let said = engine.ask(&["info", "--format", format]).await?;
    Ok(match said.as_str() {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        other => other.to_owned(),
    })
}

/// All files of an image.
///
/// # Errors
/// The engine fails.
pub async fn files(
    engine: &Engine,
    image: &str,
    platform: Option<&str>,
    premises: &Premises,
) -> Result<Files, EngineError> {
    let name = premises.name();
    let label = premises.label();
    let mut create = vec![
        "create", "--name", &name, "--label", &label, "--pull", "never",
    ];
    create.extend(
        platform
            .iter()
            .flat_map(|platform| ["--platform", platform]),
    );
    // It is never started, so any command works; an image without one needs it.
    create.extend([image, "/"]);
    engine.ask(&create).await?;
    let (program, container) = (engine.program, name.clone());
    let exported = tokio::task::spawn_blocking(move || export(program, &container)).await;
    engine
        .ask(&[removal(engine), &[name.as_str()]].concat())
        .await?;
    let exported = exported.unwrap_or_else(|panic| Err(io::Error::other(panic)));
    exported.map_err(|error| engine.unreadable(&["export"], &error.to_string()))
}

fn export(program: &str, container: &str) -> io::Result<Files> {
    let mut child = Command::new(program)
        .args(["export", container])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let files = child.stdout.take().map_or(Ok(Files::default()), listed);
    let status = child.wait()?;
    match status.success() {
        true => files,
        false => Err(io::Error::other(status.to_string())),
    }
}

/// Without the feature, no engine is found, so nothing is ever exported.
#[cfg(not(feature = "containers"))]
fn listed(_: impl io::Read) -> io::Result<Files> {
    Ok(Files::default())
}
