//! The manifest of a runtime: `runtime.toml` in its own folder, or a `[[target]]` of a `ricspec.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::fixture;
use crate::runtime::EngineName;
use crate::verdict::Maker;

/// What must be known of a runtime. It has a `command` of this machine or an `image`; an extension to check has an
/// `extension` instead. The members from `arguments` to
/// `writable` are only for images, and mean the same as the options of `ricspec run --image`.
///
/// In `install`, `command`, `extension` and `env`, some words stand for paths: `{root}` is the runtime's own folder to install into,
/// `{fixture}` the folder of the function, `{shared}` a folder for all runtimes, `{folder}` the folder of the manifest, and
/// `{ricspec}` this program.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name and version.
    pub name: String,
    /// Who makes it.
    #[serde(default)]
    pub kind: Maker,
    /// A description.
    #[serde(default)]
    pub about: String,
    /// Whose fixture it runs; with a `task_root` or its own files, any word. A fixture that needs no build is laid over an
    /// image; others must be built into the image by `install`.
    pub language: String,
    /// Its own files of the fixture, which replace or extend those of the language: the path in the fixture, and the path
    /// from the manifest's folder.
    #[serde(default)]
    pub fixture: BTreeMap<String, PathBuf>,
    /// The folder of the function, from the manifest's folder; without one, the fixture of the language is used. For an
    /// image, the folder in the image.
    #[serde(default, alias = "task-root")]
    pub task_root: Option<PathBuf>,
    /// The function is not a fixture, and nothing is laid over an image.
    #[serde(default, alias = "no-fixture")]
    pub no_fixture: bool,
    /// Files with events for a function that is not a fixture, from the manifest's folder.
    #[serde(default)]
    pub event: Vec<PathBuf>,
    /// Programs that must be in PATH.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Commands that install it, in its own folder; empty if there is nothing to install. Those of an image build it.
    #[serde(default)]
    pub install: Vec<Vec<String>>,
    /// The command that starts it.
    #[serde(default)]
    pub command: Vec<String>,
    /// The program of the extension, if it is one.
    #[serde(default)]
    pub extension: Option<String>,
    /// The image that holds it.
    #[serde(default)]
    pub image: Option<String>,
    /// Replaces the image's own arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The container engine.
    #[serde(default)]
    pub engine: Option<EngineName>,
    /// Replaces the image's entry point; split as a shell does.
    #[serde(default)]
    pub entrypoint: Option<String>,
    /// The memory limit, in MB.
    #[serde(default)]
    pub memory: Option<u32>,
    /// How containers reach ricspec.
    #[serde(default)]
    pub network: Option<String>,
    /// The platform of the image, such as `linux/arm64`.
    #[serde(default)]
    pub platform: Option<String>,
    /// Its user, as `UID` or `UID:GID`.
    #[serde(default)]
    pub user: Option<String>,
    /// Replaces the image's working directory.
    #[serde(default)]
    pub workdir: Option<String>,
    /// Whether its root file system can be written to.
    #[serde(default)]
    pub writable: bool,
    /// The handler's name, as in `_HANDLER`; without one, that of the language's fixture.
    #[serde(default)]
    pub handler: Option<String>,
    /// Variables in addition to the documented ones.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The file of its known failures, from the manifest's folder; without one, `baseline.toml` in the folder of
    /// `runtime.toml`.
    #[serde(default)]
    pub baseline: Option<PathBuf>,
    /// Whether a broken SHOULD fails it.
    #[serde(default)]
    pub strict: bool,
    /// Multiplies deadlines, for a runtime that needs much processor time.
    #[serde(default, alias = "time-scale")]
    pub time_scale: Option<f64>,
    /// How long it may take until its first call, in seconds.
    #[serde(default, alias = "startup-timeout")]
    pub startup_timeout: Option<f64>,
}

impl Manifest {
    /// Members that make no sense together, and what to write.
    pub(super) fn fault(&self) -> Option<String> {
        let name = &self.name;
        if self.install.iter().any(Vec::is_empty) {
            return Some(format!("`{name}` has an empty command in `install`"));
        }
        if self.extension.is_some() {
            return self.fault_of_extension();
        }
        match (&self.image, self.command.is_empty()) {
            (Some(_), false) => Some(format!(
                "`{name}` has both a `command` and an `image`: leave one of them out; arguments for the entry point of \
                 an image are its `arguments`"
            )),
            (None, true) => Some(format!(
                "`{name}` has neither a `command` nor an `image`: give the command that starts it, or its image"
            )),
            (Some(image), true) if image.trim().is_empty() => {
                Some(format!("`{name}` has an `image` without a name"))
            }
            (Some(_), true) => self.fault_of_image(),
            (None, false) => self.fault_of_command(),
        }
    }

    fn fault_of_extension(&self) -> Option<String> {
        let of_runtime = [
            ("command", !self.command.is_empty()),
            ("image", self.image.is_some()),
            ("no_fixture", self.no_fixture),
            ("event", !self.event.is_empty()),
            ("handler", self.handler.is_some()),
        ];
        let (member, _) = of_runtime.iter().find(|(_, given)| *given)?;
        Some(format!(
            "`{}` has `{member}`, which is for a runtime, and an `extension`: leave one of them out",
            self.name
        ))
    }

    fn fault_of_image(&self) -> Option<String> {
        let of_machine = |path: &&PathBuf| path.is_relative();
        if let Some(path) = self.task_root.as_ref().filter(of_machine) {
            return Some(format!(
                "`{}` has the `task_root` `{}`, which must be a folder in its `image`: begin it with a slash",
                self.name,
                path.display()
            ));
        }
        (!self.fixture.is_empty() && self.install.is_empty()).then(|| {
            format!(
                "`{}` has its own `fixture` files, so its image must be built with them: give the commands as \
                 `install`, where {{fixture}} is the folder of these files",
                self.name
            )
        })
    }

    fn fault_of_command(&self) -> Option<String> {
        let for_images = [
            ("arguments", !self.arguments.is_empty()),
            ("engine", self.engine.is_some()),
            ("entrypoint", self.entrypoint.is_some()),
            ("memory", self.memory.is_some()),
            ("network", self.network.is_some()),
            ("platform", self.platform.is_some()),
            ("user", self.user.is_some()),
            ("workdir", self.workdir.is_some()),
            ("writable", self.writable),
        ];
        if let Some((member, _)) = for_images.iter().find(|(_, given)| *given) {
            return Some(format!(
                "`{}` has `{member}`, which is for an `image`, and a `command`: leave one of them out",
                self.name
            ));
        }
        let has_function = self.task_root.is_some() || !self.fixture.is_empty();
        (!has_function && fixture::language(&self.language).is_none()).then(|| {
            format!(
                "there is no fixture for `{}`; name one of `ricspec fixture`, or give a folder as `task_root`",
                self.language
            )
        })
    }
}
