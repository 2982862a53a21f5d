//! Asks the engine about an image: its description, and the files of a container that was never started.

use std::io::{self, Read};
use std::process::{Command, Stdio};

use super::engine::{Engine, EngineError};
use super::premises::{Premises, removal};
use crate::image::{Description, File, Files, Kind};

/// How much of an executable file is looked at: enough for an ELF header and for a line that names an interpreter.
const HEAD: u64 = 256;

/// What is done about an image that the engine does not have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pull {
    /// It is pulled.
    #[default]
    Missing,
    /// It is missing.
    Never,
}

/// What an image says of itself.
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
    // It is never started, so that any command will do; an image without one needs it.
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

fn listed(archive: impl Read) -> io::Result<Files> {
    let mut files = Files::default();
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let header = entry.header();
        let (mode, uid, gid) = (header.mode()?, header.uid()?, header.gid()?);
        let path = entry.path()?.to_string_lossy().into_owned();
        let target = || entry.link_name().ok().flatten();
        let kind = match header.entry_type() {
            tar::EntryType::Directory => Kind::Folder,
            tar::EntryType::Symlink => {
                Kind::Link(target().unwrap_or_default().to_string_lossy().into_owned())
            }
            // A second name of a file that came before: as good as a link from the root.
            tar::EntryType::Link => Kind::Link(format!(
                "/{}",
                target().unwrap_or_default().to_string_lossy()
            )),
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                let mut head = Vec::new();
                if mode & 0o111 != 0 {
                    entry.by_ref().take(HEAD).read_to_end(&mut head)?;
                }
                Kind::Regular { head }
            }
            _ => Kind::Other,
        };
        let file = File {
            kind,
            mode,
            uid,
            gid,
        };
        files.add(&path, file);
    }
    Ok(files)
}
