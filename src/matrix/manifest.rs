//! What a runtime is: `runtime.toml` in a folder of its own, or a `[[target]]` of a `ricspec.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::fixture;
use crate::runtime::EngineName;
use crate::verdict::Maker;

/// What must be known of a runtime. It is a `command` of this machine or an `image`; the members from `arguments` to
/// `writable` are for images only, and mean what the options of `ricspec run --image` mean.
///
/// In `install`, `command` and `env` a few places stand for paths: `{root}` is the folder to install into, which is the
/// runtime's own, `{fixture}` the folder of the function, `{shared}` a folder for all, `{folder}` the folder of the
/// manifest, and `{ricspec}` the program that runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name and version.
    pub name: String,
    /// Who makes it.
    #[serde(default)]
    pub kind: Maker,
    /// What it is, for a reader.
    #[serde(default)]
    pub about: String,
    /// Whose fixture it runs; with a `task_root` or files of its own, any word. A fixture that runs as it stands is laid
    /// over an image; one that has to be built is for `install` to build the image with.
    pub language: String,
    /// Files of the fixture that are its own, in place of the language's or besides: the path in the fixture, and the
    /// path from the manifest's folder.
    #[serde(default)]
    pub fixture: BTreeMap<String, PathBuf>,
    /// The folder of the function, from the manifest's; without one, the fixture of the language is used. For an image,
    /// where in there the function lies.
    #[serde(default, alias = "task-root")]
    pub task_root: Option<PathBuf>,
    /// The function is no fixture, and nothing is laid over an image.
    #[serde(default, alias = "no-fixture")]
    pub no_fixture: bool,
    /// Files with the events of a function that is no fixture, from the manifest's folder.
    #[serde(default)]
    pub event: Vec<PathBuf>,
    /// Programs that must be in the path.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Commands that install it, in its own folder; none when there is nothing to install. Those of an image build it.
    #[serde(default)]
    pub install: Vec<Vec<String>>,
    /// What starts it.
    #[serde(default)]
    pub command: Vec<String>,
    /// The image that holds it.
    #[serde(default)]
    pub image: Option<String>,
    /// In place of the image's own arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The container engine.
    #[serde(default)]
    pub engine: Option<EngineName>,
    /// In place of the image's entry point, as a shell would split it.
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
    /// Who runs it, as `UID` or `UID:GID`.
    #[serde(default)]
    pub user: Option<String>,
    /// In place of the image's working directory.
    #[serde(default)]
    pub workdir: Option<String>,
    /// Whether its root file system can be written to.
    #[serde(default)]
    pub writable: bool,
    /// The handler's name, as in `_HANDLER`; without one, that of the language's fixture.
    #[serde(default)]
    pub handler: Option<String>,
    /// Variables on top of the documented ones.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The file of its known failures, from the manifest's folder; without one, a `baseline.toml` beside `runtime.toml`.
    #[serde(default)]
    pub baseline: Option<PathBuf>,
    /// Whether a broken SHOULD counts.
    #[serde(default)]
    pub strict: bool,
    /// Stretches deadlines, for a runtime that needs much processor time.
    #[serde(default, alias = "time-scale")]
    pub time_scale: Option<f64>,
    /// How long it may take to its first call, in seconds.
    #[serde(default, alias = "startup-timeout")]
    pub startup_timeout: Option<f64>,
}

impl Manifest {
    /// What it says that cannot be meant, and what to write.
    pub(super) fn fault(&self) -> Option<String> {
        let name = &self.name;
        if self.install.iter().any(Vec::is_empty) {
            return Some(format!("`{name}` has an empty command in `install`"));
        }
        match (&self.image, self.command.is_empty()) {
            (Some(_), false) => Some(format!(
                "`{name}` has both a `command` and an `image`: leave one of them out; arguments for the entry point of \
                 an image are its `arguments`"
            )),
            (None, true) => Some(format!(
                "`{name}` has neither a `command` nor an `image`: give the words that start it, or the image that holds it"
            )),
            (Some(image), true) if image.trim().is_empty() => {
                Some(format!("`{name}` has an `image` without a name"))
            }
            (Some(_), true) => self.fault_of_image(),
            (None, false) => self.fault_of_command(),
        }
    }

    fn fault_of_image(&self) -> Option<String> {
        let of_machine = |path: &&PathBuf| path.is_relative();
        if let Some(path) = self.task_root.as_ref().filter(of_machine) {
            return Some(format!(
                "`{}` has the `task_root` `{}`, which is to be a folder in its `image`: begin it with a slash",
                self.name,
                path.display()
            ));
        }
        (!self.fixture.is_empty() && self.install.is_empty()).then(|| {
            format!(
                "`{}` has files of its own as `fixture`, which an image must be built with: give the commands as \
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
